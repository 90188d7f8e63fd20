"""The options and arguments that name things: models with their knobs, knobs, conventions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from costcalc.cli.declaration import Option, Repeated
from costcalc.cli.knobs import GIVEN, Choice, chosen, complete, listed
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.spec import Knob

__all__ = ["ConventionName", "KnobNames", "Named", "NamedModels", "OneModel", "SeveralModels"]


class Named:
    """The models that a line names, if any: a command looks them up when it knows how."""

    def __init__(self, ctx: typer.Context, names: Sequence[str]) -> None:
        self._ctx = ctx
        self.names = names

    def __bool__(self) -> bool:
        return bool(self.names or self._ctx.meta.get(GIVEN) or self._ctx.params["set"])

    def chosen(
        self,
        default: Sequence[str] = (),
        parse: Callable[[Knob, str], Any] | None = None,
        revision: str | None = None,
    ) -> list[Choice]:
        """The models, or those called ``default`` where none is named, as `costcalc.cli.knobs.chosen` reads them."""
        names = self.names if self.names or self._ctx.meta.get(GIVEN) else default
        return chosen(self._ctx, names, parse, revision)

    def one(self, parse: Callable[[Knob, str], Any] | None = None, what: str | None = None) -> Choice:
        """The only model. Raises UsageError for several: ``what``, by default the command, takes one."""
        models = self.chosen(parse=parse)
        if len(models) > 1:
            names = " and ".join(choice.model.name for choice in models[:2])
            raise UsageError(f"{what or self._ctx.info_name} takes exactly one model, not {names}")
        return models[0]


class NamedModels(Repeated):
    """A MODEL that a command looks up itself, see `Named`."""

    late = True

    def __init__(self, help: str) -> None:
        super().__init__("MODEL", help, complete=complete)

    def given(self, ctx: typer.Context, text: Any) -> bool:
        return bool(Named(ctx, text or ()))

    def value(self, ctx: typer.Context, text: Any) -> Any:
        return Named(ctx, text or ())


class SeveralModels(NamedModels):
    """At least one model: a list of `Choice`."""

    def value(self, ctx: typer.Context, text: Any) -> Any:
        return Named(ctx, text or ()).chosen()


class OneModel(NamedModels):
    """Exactly one model: a `Choice`."""

    def value(self, ctx: typer.Context, text: Any) -> Any:
        return Named(ctx, text or ()).one()


class KnobNames(Option):
    """A list of knobs, such as ``alpha,t``."""

    def read(self, text: str) -> list[str]:
        return listed(self.name, text)


class ConventionName(Option):
    """A convention, by its name."""

    def __init__(self, name: str, help: str) -> None:
        super().__init__(name, help, metavar="NAME", complete=_conventions)

    def read(self, text: str) -> Any:
        from costcalc.conventions import convention

        return convention(text)


def _conventions() -> list[str]:
    from costcalc.conventions import CONVENTIONS

    return list(CONVENTIONS)
