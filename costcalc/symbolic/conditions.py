"""Conditions of a closed form: decided at a point while the graph is built, and told in readable words afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from costcalc import dims
from costcalc.errors import UsageError, shown
from costcalc.symbolic.evaluate import Program, linear
from costcalc.symbolic.text import SIGNS, text
from costcalc.symbols import plain

__all__ = ["Decisions", "pins", "readable"]


class Decisions:
    """Decides conditions at ``point`` and remembers, as relations that are true there, what they were."""

    def __init__(self, point: Mapping[Any, Any]) -> None:
        self.point = point
        self.found: dict[Any, None] = {}

    def __call__(self, condition: Any) -> bool:
        if not dims.is_symbol(condition):
            return dims.decide(condition)
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        if not isinstance(condition, (Relational, BooleanFunction)):
            raise UsageError(f"{shown(condition)} is a number, not true or false")
        truth = bool(Program([condition])(self.point)[0])
        self.found[condition if truth else sympy.Not(condition)] = None
        return truth


def pins(conditions: Iterable[Any]) -> dict[Any, Any]:
    """What the equations among ``conditions`` say that a symbol is: a number, or another symbol."""
    found: dict[Any, Any] = {}
    for condition in conditions:
        equation = plain(condition).xreplace(found)
        if not isinstance(equation, sympy.Eq):
            continue
        difference = equation.lhs - equation.rhs
        symbols = sorted(difference.free_symbols, key=str)
        if not 1 <= len(symbols) <= 2:
            continue
        last = symbols[-1]
        parts = linear(difference, last)
        if parts is None:
            continue
        value = -parts[1] / parts[0]
        if not (value.is_Rational or value.is_Symbol):
            continue
        found = {symbol: other.xreplace({last: value}) for symbol, other in found.items()}
        found[last] = value
    return found


class _Bounds:
    """The tightest bounds on one symbol."""

    def __init__(self, symbol: Any) -> None:
        self.symbol = symbol
        self.low: tuple[Any, bool] | None = None
        self.high: tuple[Any, bool] | None = None

    def add(self, sign: str, bound: Any) -> None:
        strict = sign in ("<", ">")
        if sign in (">", ">="):
            if self.low is None or (bound, strict) > self.low:
                self.low = (bound, strict)
        elif self.high is None or (bound, not strict) < (self.high[0], not self.high[1]):
            self.high = (bound, strict)

    def lines(self, least: tuple[Any, bool] | None) -> list[str]:
        name, low, high = self.symbol, self.low, self.high
        if low is not None and high is not None and low[0] == high[0]:
            return [f"{name} = {low[0]}"]
        found = []
        if low is not None and (least is None or low > least):
            found.append(f"{name} {'>' if low[1] else '>='} {low[0]}")
        if high is not None:
            found.append(f"{name} {'<' if high[1] else '<='} {high[0]}")
        return found


_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


def readable(
    conditions: Iterable[Any],
    simplified: Callable[[Any], Any],
    least: Mapping[Any, tuple[Any, bool]],
) -> list[str]:
    """``conditions`` without repetition, the linear ones as bounds on their symbol.

    ``simplified`` is the view of a condition that is told: of what it makes always true nothing is told, of what it
    makes always false the condition itself. ``least`` holds what each symbol is known to be at least (or, with True,
    above).
    """
    bounds: dict[Any, _Bounds] = {}
    others: dict[str, None] = {}
    for condition in conditions:
        shorter = simplified(condition)
        if shorter is sympy.true or plain(condition) is sympy.true:
            continue
        if shorter is sympy.false:
            shorter = plain(condition)
        linear = _linear(shorter)
        if linear is None:
            others[text(shorter)] = None
            continue
        symbol, sign, bound = linear
        if sign == "==":
            others[f"{symbol} = {bound}"] = None
        elif sign == "!=":
            others[f"{symbol} != {bound}"] = None
        else:
            if symbol.is_integer and not bound.is_Integer:
                bound = sympy.ceiling(bound) if sign in (">", ">=") else sympy.floor(bound)
                sign = f"{sign[0]}="
            elif symbol.is_integer and sign == ">":
                sign, bound = ">=", bound + 1
            elif symbol.is_integer and sign == "<":
                sign, bound = "<=", bound - 1
            bounds.setdefault(symbol, _Bounds(symbol)).add(sign, bound)
    found = [line for symbol in sorted(bounds, key=str) for line in bounds[symbol].lines(least.get(symbol))]
    return [*found, *others]


def _linear(condition: Any) -> tuple[Any, str, Any] | None:
    """``symbol sign bound``, if ``condition`` says just that in other words."""
    if not condition.is_Relational or len(condition.free_symbols) != 1:
        return None
    (symbol,) = condition.free_symbols
    parts = linear(condition.lhs - condition.rhs, symbol)
    if parts is None or not parts[1].is_Rational:
        return None
    slope, rest = parts
    sign = SIGNS[condition.func]
    return symbol, sign if slope > 0 else _FLIPPED[sign], -rest / slope
