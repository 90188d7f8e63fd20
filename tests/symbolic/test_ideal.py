"""Ideal forms: what they leave out, what never, and what they decide."""

from fractions import Fraction

import sympy

from costcalc.symbolic.ideal import Idealiser, rounds
from costcalc.symbols import MakeDivisible, Quotient, Rounded, Truncated, arithmetic

alpha = sympy.Symbol("alpha", positive=True)
c, m = sympy.symbols("c m", integer=True, positive=True)
half = sympy.Rational(1, 2)


def test_widths_lose_their_rounding() -> None:
    """Each kind of it, one inside the other too."""
    inner = MakeDivisible(arithmetic("*", 32, alpha), 8)
    assert Idealiser(frozenset())(inner) == 32 * alpha
    assert Idealiser(frozenset())(Rounded(arithmetic("*", 1.5, inner))) == 48 * alpha
    assert Idealiser(frozenset())(Quotient(Truncated(arithmetic("*", 32, alpha)), 4)) == 8 * alpha


def test_the_sizes_of_images_keep_theirs() -> None:
    """Floors of layers always, and any rounding that holds a size of the image."""
    floor = (m - 1) // 2 + 1
    assert Idealiser(frozenset({m}))(floor) == floor
    assert Idealiser(frozenset())((c - 1) // 2) == (c - 1) // 2
    shrunk = Truncated(arithmetic("*", m, 0.5))
    assert Idealiser(frozenset({m}))(shrunk) == shrunk
    assert Idealiser(frozenset({m}))(sympy.Max(m, 3 * c)) == sympy.Max(m, 3 * c)


def test_the_greater_of_two_widths_is_that_at_the_point() -> None:
    """And under which condition; at a tie the constant is taken."""
    width = sympy.Max(8, Truncated(arithmetic("*", 32, alpha)))
    for value, chosen, condition in ((1, 32 * alpha, 32 * alpha >= 8), (Fraction(1, 8), 8, sympy.Ge(8, 32 * alpha))):
        ideal = Idealiser(frozenset(), {alpha: Fraction(value)})
        assert ideal(width) == chosen
        assert list(ideal.conditions) == [condition]
    tie = Idealiser(frozenset(), {alpha: Fraction(1)})
    assert tie(sympy.Max(1, alpha)) == 1
    assert tie(sympy.Min(1, alpha)) == 1
    assert Idealiser(frozenset())(sympy.Max(1, alpha)) == sympy.Max(1, alpha)


def test_a_condition_has_an_ideal_form_too() -> None:
    """Two widths that are never the same without rounding are not."""
    widths = [MakeDivisible(arithmetic("*", factor, alpha), 8) for factor in (16, 32)]
    assert Idealiser(frozenset())(sympy.Ne(*widths)) is sympy.true


def test_what_is_left_out_is_named() -> None:
    """Only what concerns no size of an image."""
    expression = MakeDivisible(alpha, 8) + Truncated(alpha / 3) + Quotient(c, 4) + Rounded(m / 3)
    assert rounds(expression, frozenset({m})) == ["//", "int", "make_divisible"]
    assert rounds(c + half, frozenset()) == []
