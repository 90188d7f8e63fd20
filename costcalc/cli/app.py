"""The typer app: the commands are the files in `costcalc.cli.commands`, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from costcalc.cli import commands as package
from costcalc.cli import streams
from costcalc.cli.boundary import PROGRAM
from costcalc.cli.command import untyped
from costcalc.errors import UsageError, nearest, shown

__all__ = ["command_line", "having", "names"]


def names() -> list[str]:
    """The names of the commands, sorted."""
    import pkgutil

    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def load(name: str) -> Any:
    """The command called ``name``: in the module of that name, the function of that name."""
    module = import_module(f"{package.__name__}.{name}")
    return get_command(getattr(module, name))


def having(option: str) -> list[str]:
    """The commands that have ``option``. Imports them all: for messages of errors only."""
    found = []
    for name in names():
        command = load(name)
        if any(option in (*param.opts, *param.secondary_opts) for param in command.params):
            found.append(name)
    return found


class Commands(TyperGroup):
    """A group whose commands are modules, each with a function of its own name that `command` made."""

    def get_params(self, ctx: Any) -> list[Any]:
        return untyped(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        return names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in names():
            return None
        return load(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if not args[0].startswith("-") and args[0] not in names() and not ctx.resilient_parsing:
            raise UsageError(f"no command {shown(args[0])}", hint=nearest(args[0], names()))
        return super().resolve_command(ctx, args)


app = typer.Typer(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


def command_line() -> Any:
    """The group of all commands, with the options that install shell completion."""
    return get_command(app)


def _version(asked: bool) -> None:
    if asked:
        from costcalc import __version__

        streams.say(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


@app.callback()
def costcalc(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Exact costs of neural architectures, without building them.

    Set a knob of a model by its name: costcalc params mobilenetv2 --alpha 0.75
    """
    if ctx.invoked_subcommand is None:
        streams.say(f"{ctx.get_help()}\n")
