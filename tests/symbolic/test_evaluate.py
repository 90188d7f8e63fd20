"""Closed forms at points: Python's numbers in, Python's numbers out."""

from fractions import Fraction

import pytest
import sympy

from costcalc import dims
from costcalc.symbolic.evaluate import Program, as_number, exactly
from costcalc.symbols import Gcd, MakeDivisible, Quotient, Rounded, Truncated, arithmetic

x = sympy.Symbol("x", positive=True)
m, n = sympy.symbols("m n", integer=True, positive=True)


def test_every_function_is_the_one_that_counts() -> None:
    """Roundings through `dims`, floors and remainders over the integers, and what is whole comes out as an int."""
    scaled = arithmetic("*", 100, x)
    expressions = [Truncated(scaled), Rounded(scaled), MakeDivisible(scaled, 8), m**2 / 4 + n, (m - 1) // 2]
    expressions += [sympy.ceiling(m / 4), sympy.Mod(m, 4), sympy.Max(m, n), sympy.Min(m, n), Gcd(m, n), Quotient(m, 4)]
    values = Program(expressions)({x: 0.29, m: 6, n: 4})
    assert values == [28, 29, dims.make_divisible(100 * 0.29), 13, 2, 2, 2, 6, 4, 2, 1]
    assert all(type(value) is int for value in values)


def test_relations_are_true_or_false() -> None:
    """Each kind, and their combinations."""
    conditions = [sympy.Eq(m, n), sympy.Ne(m, n), m < n, m <= n, m > n, m >= n]
    assert Program(conditions)({m: 2, n: 3}) == [False, True, True, True, False, False]
    both = [sympy.And(m < n, m < 5), sympy.Or(m > n, m > 5), sympy.Not(sympy.Or(m < n, m < 5)), sympy.true]
    assert Program(both)({m: 2, n: 3}) == [True, False, False, True]


def test_a_fraction_stays_exact() -> None:
    """A third is a third, and what is divided is not a float."""
    assert Program([m / n, 1 / (3 * n)])({m: 2, n: 3}) == [Fraction(2, 3), Fraction(1, 9)]
    assert Program([x**2])({x: exactly(0.1)}) == [Fraction(1, 100)]


def test_a_greatest_common_divisor_is_one_of_fractions_too() -> None:
    """Whole numbers of an exact point are Fractions; 3/2 goes into 9/2 three times and into 6 four times."""
    assert Program([Gcd(m, n)])({m: Fraction(6), n: Fraction(4)}) == [2]
    assert Program([Gcd(x, m)])({x: Fraction(9, 2), m: Fraction(6)}) == [Fraction(3, 2)]


def test_a_decimal_is_the_fraction_that_was_written() -> None:
    """0.35 is 7/20, although the float is not."""
    assert exactly(0.35) == Fraction(7, 20)
    assert exactly(3) == 3
    assert as_number(Fraction(6, 3)) == 2


def test_what_has_no_value_is_refused() -> None:
    """A derivative, when it is compiled; a symbol without a value, when it is asked."""
    with pytest.raises(TypeError, match="no value"):
        Program([sympy.Derivative(sympy.floor(x), x)])
    with pytest.raises(KeyError):
        Program([m + n])({m: 1})
