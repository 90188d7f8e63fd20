"""A limit as a budgets file writes it, ``<= 300M`` or ``< +1% vs baseline.json``, and the exact verdict on a value."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.amounts import BYTES, COUNTS, SECONDS, written
from costcalc.errors import UsageError, nearest, shown

__all__ = ["RELATIONS", "UNITS", "Limit", "limit"]

RELATIONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}

UNITS: Mapping[str, Mapping[str, Fraction]] = {"bytes": BYTES, "s": SECONDS, "FLOPs per byte": {"": Fraction(1)}}
"""How a number of a quantity ends, by the word for one of it; anything else is a count, and ends as in ``300M``."""

_HINT = "such as <= 300M, or < +1% vs baseline.json"
_LIMIT = re.compile(r"(?P<relation>[<>=!]*)\s*(?P<amount>[^<>=!]*?)(?:\s+vs\s+(?P<baseline>\S.*))?", re.ASCII)


class Limit(NamedTuple):
    """What a value must be: in a ``relation`` to an ``amount``, or to a baseline's value and an amount on top.

    ``baseline`` is the file of that value, None without one; with one, ``percent`` says that the amount is a part of
    the value, in percent.
    """

    text: str
    relation: str
    amount: Fraction
    percent: bool = False
    baseline: str | None = None

    def bound(self, base: Fraction | None = None) -> Fraction:
        """The number that a value is compared with; ``base`` is the baseline's, where there is one."""
        if base is None:
            return self.amount
        return base + (abs(base) * self.amount / 100 if self.percent else self.amount)

    def holds(self, value: Fraction, base: Fraction | None = None) -> bool:
        """Does ``value`` keep to this? Nothing is rounded."""
        return RELATIONS[self.relation](value, self.bound(base))

    def margin(self, value: Fraction, base: Fraction | None = None) -> Fraction:
        """How far ``value`` is on the right side, negative if it is not; in whole units where ``value`` is whole.

        Zero is the last value that holds, so that a margin of -1 is one unit too many.
        """
        bound = self.bound(base)
        whole = value.denominator == 1
        if self.relation == "==":
            return -abs(value - bound)
        upper = self.relation in ("<", "<=")
        if whole and upper:
            return math.floor(bound) - value - (1 if self.relation == "<" and bound.denominator == 1 else 0)
        if whole:
            return value - math.ceil(bound) - (1 if self.relation == ">" and bound.denominator == 1 else 0)
        return bound - value if upper else value - bound


def limit(text: str, unit: str) -> Limit:
    """The limit that ``text`` says of a quantity counted in ``unit``. Raises UsageError for what is none."""
    text = " ".join(text.split())
    parts = _LIMIT.fullmatch(text)
    if parts is None or not parts["relation"]:
        raise UsageError(f"{shown(text)!r} is not a limit", hint=_HINT)
    relation, amount, baseline = parts["relation"], parts["amount"].strip(), parts["baseline"]
    if relation not in RELATIONS:
        raise UsageError(f"{shown(text)!r}: {relation} must be one of {', '.join(RELATIONS)}", hint=_HINT)
    sign = amount[:1] if amount[:1] in ("+", "-") else ""
    number = written(amount.removeprefix(sign))
    if number is None:
        raise UsageError(f"{shown(text)!r}: {shown(amount)!r} is not a number", hint=_HINT)
    value = -number.value if sign == "-" else number.value
    percent = number.unit == "%"
    if baseline is None and (sign or percent):
        what = "a percentage" if percent else "a change"
        raise UsageError(f"{shown(text)!r}: {what} requires a baseline, as in {relation} {amount} vs baseline.json")
    if baseline is not None and not sign:
        raise UsageError(
            f"{shown(text)!r}: a change must have a sign", hint=f"{relation} +{amount} vs {shown(baseline)}"
        )
    return Limit(text, relation, value if percent else value * _scale(text, number.unit, unit), percent, baseline)


def _scale(text: str, word: str, unit: str) -> Fraction:
    """What one ``word`` after a number of ``unit`` stands for."""
    units = UNITS.get(unit, COUNTS)
    if word in units:
        return units[word]
    known = [each for each in units if each]
    missing = "the number has no unit" if not word else f"no unit {shown(word)}"
    near = nearest(word, known) if word else f"known: {', '.join(known)}"
    raise UsageError(
        f"{shown(text)!r}: {missing}: the quantity is counted in {unit}", hint=near if known else "a bare number"
    )
