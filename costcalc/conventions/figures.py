"""Numbers as people write them: in full, or rounded with a letter."""

from __future__ import annotations

import re
from typing import NamedTuple

from costcalc.amounts import COUNTS, written
from costcalc.errors import UsageError, shown

__all__ = ["GREATEST", "Figure", "figure"]

GREATEST = 10**18
"""The greatest number that is taken: far above the work of the greatest models."""

_SCALES = {unit.lower(): scale for unit, scale in COUNTS.items()}

HINT = "such as 300774272, 300,774,272, 569M or 4.24M"


class Figure(NamedTuple):
    """A number as somebody wrote it, ``text``, and the whole numbers that it may stand for.

    Those that round to it are from ``low`` to ``high``, a half either way; those that begin with its digits, the rest
    being cut off, go up to ``cut``. The ``value`` is what it says.
    """

    text: str
    value: int
    low: int
    high: int
    cut: int

    @property
    def exact(self) -> bool:
        """Was every digit given?"""
        return self.low == self.cut

    def fit(self, number: int) -> str | None:
        """How ``number`` may have been written so: ``exactly``, ``rounded`` or ``cut off``; None if not at all."""
        if self.exact:
            return "exactly" if number == self.value else None
        if self.low <= number <= self.high:
            return "rounded"
        return "cut off" if self.value <= number <= self.cut else None


def figure(text: str) -> Figure:
    """``300774272`` and ``300,774,272`` are one number; ``300M`` and ``4.2M`` are all that is rounded or cut off to it.

    k is 10**3, M 10**6, G and B 10**9, T 10**12. Raises UsageError for what is no number, not more than 0, or more than
    `GREATEST`.
    """
    if len(text) > 24 and not text.strip().startswith("-"):
        raise UsageError(f"measured = {shown(text)}: must be at most {GREATEST:,}")
    number = written(text)
    if number is None or number.unit.lower() not in _SCALES:
        rule = "must be more than 0" if re.fullmatch(r"-\s*[\d.,]+\s*\w?", text.strip()) else "not a number"
        raise UsageError(f"measured = {shown(text)}: {rule}", hint=HINT)
    value, last, _ = number.times(_SCALES[number.unit.lower()])
    if value == 0:
        raise UsageError(f"measured = {shown(text)}: must be more than 0")
    if value.denominator != 1:
        raise UsageError(f"measured = {shown(text)}: must be a whole number", hint="or end with k, M, G or T")
    if value > GREATEST:
        raise UsageError(f"measured = {shown(text)}: must be at most {GREATEST:,}")
    whole = int(value)
    if last <= 1:
        return Figure(text.strip(), whole, whole, whole, whole)
    unit = int(last)
    return Figure(text.strip(), whole, whole - unit // 2, whole + unit // 2, whole + unit - 1)
