"""What expressions can be while their symbols go through intervals: bounds that hold for floats to the last bit.

Python's floats round monotonically: what grows over the real numbers does not fall when floats do it. The corners of
a box of intervals therefore bound every sum, product and rounding on it, computed as a spec computes it. On a box of
one point the bounds are the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy

from costcalc.symbolic.evaluate import Program
from costcalc.symbols import FloatOperation, Gcd, MakeDivisible, Quotient, Rounded, Truncated

__all__ = ["Enclosure", "Interval", "Unbounded"]

Interval = tuple[Any, Any]
"""The least and the greatest value; for conditions False and True."""

Function = Callable[..., Any]


class Unbounded(ArithmeticError):
    """No bounds are known on a box so large, because of a division by zero inside it or an overflow."""


class Enclosure(Program):
    """Expressions, compiled once, of which each call gives bounds over a box."""

    def __init__(self, expressions: Iterable[Any]) -> None:
        super().__init__(expressions)
        kinds = {slot: node for node, slot in self._slots.items()}
        self._bounds = [(slot, function, _bounds(kinds[slot]), arguments) for slot, function, arguments in self._steps]

    @property
    def length(self) -> int:
        """How many operations a call does."""
        return len(self._steps)

    def over(self, box: Mapping[Any, Interval]) -> list[Interval]:
        """Bounds on each expression while each symbol goes through its interval of ``box``.

        Raises Unbounded where there are none that are known.
        """
        cells: list[Any] = [(constant, constant) for constant in self._constants]
        for slot, symbol in self._symbols:
            cells[slot] = box[symbol]
        try:
            for slot, function, bounds, arguments in self._bounds:
                intervals = [cells[argument] for argument in arguments]
                if all(low is high for low, high in intervals):
                    value = function(*[low for low, _ in intervals])
                    cells[slot] = value, value
                else:
                    cells[slot] = bounds(function, intervals)
        except (OverflowError, ZeroDivisionError, ValueError) as error:
            raise Unbounded(str(error)) from None
        return [cells[slot] for slot in self._results]


def _bounds(node: Any) -> Callable[[Function, list[Interval]], Interval]:
    """How ``node``, an operation, is bounded over a box."""
    if node.func in _RISING:
        return _rising
    if node.func in (sympy.Eq, sympy.Ne):
        return _equality
    if isinstance(node, sympy.Mod) or (isinstance(node, FloatOperation) and node.sign == "%"):
        return _remainder
    if isinstance(node, Quotient) or (isinstance(node, FloatOperation) and node.sign in ("/", "//")):
        return _ratio
    if node.func in _SPECIAL:
        return _SPECIAL[node.func]
    if isinstance(node, FloatOperation) or node.is_Relational or isinstance(node, sympy.Not):
        return _corners
    return _unknown


def _rising(function: Function, intervals: list[Interval]) -> Interval:
    """Of what grows in every argument."""
    return _ordered(function(*[low for low, _ in intervals]), function(*[high for _, high in intervals]))


def _corners(function: Function, intervals: list[Interval]) -> Interval:
    """Of what is monotone in each argument while the other one stays, whichever way."""
    values = [()]
    for interval in intervals:
        values = [(*before, end) for before in values for end in interval]  # type: ignore[misc]
    found = [function(*corner) for corner in values]
    for value in found:
        _ordered(value, value)
    return min(found), max(found)


def _product(function: Function, intervals: list[Interval]) -> Interval:
    low, high = intervals[0]
    for start, end in intervals[1:]:
        if low >= 0 and start >= 0:
            low, high = _ordered(low * start, high * end)
        else:
            low, high = _corners(lambda a, b: a * b, [(low, high), (start, end)])
    return low, high


def _power(function: Function, intervals: list[Interval]) -> Interval:
    (low, high), (exponent, last) = intervals
    if exponent != last or (exponent < 0 and low <= 0 <= high):
        return _unknown(function, intervals)
    found = _ordered(*sorted((function(low, exponent), function(high, exponent))))
    return (0, found[1]) if low < 0 < high and exponent % 2 == 0 else found


def _ratio(function: Function, intervals: list[Interval]) -> Interval:
    low, high = intervals[1]
    return _corners(function, intervals) if low > 0 or high < 0 else _unknown(function, intervals)


def _remainder(function: Function, intervals: list[Interval]) -> Interval:
    (low, high), (divisor, last) = intervals
    if divisor != last or divisor <= 0:
        return _unknown(function, intervals)
    if low // divisor == high // divisor:
        return _ordered(function(low, divisor), function(high, divisor))
    return 0, divisor


def _equality(function: Function, intervals: list[Interval]) -> Interval:
    (low, high), (start, end) = intervals
    if high < start or end < low:
        apart = function(0, 1)
        return apart, apart
    return False, True


def _divisible(function: Function, intervals: list[Interval]) -> Interval:
    (low, high), (divisor, last) = intervals
    if divisor != last or divisor <= 0:
        return _unknown(function, intervals)
    return _ordered(function(low, divisor), function(high, divisor))


def _divisor(function: Function, intervals: list[Interval]) -> Interval:
    (low, high), (start, end) = intervals
    return (1, min(high, end)) if low > 0 and start > 0 else _unknown(function, intervals)


def _unknown(function: Function, intervals: list[Interval]) -> Interval:
    raise Unbounded("no bounds")


def _ordered(low: Any, high: Any) -> Interval:
    """The two as an interval; not a number, where infinities meet, is no bound."""
    if not low <= high:
        raise Unbounded("not a number")
    return low, high


_RISING = frozenset(
    {sympy.Add, sympy.Max, sympy.Min, sympy.floor, sympy.ceiling, sympy.And, sympy.Or, Truncated, Rounded}
)

_SPECIAL: Mapping[Any, Callable[[Function, list[Interval]], Interval]] = {
    sympy.Mul: _product,
    sympy.Pow: _power,
    MakeDivisible: _divisible,
    Gcd: _divisor,
}
