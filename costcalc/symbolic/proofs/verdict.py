"""What a theorem is to those who prove it, and what comes of that."""

from __future__ import annotations

from typing import NamedTuple, Protocol

__all__ = ["PROVED", "REFUTED", "UNDECIDED", "Theorem", "Verdict"]

PROVED = "proved"
REFUTED = "refuted"
UNDECIDED = "not decided"


class Verdict(NamedTuple):
    """``status`` is one of the three words above; ``detail`` says how, or by which counterexample."""

    status: str
    detail: str


class Theorem(Protocol):
    """A named claim with its source, the conditions under which it is claimed, and a proof."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""

    @property
    def claim(self) -> str:
        """The claim in a sentence."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def conditions(self) -> str:
        """Of what it is claimed."""

    def prove(self) -> Verdict:
        """Try to prove it from the layers as they are now."""
