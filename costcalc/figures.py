"""Figures as documents and tools print them: how a number is written says how precise it is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.amounts import COUNTS, written
from costcalc.errors import UsageError, shown

__all__ = ["FITS", "Figure", "count", "figure"]

_SCALES = {**COUNTS, "%": Fraction(1, 100)}
_ANY_CASE = {unit.lower(): scale for unit, scale in COUNTS.items()}

_GREATEST = 10**18

FITS = ("exact", "rounds", "cut off", "no")
"""How a derived number may stand to a printed one, the closest first."""


class Figure(NamedTuple):
    """A printed number or range: what it says, from ``low`` to ``high``, and the ``unit`` of its last digit.

    A number alone is the range from itself to itself. A share in percent is a number from 0 to 1.
    """

    text: str
    low: Fraction
    high: Fraction
    unit: Fraction

    def fit(self, number: Fraction | int) -> str:
        """How ``number`` may have been printed so, one of `FITS`: exactly, rounded (or inside the range), cut off."""
        if self.low == self.high == number:
            return "exact"
        half = self.unit / 2
        if self.low - half <= number <= self.high + half:
            return "rounds"
        return "cut off" if self.low <= number < self.high + self.unit else "no"


def figure(text: str, to: str | None = None) -> Figure:
    """The figure that ``text`` prints. ``to`` says how precise it is where its digits do not: 20 ``to`` 10.

    Raises UsageError for what is no number above 0, or greater than 10**18.
    """
    hint = "such as 4,278,048, 2.3M, 95% or 8 to 9; k M G B T are powers of ten"
    parts = [part.strip() for part in text.split(" to ")]
    if len(parts) > 2:
        raise UsageError(f"{shown(text)}: not a number", hint=hint)
    last = written(parts[-1])
    if len(parts) == 2 and last and last.unit and parts[0][-1:].isdigit():
        parts[0] += last.unit
    (low, coarse), (high, fine) = (_number(part, _SCALES, hint) for part in (parts[0], parts[-1]))
    if low > high:
        raise UsageError(f"{shown(text)}: the first number must be the smaller one")
    unit = min(coarse, fine) if to is None else _number(to, _SCALES, hint)[0]
    return Figure(text, low, high, unit)


def count(text: str) -> Figure:
    """The whole number that ``text`` prints: ``300774272``, ``300,774,272``, or ``300M`` in letters of any case.

    Raises UsageError for what is no whole number above 0, or greater than 10**18.
    """
    try:
        value, unit = _number(text.strip().lower(), _ANY_CASE, "such as 300774272, 300,774,272, 569M or 4.24M")
    except UsageError as error:
        raise UsageError(f"measured = {error.message}", hint=error.hint) from None
    if value.denominator != 1:
        raise UsageError(f"measured = {shown(text)}: must be a whole number", hint="or end with k, M, G or T")
    return Figure(text.strip(), value, value, unit)


def _number(text: str, scales: Mapping[str, Fraction], hint: str) -> tuple[Fraction, Fraction]:
    """The number that ``text`` says and the unit of its last digit."""
    found = written(text.removeprefix("-"))
    if found is None or found.unit not in scales:
        digits = text.isdecimal() and text.isascii()  # too many of them
        raise UsageError(f"{shown(text)}: " + (_RULE if digits else "not a number"), hint=None if digits else hint)
    value, unit, _ = found.times(scales[found.unit])
    if text.startswith("-") or not 0 < value <= _GREATEST:
        raise UsageError(f"{shown(text)}: {_RULE}")
    return value, unit


_RULE = f"must be above 0 and at most {_GREATEST:,}"
