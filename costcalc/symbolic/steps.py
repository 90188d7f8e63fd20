"""Where the cost of a model jumps as one real knob grows: every width is a step function of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy.core.relational import Relational

from costcalc.errors import CostcalcError, UsageError
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.evaluate import Program
from costcalc.symbolic.graph import SymbolicGraph, symbolic
from costcalc.symbolic.text import text
from costcalc.symbols import FloatOperation, MakeDivisible, Rounding, Truncated

__all__ = ["Plateau", "jumps", "plateaus", "short"]

MAX_STEPS = 20_000
"""How many steps are gone through."""

MAX_HINTS = 2_000
"""Of how many steps of one rounding the places are looked for where only the time of a search depends on them."""

Plateau = tuple[float, float, float]
"""From a value of the knob (inclusive) up to another (exclusive) nothing changes; and a short value in between."""


def plateaus(model: ModelSpec, values: Mapping[str, Any], knob: str, low: float, high: float) -> list[Plateau]:
    """The plateaus of ``model`` as ``knob`` goes from ``low`` to ``high``, both inclusive, the others at ``values``.

    To the last float: every size is made of roundings that rise with the knob or fall, and each place where one of
    them jumps is found by bisection. Raises UsageError where there are too many, where one rises and falls, and for a
    value that gives no graph.
    """
    jumps = {low, math.nextafter(high, math.inf)}
    pieces: list[SymbolicGraph] = []
    while True:
        ends = sorted(jumps)
        found = [(start, end, short(start, end)) for start, end in pairwise(ends)]
        if len(found) > MAX_STEPS:
            raise _too_many(model, knob, low, high)
        new = _uncovered(pieces, values, knob, found)
        if new is None:
            return found
        try:
            piece = symbolic(model, {**values, knob: new}, [knob], folded=False)
        except CostcalcError as error:
            raise UsageError(f"{knob} = {new} gives no graph of {model.name}: {error}", hint=_hint(knob)) from None
        pieces.append(piece)
        for step, apart in _steps(piece, knob):
            if apart is not None and abs(step(high) - step(low)) > apart * MAX_STEPS:
                raise _too_many(model, knob, low, high)
            jumps.update(_jumps(step, low, high))


def _too_many(model: ModelSpec, knob: str, low: float, high: float) -> UsageError:
    return UsageError(
        f"{model.name} has more than {MAX_STEPS:,} steps for {knob} from {low} to {high}: too many to list",
        hint=f"narrow the range of {knob}",
    )


def _uncovered(
    pieces: Iterable[SymbolicGraph], values: Mapping[str, Any], knob: str, found: Iterable[Plateau]
) -> float | None:
    """A value of the knob at which none of ``pieces`` holds."""
    for _, _, inside in found:
        if all(piece.at({**values, knob: inside}) is None for piece in pieces):
            return inside
    return None


def jumps(piece: SymbolicGraph, knob: str, low: float, high: float) -> set[float]:
    """Values from ``low`` to ``high`` at which a rounding that takes the real ``knob`` alone jumps, for a search.

    Nothing rests on them: those of a rounding that jumps too often, or has no value at an end, are left out.
    """
    found: set[float] = set()
    for each in _roundings(piece, piece.symbols.outer[knob]):
        if len(each.free_symbols) > 1:
            continue
        step = _step(each, piece.symbols.outer[knob])
        with suppress(ArithmeticError, ValueError):
            if abs(step(high) - step(low)) <= (_apart(each) or 1) * MAX_HINTS:
                found |= _jumps(step, low, high)
    return found


def _roundings(piece: SymbolicGraph, symbol: Any) -> list[Any]:
    """The roundings in ``piece`` that take ``symbol`` itself and not another rounding of it."""
    whole = {
        number
        for node in piece.graph.nodes
        for number in (*node.shape, *node.params.values(), *node.ledger.values())
        if hasattr(number, "atoms")
    }
    found = {each for number in (*whole, *piece.conditions) for each in number.atoms(Rounding)}
    return sorted((each for each in found if _takes(each, symbol)), key=str)


def _step(expression: Any, symbol: Any) -> Callable[[float], Any]:
    program = Program([expression])
    return lambda value: program({symbol: value})[0]


def _apart(step: Any) -> Any:
    """How far the values of ``step`` are apart if it takes every one; else None."""
    return step.args[1] if isinstance(step, MakeDivisible) else 1 if isinstance(step, Truncated) else None


def _steps(piece: SymbolicGraph, knob: str) -> Iterable[tuple[Callable[[float], Any], Any]]:
    """The roundings that take the knob itself and not another rounding of it, and the conditions that do.

    With each rounding that takes every step comes how far its values are apart.
    """
    symbol = piece.symbols.outer[knob]
    relations = {each for condition in piece.conditions for each in condition.atoms(Relational)}
    steps = set(_roundings(piece, symbol))
    for relation in relations:
        if not _takes(relation, symbol):
            continue
        if isinstance(relation, (sympy.Eq, sympy.Ne)):
            # It changes at two places: where one side reaches the other, and where it leaves it behind.
            steps |= {sympy.Ge(*relation.args), sympy.Gt(*relation.args)}
        else:
            steps.add(relation)
    for step in sorted(steps, key=str):
        difference = step.lhs - step.rhs if isinstance(step, Relational) else step
        if _direction(difference, symbol) is None:
            raise UsageError(
                f"{text(step)} is not known to be monotonic in {knob}: its steps cannot be found",
                hint=_hint(knob),
            )
        yield _step(step, symbol), _apart(step)


def _hint(knob: str) -> str:
    return f"to count values one by one, give a step: --{knob} 0.25..1/0.05"


def _direction(expression: Any, symbol: Any) -> int | None:
    """1 where ``expression`` never falls as ``symbol`` grows, -1 where it never rises, 0 without it; else None."""
    if symbol not in expression.free_symbols:
        return 0
    if expression == symbol:
        return 1
    if isinstance(expression, FloatOperation) and expression.sign in ("//", "%"):
        left, right = expression.args
        constant = expression.sign == "//" and right.is_number and right.is_positive
        return _direction(left, symbol) if constant else None
    if isinstance(expression, FloatOperation):
        left, right = expression.args
        signs = {"+": (left, right), "-": (left, -right), "*": (left, right), "/": (left, 1 / right)}
        return (_sum if expression.sign in "+-" else _product)(signs[expression.sign], symbol)
    if isinstance(expression, (sympy.Add, sympy.Max, sympy.Min)):
        return _sum(expression.args, symbol)
    if isinstance(expression, sympy.Mul):
        return _product(expression.args, symbol)
    if isinstance(expression, (sympy.floor, sympy.ceiling)):
        return _direction(expression.args[0], symbol)
    if isinstance(expression, Rounding) and not any(symbol in other.free_symbols for other in expression.args[1:]):
        return _direction(expression.args[0], symbol) if all(each.is_positive for each in expression.args[1:]) else None
    return None


def _sum(terms: Iterable[Any], symbol: Any) -> int | None:
    directions = {_direction(term, symbol) for term in terms} - {0}
    return directions.pop() if len(directions) == 1 else None


def _product(factors: Iterable[Any], symbol: Any) -> int | None:
    """Of a number and one other factor, or of factors that all grow and are never below zero."""
    every = list(factors)
    others = [factor for factor in every if symbol in factor.free_symbols]
    numbers = [factor for factor in every if symbol not in factor.free_symbols]
    if not all(number.is_nonnegative or number.is_negative for number in numbers):
        return None
    sign = -1 if sum(bool(number.is_negative) for number in numbers) % 2 else 1
    if len(others) == 1:
        direction = _direction(others[0], symbol)
        return None if direction is None else sign * direction
    alike = all(other.is_nonnegative and _direction(other, symbol) == 1 for other in others)
    return sign if alike else None


def _takes(expression: Any, symbol: Any) -> bool:
    return any(
        argument == symbol or (not isinstance(argument, Rounding) and _takes(argument, symbol))
        for argument in expression.args
    )


def _jumps(step: Callable[[float], Any], low: float, high: float) -> set[float]:
    """The values at which ``step``, which rises or falls and does not do both, is another than just before."""
    found: set[float] = set()
    open_parts = [(low, step(low), high, step(high))]
    while open_parts:
        start, at_start, end, at_end = open_parts.pop()
        if at_start == at_end:
            continue
        middle = start + (end - start) / 2
        if middle in (start, end):
            found.add(end)
            continue
        at_middle = step(middle)
        open_parts += (start, at_start, middle, at_middle), (middle, at_middle, end, at_end)
    return found


def short(start: float, end: float) -> float:
    """A value from ``start`` on and below ``end`` that is short to write, and round where that is possible."""
    low, high = Fraction(start), Fraction(end)
    for digits in range(18):
        for part in (1, 2, 4, 5):
            step = Fraction(1, 10**digits * part)
            last = math.ceil(high / step) - 1
            value = float(last * step)
            if last * step >= low and start <= value < end:
                return value
    return start
