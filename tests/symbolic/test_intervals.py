"""Bounds over intervals: every value inside lies between them, and at a point they are the value."""

import random
from typing import Any

import pytest
import sympy

from costcalc.symbolic.evaluate import Program
from costcalc.symbolic.intervals import Enclosure, Unbounded
from costcalc.symbols import Gcd, MakeDivisible, Quotient, Rounded, Truncated, arithmetic

A = sympy.Symbol("a", real=True, positive=True)
N = sympy.Symbol("n", integer=True, positive=True)

EXPRESSIONS = [
    Truncated(arithmetic("*", 32, A)) * N,
    MakeDivisible(arithmetic("*", 24, A), 8) ** 2 - 3 * N,
    Rounded(arithmetic("-", arithmetic("*", 7, A), 3)) * (N - 5),
    Truncated(arithmetic("/", N, A)),
    Truncated(arithmetic("//", arithmetic("*", 9, A), 2)) + Truncated(arithmetic("%", arithmetic("*", 9, A), 2)),
    sympy.floor(N / 2 - sympy.Rational(1, 2)) + sympy.Max(3, N) - sympy.Min(7, N),
    sympy.Mod(N, 4) + Gcd(N, 12),
    Quotient(Truncated(arithmetic("*", 50, A)), N),
    (N - 6) ** 2,
    sympy.Eq(MakeDivisible(arithmetic("*", 16, A), 8), MakeDivisible(arithmetic("*", 24, A), 8)),
    sympy.Ne(Truncated(arithmetic("*", 3, A)), N),
    sympy.And(sympy.Ge(Truncated(arithmetic("*", 3, A)), 2), sympy.Lt(N, 9)),
    sympy.Not(sympy.Or(sympy.Gt(N, 12), sympy.Le(A, 1))),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_values_inside_lie_between_the_bounds(expression: Any) -> None:
    """At random points of random boxes, the corners included."""
    chance = random.Random(str(expression))
    bounds, value = Enclosure([expression]), Program([expression])
    for _ in range(60):
        a, n = sorted(chance.uniform(0.05, 4) for _ in range(2)), sorted(chance.randint(1, 20) for _ in range(2))
        (interval,) = bounds.over({A: (a[0], a[1]), N: (n[0], n[1])})
        inside = [(chance.uniform(*a), chance.randint(*n)) for _ in range(20)]
        for x, k in [*((x, k) for x in a for k in n), *inside]:
            assert interval[0] <= value({A: x, N: k})[0] <= interval[1]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_at_a_point_the_bounds_are_the_value(expression: Any) -> None:
    """Both of them, to the last bit."""
    for a, n in (0.3, 1), (1.0, 6), (2.7, 12):
        (value,) = Program([expression])({A: a, N: n})
        assert Enclosure([expression]).over({A: (a, a), N: (n, n)}) == [(value, value)]


def test_the_cost_of_a_growing_width_is_bounded_by_its_ends() -> None:
    """16 a is cut to 4 at a = 0.25 and to 40 at a = 2.5: 4 * 3 = 12 and 40 * 5 = 200."""
    assert Enclosure([Truncated(arithmetic("*", 16, A)) * N]).over({A: (0.25, 2.5), N: (3, 5)}) == [(12, 200)]


@pytest.mark.parametrize(
    ("expression", "box"),
    [
        (arithmetic("/", 1, arithmetic("-", A, 1)), {A: (0.5, 2.0)}),  # divides by 0 where a = 1
        (Truncated(arithmetic("*", 32, A)), {A: (1.0, 1e308)}),  # 32 * 1e308 is infinite
        (MakeDivisible(A, N), {A: (1.0, 2.0), N: (2, 8)}),  # rises and falls with the divisor
    ],
)
def test_no_bounds_are_made_up(expression: Any, box: Any) -> None:
    """Where a division by zero or an overflow lies inside, or nothing is known."""
    with pytest.raises(Unbounded):
        Enclosure([expression]).over(box)
