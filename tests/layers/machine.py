"""Tensors as dicts, and a machine that counts what is done to them: what the loops of `tests.layers.brute` run on."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from typing import Any

import sympy

from costcalc.dims import Shape

__all__ = ["Machine", "Tensor", "filled", "shape_of"]

Tensor = dict[tuple[int, ...], Any]


class Machine:
    """Arithmetic, one operation at a time, and how many there were of each kind."""

    def __init__(self) -> None:
        self.work: Counter[str] = Counter()

    def mac(self, total: Any, a: Any, b: Any) -> Any:
        self.work["macs"] += 1
        return total + a * b

    def add(self, a: Any, b: Any) -> Any:
        self.work["adds"] += 1
        return a + b

    def mul(self, a: Any, b: Any) -> Any:
        self.work["muls"] += 1
        return a * b

    def divide(self, a: Any, b: Any) -> Any:
        self.work["divides"] += 1
        return Fraction(a, b) if isinstance(a, int) and isinstance(b, int) else a / b

    def greater(self, a: Any, b: Any) -> Any:
        self.work["compares"] += 1
        return max(a, b) if isinstance(a, int | float) else sympy.Max(a, b)

    def less(self, a: Any, b: Any) -> Any:
        self.work["compares"] += 1
        return min(a, b) if isinstance(a, int | float) else sympy.Min(a, b)

    def above_zero(self, x: Any, then: Any, otherwise: Any) -> Any:
        self.work["compares"] += 1
        return sympy.Piecewise((then, x > 0), (otherwise, True))

    def exp(self, x: Any) -> Any:
        self.work["exps"] += 1
        return sympy.exp(x)

    def power(self, x: Any, exponent: Any) -> Any:
        self.work["exps"] += 1
        return sympy.Integer(x) ** exponent if isinstance(x, int) else x**exponent

    def erf(self, x: Any) -> Any:
        self.work["exps"] += 1
        return sympy.erf(x)


def filled(shape: Shape, start: int = 0) -> Tensor:
    """A tensor of small whole numbers of either sign, all different enough to show a mistake."""
    indices = itertools.product(*(range(n) for n in shape))
    return {index: (7 * place + 3 + start) % 23 - 11 for place, index in enumerate(indices)}


def shape_of(tensor: Tensor) -> Shape:
    """The shape that the indices of ``tensor`` fill."""
    sizes = tuple(max(axis) + 1 for axis in zip(*tensor, strict=True))
    assert len(tensor) == math.prod(sizes)
    return sizes
