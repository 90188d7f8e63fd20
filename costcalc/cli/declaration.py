"""The kinds of option: what each reads, how help shows it and what completion offers; `catalogue` has them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import Parameter
from typing import Annotated, Any

import typer

from costcalc.amounts import in_bytes
from costcalc.errors import UsageError, shown
from costcalc.words import one_of

__all__ = ["Flag", "Number", "Numbers", "Option", "Repeated", "Size", "Word", "Words", "whole_number"]

Choices = Iterable[str] | Callable[[], Iterable[str]]


class Option:
    """An option whose value is text, or an argument if its ``name`` is in capitals.

    A command gets ``default`` where the line has none; ``required`` is an error instead. ``complete`` offers words for
    the end of a line.
    """

    takes: Any = str | None
    late = False
    """Is it read after the rules were checked?"""

    def __init__(
        self,
        name: str,
        help: str,
        *,
        metavar: str | None = None,
        default: Any = None,
        required: bool = False,
        complete: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.help = help if default is None else f"{help.removesuffix('.')}; {self.shown(default)} by default."
        self.metavar = metavar
        self.default = default
        self.required = required
        self.complete = complete

    @property
    def is_argument(self) -> bool:
        return not self.name.startswith("-")

    def usage(self) -> str | None:
        """How help shows the value."""
        return self.name if self.is_argument else self.metavar

    def parameter(self, key: str) -> Parameter:
        """What typer is told of the option: that it is text, repeated text or a flag."""
        shown: dict[str, Any] = {"metavar": self.usage(), "help": self.described(), "autocompletion": self.complete}
        info = typer.Argument(**shown) if self.is_argument else typer.Option(self.name, **shown)
        default = False if self.takes is bool else None
        return Parameter(key, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[self.takes, info])

    def described(self) -> str:
        """What help says of it."""
        return self.help

    def given(self, ctx: typer.Context, text: Any) -> bool:
        """Is the option on the command line?"""
        return text is not None and text is not False

    def value(self, ctx: typer.Context, text: Any) -> Any:
        """What the command gets for ``text``. Raises UsageError for what cannot be read."""
        if text is None and self.required:
            raise UsageError(f"{ctx.info_name} requires {self.name}", hint=self.described())
        return self.default if text is None else self.read(text)

    def read(self, text: str) -> Any:
        """The value that ``text`` stands for. Raises UsageError."""
        return text

    def shown(self, default: Any) -> str:
        """How help shows the default."""
        return str(default)


class Flag(Option):
    """An option without a value: true or false."""

    takes = bool

    def value(self, ctx: typer.Context, text: Any) -> bool:
        return bool(text)


class Repeated(Option):
    """An option or argument that may be there several times: a list of texts."""

    takes = list[str] | None

    def value(self, ctx: typer.Context, text: Any) -> list[str]:
        return list(text or ())


class Word(Option):
    """One of a few words, as ``choices`` spells it; a function makes them only for a command that has the option."""

    def __init__(self, name: str, choices: Choices, help: str, *, metavar: str | None = None, **others: Any) -> None:
        self._choices = choices
        super().__init__(name, help, metavar=metavar, complete=lambda: list(self.choices), **others)

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self._choices() if callable(self._choices) else self._choices)

    def usage(self) -> str | None:
        return super().usage() or "|".join(self.choices)

    def described(self) -> str:
        return f"{self.help} {', '.join(self.choices)}." if self.is_argument else self.help

    def read(self, text: str) -> Any:
        return one_of(self.name, text, self.choices)


class Words(Word):
    """A list such as ``fp32,fp16``, each word once."""

    def usage(self) -> str | None:
        return ",".join(self.choices)

    def read(self, text: str) -> list[str]:
        return _once(self.name, [one_of(self.name, word.strip(), self.choices) for word in text.split(",")])

    def shown(self, default: Any) -> str:
        return ",".join(default)


class Number(Option):
    """A whole number of at least 1."""

    def __init__(self, name: str, help: str, *, metavar: str = "N", **others: Any) -> None:
        super().__init__(name, help, metavar=metavar, **others)

    def read(self, text: str) -> Any:
        return whole_number(self.name, text)


class Numbers(Number):
    """A list such as ``1,8,32``, each number once."""

    def read(self, text: str) -> list[int]:
        return _once(self.name, [whole_number(self.name, word.strip()) for word in text.split(",")])

    def shown(self, default: Any) -> str:
        return ",".join(map(str, default))


class Size(Option):
    """An amount of memory such as ``512KiB``, in bytes."""

    def read(self, text: str) -> Any:
        return in_bytes(self.name, text)


def whole_number(option: str, text: str) -> int:
    """The whole number of at least 1 that ``text`` says. Raises UsageError for anything else."""
    digits = text.isascii() and text.isdigit()
    if digits and len(text) > 18:
        raise UsageError(f"{option} {shown(text)}: must have at most 18 digits")
    if not digits or int(text) < 1:
        raise UsageError(f"{option} {shown(text)}: must be a whole number of at least 1")
    return int(text)


def _once(option: str, values: list[Any]) -> list[Any]:
    """``values``. Raises UsageError for one that is there twice."""
    for value in values:
        if values.count(value) > 1:
            raise UsageError(f"{option}: {value} is given twice")
    return values
