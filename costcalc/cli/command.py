"""Commands: functions whose parameters are entries of the catalogue; over models, unknown options are knobs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import typer
from typer.core import TyperCommand

from costcalc.cli import catalogue, streams
from costcalc.cli.knobs import ARGUMENTS, GIVEN, MODELS, OPTIONS, WORDS, Given, described
from costcalc.cli.rules import Line, Rule

if TYPE_CHECKING:
    from costcalc.spec import ModelSpec

__all__ = ["ModelCommand", "PartCommand", "PlainCommand", "command", "untyped"]

NO_OPTIONS = ("ctx", "return")
"""What else a function may be annotated with: typer's context, and what it returns."""


def command(kind: type[PlainCommand], *rules: Rule) -> Callable[[Callable[..., None]], typer.Typer]:
    """Make a function a command of a ``kind``; its parameters are annotated with entries of the catalogue.

    It is called with what these read: models last, once the ``rules`` hold. A command with a ``result`` has --output
    too, and for tables --human and --notes, one over models --set and --strict.
    """

    def made(function: Callable[..., None]) -> typer.Typer:
        wanted = inspect.get_annotations(function, eval_str=True)
        shared = {**_of_result(wanted["result"]), **kind.shared} if "result" in wanted else kind.shared
        entries = {key: get_args(entry)[1] for key, entry in {**wanted, **shared}.items() if key not in NO_OPTIONS}

        def call(ctx: typer.Context, **texts: Any) -> None:
            values = {key: each.value(ctx, texts[key]) for key, each in entries.items() if not each.late}
            given = {option.name for key, option in entries.items() if option.given(ctx, texts[key])}
            line = Line(ctx.info_name or "", given, {entries[key].name: value for key, value in values.items()})
            for rule in rules:
                rule.check(line)
            values |= {key: each.value(ctx, texts[key]) for key, each in entries.items() if each.late}
            values["ctx"] = ctx
            function(**{key: values[key] for key in wanted if key in values})

        context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        parameters = [context, *(option.parameter(key) for key, option in entries.items())]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {}
        call.__name__, call.__doc__ = function.__name__, function.__doc__
        app = typer.Typer(add_completion=False)
        app.command(cls=kind)(call)
        return app

    return made


def _of_result(form: Any) -> Mapping[str, Any]:
    """The options beside --format."""
    of_tables = {"human": catalogue.Human, "notes": catalogue.Notes} if "table" in get_args(form)[1].choices else {}
    return {"output": catalogue.Output, **of_tables}


def untyped(params: list[Any]) -> list[Any]:
    """``params``, each to take its value as it stands on the command line: text, or true for a flag.

    typer has pydantic turn values into types, and importing that costs as much as all of ``costcalc params``.
    """
    for param in params:
        param.process_value = partial(_as_it_stands, param)
    return params


def _as_it_stands(param: Any, ctx: Any, value: Any) -> Any:
    return value if param.callback is None else param.callback(ctx, param, value)


class PlainCommand(TyperCommand):
    """A command whose options are texts and flags to typer."""

    shared: Mapping[str, Any] = {}
    """The options that every command of this kind has."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta.setdefault(ARGUMENTS, list(args))
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        return untyped(super().get_params(ctx))


class ModelCommand(PlainCommand):
    """Sets apart what is a knob before typer parses the rest; `costcalc.cli.knobs` makes sense of it."""

    shared = {"set": catalogue.Set, "strict": catalogue.Strict}

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; then its models' warnings go to stderr, even if it fails."""
        try:
            return super().invoke(ctx)
        finally:
            for model in ctx.meta.get(MODELS, ()):
                for warning in model.warnings:
                    streams.tell(f"costcalc: warning: {warning}")

    def find(self, name: str, revision: str | None = None, *, strict: bool = False) -> ModelSpec:
        """The model that a word of the command line names: a shipped one, or the path of a YAML file.

        With a git ``revision``, a file is read as it was then in its repository. ``strict`` is that of `costcalc.load`.
        """
        from costcalc.spec import load

        return load(name, revision, strict=strict)

    def names(self) -> list[str]:
        """The words that completion offers for a model."""
        from costcalc.spec import shipped_models

        return list(shipped_models())

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[ARGUMENTS] = list(args)
        options = {name: param for param in self.get_params(ctx) for name in (*param.opts, *param.secondary_opts)}
        own: list[str] = []
        given: list[Given] = []
        words: list[str] = []
        rest = list(args)
        while rest:
            argument = rest.pop(0)
            name, equals, value = argument.partition("=")
            if argument == "--":
                own += [argument, *rest]
                words += rest
                break
            if not argument.startswith("--"):
                own.append(argument)
                words.append(argument)
            elif name in options:
                own.append(argument)
                takes_value = not getattr(options[name], "is_flag", False)
                if takes_value and not equals and rest:
                    own.append(rest.pop(0))
            elif equals:
                given.append(Given(name, value, attached=True))
            elif rest and not rest[0].startswith("--"):
                given.append(Given(name, rest.pop(0), last=not rest))
            else:
                given.append(Given(name, None, last=not rest))
        ctx.meta[GIVEN] = given
        ctx.meta[WORDS] = words
        ctx.meta[OPTIONS] = [name for name in options if name.startswith("--")]
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[--KNOB VALUE]..."]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        from costcalc.outputs import terminal

        for table in described(ctx):
            streams.say(f"{terminal.render(table, streams.terminal())}\n")

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The command's own options and, from its MODEL argument, the knobs of the models on the line."""
        found = super().shell_complete(ctx, incomplete)
        for param in self.params:
            if param.param_type_name == "argument":
                found += param.shell_complete(ctx, incomplete)
        return found


class PartCommand(ModelCommand):
    """A command to which shipped blocks and layers are models, too."""

    def find(self, name: str, revision: str | None = None, *, strict: bool = False) -> ModelSpec:
        from costcalc.spec.parts import load_any

        return load_any(name, revision, strict=strict)

    def names(self) -> list[str]:
        from costcalc.spec.parts import part_names

        return [*super().names(), *part_names()]
