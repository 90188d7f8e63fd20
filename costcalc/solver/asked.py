"""What is asked for: budgets, and what the knobs may be, as texts of the command line say it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.amounts import COUNTS, written
from costcalc.errors import UsageError, shown
from costcalc.spec.model import Knob

__all__ = ["MAX_SETTINGS", "NEXT_TO_0", "Budget", "Values", "budget", "by_default", "values"]

MAX_SETTINGS = 200_000
"""How many settings are gone through."""

NEXT_TO_0 = math.nextafter(0.0, math.inf)
"""The least number above 0, at which an interval that does not hold 0 begins."""


class Budget(NamedTuple):
    """At least ``least`` and at most ``most`` of ``quantity``, ``macs`` or ``params``."""

    quantity: str
    least: int
    most: int | None


class Values(NamedTuple):
    """What a knob may be: ``listed`` values, or every real number from ``low`` to ``high``."""

    listed: Sequence[Any]
    low: float = 0.0
    high: float = 0.0

    @property
    def continuous(self) -> bool:
        """Is it every number of an interval?"""
        return not self.listed

    @property
    def size(self) -> int:
        """How many values are listed."""
        whole = self.listed
        # len() of a range stops at 2**63
        return (whole.stop - whole.start - 1) // whole.step + 1 if isinstance(whole, range) else len(whole)


def budget(quantity: str, texts: Sequence[str]) -> Budget:
    """The budget that all of ``texts`` say: ``300M`` (at most), ``250M..300M``, ``250M..``.

    Raises UsageError for what is no amount, and for texts that contradict each other.
    """
    least, most = 0, None
    for text in texts:
        low, dots, high = text.partition("..")
        ends = (low, high) if dots else ("", low)
        if not any(ends):
            raise UsageError(f"--{quantity} {shown(text)}: must be an amount such as 300M, or from one to another")
        if ends[0]:
            least = max(least, _amount(quantity, ends[0]))
        if ends[1]:
            amount = _amount(quantity, ends[1])
            most = amount if most is None else min(most, amount)
    if most is not None and least > most:
        raise UsageError(f"--{quantity}: at least {least:,} and at most {most:,} contradict each other")
    return Budget(quantity, least, most)


def _amount(quantity: str, text: str) -> int:
    number = written(text)
    if number is None or number.unit not in COUNTS:
        hint = "k, M and G are thousand, million and billion: 300M, 3.5M"
        raise UsageError(f"--{quantity} {shown(text)}: must be a number, with k, M or G after it or not", hint=hint)
    amount = number.value * COUNTS[number.unit]
    if amount.denominator != 1 or amount < 1:
        raise UsageError(f"--{quantity} {shown(text)}: must be a whole number of at least 1")
    return int(amount)


def values(knob: Knob, text: str) -> Values:
    """What ``text`` lets ``knob`` be: ``0.75``, ``96,128,224``, ``96..224/32``, or for a real one ``0.25..1.4``.

    Raises UsageError for what is none of these, and for values that the knob may not have.
    """
    if ".." not in text:
        return Values(tuple(dict.fromkeys(knob.parse(part) for part in text.split(","))))
    ends, slash, by = text.partition("/")
    low, high = (_number(knob, part, text) for part in ends.split("..", 1))
    if low > high:
        raise UsageError(f"{knob.name} = {shown(text)}: {low} is more than {high}")
    real = isinstance(knob.default, float)
    if real and not slash:
        return Values((), float(knob.check(low)), float(knob.check(high)))
    step = _number(knob, by, text) if slash else 1
    if step <= 0:
        raise UsageError(f"{knob.name} = {shown(text)}: the step must be above 0")
    start, stop, stride = (Fraction(str(number)) for number in (low, high, step))
    count = (stop - start) // stride + 1
    last = start + (count - 1) * stride
    if not real and knob.choices is None and start.denominator == stride.denominator == 1:
        return Values(range(int(knob.check(int(start))), int(knob.check(int(last))) + 1, int(stride)))
    if count > MAX_SETTINGS:
        raise UsageError(
            f"{knob.name} = {shown(text)}: {shown(count)} values; at most {MAX_SETTINGS:,} can be listed",
            hint="take a larger step",
        )
    exact = [start + index * stride for index in range(count)]
    return Values(tuple(knob.check(float(each) if real or each.denominator > 1 else int(each)) for each in exact))


def _number(knob: Knob, text: str, whole: str) -> Any:
    value = Knob(knob.name, 0.0).parse(text) if text.strip() else None
    if value is None:
        raise UsageError(f"{knob.name} = {shown(whole)}: must be such as 96..224/32 or 96,128")
    return value


def by_default(knob: Knob) -> Values:
    """What a knob may be if nobody says: up to twice its default if it is real, four times if it is whole."""
    if knob.choices is not None:
        return Values(tuple(knob.choices))
    if isinstance(knob.default, bool):
        return Values((True, False))
    low = knob.min if knob.min is not None else 0
    if isinstance(knob.default, float):
        start = math.nextafter(knob.above, math.inf) if knob.above is not None else float(low)
        return Values((), start, 2 * knob.default if knob.max is None else knob.max)
    last = 4 * knob.default if knob.max is None else int(knob.max)
    return Values(range(max(1, math.ceil(low)), last + 1))
