"""Conditions: decided at a point, then told once each and as short as they are."""

import pytest
import sympy

from costcalc.errors import UsageError
from costcalc.symbolic.conditions import Decisions, pins, readable
from costcalc.symbolic.text import text
from costcalc.symbols import MakeDivisible, arithmetic

alpha = sympy.Symbol("alpha", positive=True)
m, t, c, d = sympy.symbols("m t c d", integer=True, positive=True)


def told(*conditions: object, **least: int) -> list[str]:
    bounds = {symbol: (sympy.Integer(least[symbol.name]), False) for symbol in (m, t, c) if symbol.name in least}
    return readable(conditions, lambda condition: condition, bounds)


def test_a_decision_is_that_at_the_point_and_is_remembered_as_true() -> None:
    """Bools and what sympy knows by itself are no decisions; what is no condition is refused."""
    decide = Decisions({t: 6, c: 3, d: 3})
    assert decide(sympy.Ne(t, 1)) is True
    assert decide(sympy.Eq(t, 1)) is False
    assert decide(sympy.Eq(c, d)) is True
    assert decide(True) is True
    assert decide(sympy.false) is False
    assert list(decide.found) == [sympy.Ne(t, 1), sympy.Eq(c, d)]
    with pytest.raises(UsageError, match="t is a number, not true or false"):
        decide(t)


def test_a_decision_about_widths_is_made_on_floats() -> None:
    """make_divisible(100 * 0.29) is 32, not what 29 would be if it were cut down."""
    width = MakeDivisible(arithmetic("*", 100, alpha), 8)
    assert Decisions({alpha: 0.29})(sympy.Eq(width, 32)) is True


def test_only_the_tightest_bound_is_told() -> None:
    """Strict or not, from either side, over whole and over real symbols."""
    assert told(32 * alpha >= 8, 64 * alpha >= 8, alpha <= 1, alpha < 2) == ["alpha >= 1/4", "alpha <= 1"]
    assert told(m > 3, m >= 3, m < 9) == ["m >= 4", "m <= 8"]
    assert told(2 * m >= 5, 2 * m <= 9) == ["m >= 3", "m <= 4"]
    assert told(m >= 3, m <= 3) == ["m = 3"]
    assert told(alpha > 1, alpha >= 1) == ["alpha > 1"]
    assert told(alpha < 1, alpha <= 1) == ["alpha < 1"]


def test_what_is_known_anyway_is_not_told() -> None:
    """A bound that the knob has, and a condition that is always true."""
    assert told(t >= 1, t=1) == []
    assert told(t >= 2, t=1) == ["t >= 2"]
    assert told(sympy.Ne(t, 0)) == []


def test_other_conditions_are_told_once_each() -> None:
    """Equations, inequations, divisibility, and what is about several symbols."""
    conditions = [sympy.Ne(t, 1), sympy.Ne(2 * t, 2), sympy.Eq(t, 4), sympy.Eq(sympy.Mod(c, 3), 0), c > d, c > d]
    assert told(*conditions) == ["t != 1", "t = 4", "3 divides c", "c > d"]


def test_of_an_ideal_condition_that_is_never_true_the_exact_one_is_told() -> None:
    """Only rounding makes 16 alpha and 24 alpha the same."""
    exact = sympy.Eq(*(MakeDivisible(arithmetic("*", factor, alpha), 8) for factor in (16, 24)))
    assert readable([exact], lambda condition: sympy.false, {}) == [text(exact)]
    assert text(exact) == "make_divisible(16*alpha, 8) = make_divisible(24*alpha, 8)"
    assert readable([exact], lambda condition: sympy.true, {}) == []


def test_equations_pin_symbols() -> None:
    """To a number, or to another symbol; through each other too. Others do not."""
    assert pins([sympy.Eq(t, 1), sympy.Ne(m, 2)]) == {t: 1}
    assert pins([sympy.Eq(c, d)]) == {d: c}
    assert pins([sympy.Eq(c, d), sympy.Eq(c, 3)]) == {d: 3, c: 3}
    assert pins([sympy.Eq(m / 7, 1)]) == {m: 7}
    assert pins([sympy.Eq(c * d, 3), sympy.Eq(c + d, t)]) == {}
