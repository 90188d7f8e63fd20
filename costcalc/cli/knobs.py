"""The models that a command line names, with the knobs that it sets on them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import typer

from costcalc.errors import CostcalcError, UsageError, closest, shown

if TYPE_CHECKING:
    from costcalc.spec import Knob, ModelSpec
    from costcalc.table import Table

__all__ = [
    "ARGUMENTS",
    "GIVEN",
    "MODELS",
    "OPTIONS",
    "WORDS",
    "Choice",
    "Given",
    "Models",
    "chosen",
    "complete",
    "complete_assignment",
    "described",
    "listed",
]

ARGUMENTS = "costcalc.arguments"
"""The key in the context's ``meta`` of the arguments of the command, as they stand on the command line."""

GIVEN = "costcalc.given"
"""The key in the context's ``meta`` of the options that are not the command's own, a list of `Given`."""

MODELS = "costcalc.models"
"""The key in the context's ``meta`` of the models that the command works on, a list of `ModelSpec`."""

OPTIONS = "costcalc.options"
"""The key in the context's ``meta`` of the names of the command's own options."""

WORDS = "costcalc.words"
"""The key in the context's ``meta`` of what is no option and no option's value: the models."""

_FLAGS = ("true", "false")

_ASSIGNMENT = re.compile(r"\s*[A-Za-z_][\w-]*\s*=")
"""How the knobs begin that follow a model's name and a colon."""


class Given(NamedTuple):
    """An option that the command itself does not have: ``--alpha 0.75``, ``--alpha=0.75`` or a bare ``--alpha``.

    ``attached`` is the form with the equals sign; ``last`` says that the command line ends here, where it is completed.
    """

    option: str
    value: str | None
    attached: bool = False
    last: bool = False

    @property
    def knob(self) -> str:
        """The name of the knob: ``--num-classes`` sets ``num_classes``."""
        return self.option.removeprefix("--").replace("-", "_")


class Models(Protocol):
    """What a command over models says of them."""

    def find(self, name: str, revision: str | None = None, *, strict: bool = False) -> ModelSpec:
        """The model called ``name``, as it was at a git ``revision``. Raises CostcalcError for none.

        ``strict`` is that of `costcalc.load`.
        """

    def names(self) -> list[str]:
        """The names that have one."""


def _models(ctx: typer.Context) -> Models:
    found: Models = ctx.command  # type: ignore[assignment]
    return found


class Choice(NamedTuple):
    """A model and the values that the command line gives to its knobs."""

    model: ModelSpec
    knobs: dict[str, Any]


def chosen(
    ctx: typer.Context,
    names: Sequence[str] | None,
    parse: Callable[[Knob, str], Any] | None = None,
    revision: str | None = None,
) -> list[Choice]:
    """The models called ``names``, each with the knobs of the command line, those of ``--set`` included.

    A name may bring knobs of its own, which are its alone: ``mobilenetv2:alpha=0.5,t=4``; it is then part of the
    model's name. The command says what a name may be, see `costcalc.cli.command`; a file may be read as it was at a git
    ``revision``. ``parse`` makes the value of a knob from a text. Raises UsageError for no model, the same model twice
    with the same knobs, and a knob that is unknown to one of the models, set twice, set to nothing, or to what its rule
    forbids.
    """

    own: dict[str, dict[str, str | None]] = {}

    def make(word: str) -> ModelSpec:
        name, knobs = _apart(word)
        if revision is not None:  # the past is nobody's to mend
            model = _models(ctx).find(name, revision)
        else:
            model = _models(ctx).find(name, strict=ctx.params["strict"])
            ctx.meta.setdefault(MODELS, []).append(model)
        if knobs:
            model = copy(model)
            model.name = f"{model.name}:{word[len(name) + 1 :]}"
            own[model.name] = knobs
        return model

    given: list[Given] = ctx.meta.get(GIVEN, [])
    options: list[str] = ctx.meta.get(OPTIONS, [])
    models = [make(name) for name in names or ()]
    settings: dict[str, str | None] = {}
    for one in given:
        knob, value, left = _read(one, models)
        if left is not None:
            models.append(make(left))
        _put(settings, knob, value)
    for text in ctx.params["set"] or ():
        knob, equals, value = text.partition("=")
        if not equals or not knob.strip():
            raise UsageError(f"--set {shown(text)}: must be KNOB=VALUE")
        _put(settings, knob.strip().replace("-", "_"), value)
    for one in given:
        if not any(one.knob in model.knobs for model in models):
            _check_option(ctx, one.option)
    if not models:
        raise _no_model(given, options)
    _check_distinct(models)
    choices = []
    for model in models:
        wanted = dict(settings)
        for knob, value in own.get(model.name, {}).items():
            _put(wanted, knob, value)
        choices.append(Choice(model, _values(model, wanted, models, options, parse)))
    return choices


def _apart(word: str) -> tuple[str, dict[str, str | None]]:
    """The name of a model and the knobs that follow it, as texts: ``mobilenetv2:alpha=0.5,t=4``."""
    from costcalc.spec import shipped_models

    name, colon, rest = word.partition(":")
    if not colon or os.path.exists(word) or not (_ASSIGNMENT.match(rest) or name in shipped_models()):
        return word, {}
    knobs: dict[str, str | None] = {}
    for text in rest.split(","):
        knob, equals, value = text.partition("=")
        if not equals or not knob.strip():
            raise UsageError(f"{shown(word)}: {shown(text)!r} must be KNOB=VALUE")
        if _ASSIGNMENT.match(value.partition(":")[2]):
            raise UsageError(
                f"{shown(word)}: knobs must be separated by commas", hint=f"{name}:{rest.replace(':', ',')}"
            )
        _put(knobs, knob.strip().replace("-", "_"), value)
    return name, knobs


def listed(option: str, text: str) -> list[str]:
    """The names of knobs in ``text``, with commas between them. Raises UsageError for an empty one."""
    names = [name.strip().replace("-", "_") for name in text.split(",")]
    if not all(names):
        raise UsageError(f"{option} '{shown(text)}': must be knob names separated by commas")
    return list(dict.fromkeys(names))


def _read(given: Given, models: Sequence[ModelSpec]) -> tuple[str, str | None, str | None]:
    """The knob, its value as text, and a word that turns out not to belong to it: a flag needs none."""
    knob = given.knob
    opposite = knob.removeprefix("no_") if knob.startswith("no_") and not _has_flag(models, knob) else None
    if opposite and _has_flag(models, opposite) and not given.attached:
        return opposite, "false", given.value
    if _has_flag(models, knob) and not given.attached and given.value not in _FLAGS:
        return knob, "true", given.value
    return knob, given.value, None


def _has_flag(models: Iterable[ModelSpec], knob: str) -> bool:
    return any(knob in model.knobs and isinstance(model.knobs[knob].default, bool) for model in models)


def _put(settings: dict[str, str | None], knob: str, value: str | None) -> None:
    if knob in settings:
        raise UsageError(f"knob {shown(knob)} is set twice")
    settings[knob] = value


def _values(
    model: ModelSpec,
    settings: dict[str, str | None],
    models: Sequence[ModelSpec],
    options: Sequence[str],
    parse: Callable[[Knob, str], Any] | None,
) -> dict[str, Any]:
    values = {}
    for name, text in settings.items():
        if name not in model.knobs:
            known = f"its knobs: {', '.join(model.knobs) or 'none'}"
            hint = " ".join(part for part in (_suggestion(name, models, options), known) if part)
            raise UsageError(f"{shown(model.name)} has no knob {shown(name)}", hint=hint)
        if text is None or not text.strip():
            default = shown(model.knobs[name].default)
            raise UsageError(f"knob {name} requires a value", hint=f"its default is {default}")
        values[name] = parse(model.knobs[name], text) if parse else model.knobs[name].parse(text)
    return values


def _suggestion(name: str, models: Iterable[ModelSpec], options: Iterable[str]) -> str | None:
    """``did you mean --format?``, if a knob or an option is near to ``name`` and ``name`` itself is none."""
    written = {option.removeprefix("--").replace("-", "_"): option for option in options}
    for model in models:
        if name in model.knobs:
            return None
        written |= {knob: f"--{knob}" for knob in model.knobs}
    found = closest(name, written)
    return None if found is None else f"did you mean {written[found]}?"


def _check_option(ctx: typer.Context, option: str) -> None:
    """Raises UsageError for the ``option`` of another command."""
    from costcalc.cli.app import having

    others = having(option)
    if others:
        raise UsageError(
            f"{ctx.info_name} has no {option} ({', '.join(others)} {'has' if len(others) == 1 else 'have'})"
        )


def _no_model(given: Sequence[Given], options: Sequence[str]) -> UsageError:
    from costcalc.spec import shipped_models

    for one in given:
        hint = _suggestion(one.knob, (), options)
        if hint:
            return UsageError(f"no option {shown(one.option)}", hint=hint)
        if one.value in shipped_models() and not one.attached:
            message = f"no MODEL: {one.value} was read as the value of {shown(one.option)}"
            return UsageError(message, hint="write the model first")
    known = shipped_models()
    some = ", ".join(known[:5]) + (", ... (costcalc models lists all)" if len(known) > 5 else "")
    return UsageError(f"no MODEL given: expected a shipped model or the path of a YAML file; shipped models: {some}")


def _check_distinct(models: Sequence[ModelSpec]) -> None:
    seen: dict[str, str] = {}
    for model in models:
        if model.name not in seen:
            seen[model.name] = model.file
            continue
        if os.path.realpath(seen[model.name]) == os.path.realpath(model.file):
            raise UsageError(f"model {shown(model.name)} is given twice")
        files = f"{shown(seen[model.name], 200)} and {shown(model.file, 200)}"
        raise UsageError(f"two models are named {shown(model.name)}: {files}", hint="rename one of them")


def described(ctx: typer.Context) -> list[Table]:
    """The knobs of the models on the line, a table for each model: what help adds."""
    from costcalc.table import Column, Table

    columns = (Column("knob", "Knob"), Column("default", "Default"), Column("help", "Description"))
    tables = []
    for model in _loaded(ctx):
        rows = [
            {"knob": f"--{knob.name}", "default": shown(knob.default), "help": _help(knob)}
            for knob in model.knobs.values()
        ]
        tables.append(Table(f"Knobs of {model.name}", columns, rows))
    return tables


def _help(knob: Knob) -> str:
    return f"{knob.help}{': ' if knob.help else ''}{', '.join(_choices(knob))}" if _choices(knob) else knob.help


def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What may stand where a model may: model names; after ``--`` their knobs; after a knob its choices."""
    given: list[Given] = ctx.meta.get(GIVEN, [])
    open_knob = given[-1].knob if given and given[-1].last and given[-1].value in (None, "=") else None
    if open_knob is not None:
        knobs = [model.knobs[open_knob] for model in _loaded(ctx) if open_knob in model.knobs]
        return [(word, "") for word in dict.fromkeys(word for knob in knobs for word in _choices(knob))]
    if incomplete.startswith("-"):
        used = {one.knob for one in given}
        return [(f"--{name}", help) for name, help in _knobs(ctx) if name not in used]
    name, colon, rest = incomplete.partition(":")
    if colon:
        before, comma, _ = rest.rpartition(",")
        return [(f"{name}:{before}{comma}{knob}=", help) for knob, help in _knobs(ctx, [name])]
    return [(name, "") for name in _models(ctx).names() if name not in (ctx.meta.get(WORDS, ()))]


def complete_assignment(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What may stand after ``--set``: the knobs of the models with what each may be; at least two of each.

    bash adds a blank to a word that is the only one, and the equals sign would be followed by one.
    """
    found = []
    for model in _loaded(ctx):
        for name, knob in model.knobs.items():
            values = _choices(knob) or ["", shown(knob.default)]
            found += [(f"{name}={value}", knob.help) for value in values]
    return list(dict(found).items())


def _knobs(ctx: typer.Context, names: Iterable[str] | None = None) -> list[tuple[str, str]]:
    knobs = [knob for model in _loaded(ctx, names) for knob in model.knobs.values()]
    return list({knob.name: f"{knob.help} (default {shown(knob.default)})".strip() for knob in knobs}.items())


def _choices(knob: Knob) -> list[str]:
    if isinstance(knob.default, bool):
        return list(_FLAGS)
    return [shown(choice) for choice in knob.choices or ()]


def _loaded(ctx: typer.Context, names: Iterable[str] | None = None) -> list[ModelSpec]:
    """The models ``names``, or those on the line, as far as they can be read: a completion makes no errors."""
    models = []
    for word in ctx.meta.get(WORDS, ()) if names is None else names:
        try:
            models.append(_models(ctx).find(_apart(word)[0]))
        except CostcalcError:
            continue
    return models
