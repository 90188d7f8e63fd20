"""Where the cost of a model jumps as one real knob grows: every width is a step function of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from costcalc.errors import UsageError
from costcalc.forms.evaluate import Program
from costcalc.forms.graph import SymbolicGraph, symbolic
from costcalc.spec.model import ModelSpec
from costcalc.symbols import Rounding

__all__ = ["Plateau", "plateaus"]

MAX_STEPS = 20_000
"""How many steps are gone through."""

Plateau = tuple[float, float, float]
"""From a value of the knob (inclusive) up to another (exclusive) nothing changes; and a short value in between."""


def plateaus(model: ModelSpec, values: Mapping[str, Any], knob: str, low: float, high: float) -> list[Plateau]:
    """The plateaus of ``model`` as ``knob`` goes from ``low`` to ``high``, both inclusive, the others at ``values``.

    To the last float: every width is a rounding that rises with the knob, and each place where one of them jumps is
    found by bisection. Raises UsageError where there are too many.
    """
    jumps = {low, math.nextafter(high, math.inf)}
    pieces: list[SymbolicGraph] = []
    while True:
        ends = sorted(jumps)
        found = [(start, end, _short(start, end)) for start, end in pairwise(ends)]
        if len(found) > MAX_STEPS:
            raise UsageError(f"{model.name} has more than {MAX_STEPS:,} steps for {knob} from {low} to {high}")
        new = _uncovered(pieces, values, knob, found)
        if new is None:
            return found
        piece = symbolic(model, {**values, knob: new}, [knob], folded=False)
        pieces.append(piece)
        for step in _steps(piece, knob):
            jumps.update(_jumps(step, low, high))


def _uncovered(
    pieces: Iterable[SymbolicGraph], values: Mapping[str, Any], knob: str, found: Iterable[Plateau]
) -> float | None:
    """A value of the knob at which none of ``pieces`` holds."""
    for _, _, inside in found:
        if all(piece.at({**values, knob: inside}) is None for piece in pieces):
            return inside
    return None


def _steps(piece: SymbolicGraph, knob: str) -> Iterable[Callable[[float], Any]]:
    """The roundings that take the knob itself and not another rounding of it, and the conditions that do."""
    symbol = piece.symbols.outer[knob]
    sizes = {size for node in piece.graph.nodes for size in node.shape if hasattr(size, "atoms")}
    roundings = {each for size in sizes for each in size.atoms(Rounding)}
    direct = {each for each in roundings if _takes(each, symbol)}
    direct |= {condition for condition in piece.conditions if _takes(condition, symbol)}
    for each in direct:
        program = Program([each])
        yield lambda value, program=program: program({symbol: value})[0]  # type: ignore[misc]


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


def _short(start: float, end: float) -> float:
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
