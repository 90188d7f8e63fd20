"""What a theorem is to those who prove it, and what comes of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["PROVED", "REFUTED", "UNDECIDED", "Theorem", "Verdict"]

PROVED = "proved"
REFUTED = "refuted"
UNDECIDED = "not decided"


class Verdict(NamedTuple):
    """``status`` is one of the three words above; ``detail`` says how, or by which counterexample."""

    status: str
    detail: str


class Theorem(NamedTuple):
    """A named ``claim`` with its ``source``, the ``conditions`` on which it is claimed, and a proof from the layers."""

    name: str
    claim: str
    source: str
    conditions: str
    prove: Callable[[], Verdict]
