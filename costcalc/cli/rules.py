"""Which options go together: the rules of a command, checked before it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple, Protocol

from costcalc.errors import UsageError

__all__ = ["Excludes", "Line", "Needs", "Requires", "Rule", "either"]


class Line(NamedTuple):
    """A command line: the names of the options ``given`` and the values of all, by name."""

    command: str
    given: Set[str]
    values: Mapping[str, Any]

    def has(self, term: str) -> bool:
        """Does ``term`` hold: an option that is given, or one with a value, given or by default: ``--mode eager``?"""
        name, _, word = term.partition(" ")
        if not word:
            return name in self.given
        value = self.values[name]
        return word in value if isinstance(value, list) else word == str(value)


class Rule(Protocol):
    """What has to hold of a command line."""

    def check(self, line: Line) -> None:
        """Raises UsageError for a line that breaks the rule."""


class Needs(NamedTuple):
    """One of ``others`` must be given."""

    others: tuple[str, ...]

    def check(self, line: Line) -> None:
        if not any(map(line.has, self.others)):
            raise UsageError(f"{line.command} requires {either(self.others)}")


class Requires(NamedTuple):
    """Each of ``options`` makes sense only beside one of ``others``."""

    options: tuple[str, ...]
    others: tuple[str, ...]

    def check(self, line: Line) -> None:
        for option in filter(line.has, self.options):
            if not any(map(line.has, self.others)):
                raise UsageError(f"{option} requires {either(self.others)}")


class Excludes(NamedTuple):
    """``option`` cannot be combined with any of ``others``; ``why`` says the reason."""

    option: str
    others: tuple[str, ...]
    why: str | None = None

    def check(self, line: Line) -> None:
        for other in filter(line.has, self.others if line.has(self.option) else ()):
            raise UsageError(f"{self.option} cannot be combined with {other}", hint=self.why)


def either(terms: Sequence[str]) -> str:
    """``terms`` in a sentence: ``a, b or c``."""
    return " or ".join(filter(None, (", ".join(terms[:-1]), terms[-1])))
