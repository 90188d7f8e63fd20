"""What is asked for: budgets, and what the knobs may be, as texts of the command line say it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.amounts import COUNTS, written
from costcalc.errors import UsageError, shown
from costcalc.limits import limit
from costcalc.quantities import TIMES, Number, Setting, named, quantity
from costcalc.spec.model import Knob

if TYPE_CHECKING:
    from costcalc.device.records import Ceilings

__all__ = [
    "MAX_SETTINGS",
    "NEXT_TO_0",
    "Budget",
    "Values",
    "budget",
    "by_default",
    "combined",
    "digits",
    "limited",
    "values",
]

MAX_SETTINGS = 200_000
"""The maximum number of settings evaluated."""

NEXT_TO_0 = math.nextafter(0.0, math.inf)
"""The smallest positive float, the start of an interval that excludes 0."""


class Budget(NamedTuple):
    """At least ``least`` and at most ``most`` of ``quantity``, a key of the registry, under ``setting``.

    With ``above`` and ``below`` that number itself is not enough. In `solve`, ``params`` counts those of its ``kind``.
    """

    quantity: str
    least: int | Fraction = 0
    most: int | Fraction | None = None
    setting: Setting = Setting()
    above: bool = False
    below: bool = False

    @property
    def name(self) -> str:
        """``macs``, ``bytes(fp16)``"""
        return quantity(self.quantity).name(self.setting)

    @property
    def said(self) -> str:
        """``at least 250,000,000 and at most 300,000,000``"""
        ends = []
        if self.least == self.most and not (self.above or self.below):
            return f"exactly {digits(self.least)}"
        if self.least or self.above:
            ends.append(f"{'more than' if self.above else 'at least'} {digits(self.least)}")
        if self.most is not None:
            ends.append(f"{'less than' if self.below else 'at most'} {digits(self.most)}")
        return " and ".join(ends) or "any number of"

    def possible(self, low: Number, high: Number) -> bool:
        """May a number from ``low`` to ``high`` meet this?"""
        return self._enough(high) and self._not_too_much(low)

    def met(self, low: Number, high: Number) -> bool:
        """Does every number from ``low`` to ``high`` meet this?"""
        return self._enough(low) and self._not_too_much(high)

    def _enough(self, number: Number) -> bool:
        return number > self.least if self.above else number >= self.least

    def _not_too_much(self, number: Number) -> bool:
        return self.most is None or (number < self.most if self.below else number <= self.most)

    def missed(self, low: Number, high: Number) -> Fraction | float:
        """By which share every number from ``low`` to ``high`` misses this at least."""
        if self.most is not None and low > self.most:
            return Fraction(Fraction(low) - self.most, self.most) if self.most else math.inf
        if high < self.least:
            return Fraction(self.least - Fraction(high), self.least)
        return Fraction(0)


def digits(number: Number) -> str:
    """``300,774,272``, ``0.005``: every digit, or those of the float."""
    return f"{number if isinstance(number, int) else float(number):,}"


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


def budget(name: str, texts: Sequence[str]) -> Budget:
    """The budget of ``macs`` or ``params`` that ``texts`` say: ``300M`` (at most), ``250M..300M``, ``250M..``.

    Raises UsageError for what is no amount, and for texts that contradict each other.
    """
    found = []
    for text in texts:
        low, dots, high = text.partition("..")
        ends = (low, high) if dots else ("", low)
        if not any(ends):
            raise UsageError(f"--{name} {shown(text)}: must be an amount such as 300M or a range such as 250M..300M")
        least, most = (_amount(name, end) if end else None for end in ends)
        found.append(Budget(name, least or 0, most))
    return combined(found)[0]


def limited(text: str, ceilings: Ceilings | None = None) -> Budget:
    """The budget that ``text`` says of any quantity, as a budgets file does: ``peak_memory(fp16) <= 4 MiB``.

    ``ceilings`` are those of the machine that a latency is predicted for. Raises UsageError for what is no such text.
    """
    name, relation, rest = re.fullmatch(r"((?:[^<>=!(]|\([^)]*\)?)*)([<>=!]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if not name.strip() or not relation:
        raise UsageError(f"--budget {shown(text)!r}: must be a quantity and its limit", hint="peak_memory <= 4 MiB")
    each, setting = named(name)
    if each.key in TIMES:
        if ceilings is None:
            raise UsageError(
                f"{each.key} requires the ceilings of a machine",
                hint="--ceilings FILE: what costcalc roofline --save FILE wrote",
            )
        setting = setting._replace(ceilings=ceilings)
    try:
        found = limit(relation + rest, each.unit)
    except UsageError as error:
        raise UsageError(f"--budget {error.message}", hint=error.hint) from None
    if found.baseline is not None:
        raise UsageError(f"--budget {shown(text)!r}: baselines are supported only by costcalc check")
    amount = found.amount.numerator if found.amount.denominator == 1 else found.amount
    return Budget(
        each.key,
        least=amount if found.relation in ("==", ">=", ">") else 0,
        most=amount if found.relation in ("==", "<=", "<") else None,
        setting=setting,
        above=found.relation == ">",
        below=found.relation == "<",
    )


def combined(budgets: Iterable[Budget]) -> list[Budget]:
    """One budget for each quantity and setting. Raises UsageError for those that contradict each other."""
    found: dict[str, Budget] = {}
    for each in budgets:
        before = found.get(each.name, each)
        least, above = max((before.least, before.above), (each.least, each.above))
        ends = [(one.most, not one.below) for one in (before, each) if one.most is not None]
        most, reached = min(ends, default=(None, True))
        both = Budget(each.quantity, least, most, each.setting, above, not reached)
        if most is not None and (least > most or (least == most and (above or not reached))):
            raise UsageError(f"{_option(each)}: {both.said} contradict each other")
        found[each.name] = both
    return list(found.values())


def _option(budget: Budget) -> str:
    return f"--{budget.quantity}" if budget.name in ("macs", "params") else f"--budget {budget.name}"


def _amount(name: str, text: str) -> int:
    number = written(text)
    if number is None or number.unit not in COUNTS:
        hint = "k, M and G mean thousand, million and billion: 300M, 3.5M"
        raise UsageError(f"--{name} {shown(text)}: must be a number with an optional suffix k, M or G", hint=hint)
    amount = number.value * COUNTS[number.unit]
    if amount.denominator != 1 or amount < 1:
        raise UsageError(f"--{name} {shown(text)}: must be a whole number of at least 1")
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
        raise UsageError(f"{knob.name} = {shown(whole)}: must be a range such as 96..224/32 or a list such as 96,128")
    return value


def by_default(knob: Knob) -> Values:
    """The default range of a knob: up to twice its default if real, four times if integer."""
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
