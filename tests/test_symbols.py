"""The functions that stand in closed forms: what they simplify by themselves, and what they must not."""

import random
from typing import Any

import pytest
import sympy

from costcalc import dims
from costcalc.symbolic.evaluate import Program
from costcalc.symbols import FloatOperation, Gcd, MakeDivisible, Quotient, Rounded, Truncated, arithmetic, plain

alpha = sympy.Symbol("alpha", positive=True)
c, n = sympy.symbols("c n", integer=True, positive=True)


def test_a_whole_number_needs_no_rounding() -> None:
    """int, round and make_divisible of what is whole already, or a multiple, are that."""
    assert Truncated(3 * n) == 3 * n
    assert Rounded(c * n) == c * n
    assert MakeDivisible(8 * n, 8) == 8 * n


def test_a_rounding_of_anything_else_stands() -> None:
    """Equal ones are equal: that two widths are the same needs no condition."""
    for rounding in (Truncated, Rounded, lambda x: MakeDivisible(x, 8)):
        width = rounding(arithmetic("*", 32, alpha))
        assert width.has(alpha)
        assert width.is_integer
        assert width == rounding(arithmetic("*", 32, alpha))
    assert MakeDivisible(4 * n, 8) != 4 * n


def test_fractions_over_powers_of_two_lose_nothing_as_floats() -> None:
    """int(32 * (n / 32)) is n; but int(100 * (29 n / 100)) is not 29 n: it is 28 for n = 1."""
    assert Truncated(arithmetic("*", 32, n / 32)) == n
    assert MakeDivisible(arithmetic("*", 32, n / 4), 8) == 8 * n
    assert Truncated(arithmetic("*", 100, sympy.Rational(29, 100) * n)) != 29 * n
    assert Truncated(arithmetic("*", 100 * n, 0.29)) != 29 * n
    assert int(100 * 0.29) == 28


def test_a_nearest_whole_number_is_found_through_the_errors_of_floats() -> None:
    """round(224 * (n / 7 / 32)) is n: floats are off by far less than one half."""
    assert Rounded(arithmetic("*", 224, n / 224)) == n
    assert Rounded(arithmetic("*", 224, n / 100)).has(n)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (arithmetic("*", arithmetic("*", alpha, 240), 2), arithmetic("*", alpha, 480)),
        (arithmetic("/", arithmetic("*", 7, alpha), 10), arithmetic("*", 0.7, alpha)),
        (arithmetic("+", arithmetic("-", alpha, 1), 1), alpha),
    ],
)
def test_the_order_of_floats_is_kept(left: Any, right: Any) -> None:
    """Over the rationals both are the same; as floats they are not, and so the roundings differ."""
    assert sympy.expand(plain(left) - plain(right)) == 0
    assert Truncated(left) != Truncated(right)


def test_operations_of_whole_symbols_are_plain() -> None:
    """Only a quotient with a remainder stands, as the rounding of a width; by zero there is none."""
    assert arithmetic("+", c, 1) == c + 1
    assert arithmetic("//", 6 * c, 3) == 2 * c
    assert arithmetic("%", c, 3) == sympy.Mod(c, 3)
    assert isinstance(arithmetic("//", c, 4), Quotient)
    assert isinstance(arithmetic("/", c, 4), FloatOperation)
    for sign in ("/", "//", "%"):
        with pytest.raises(ZeroDivisionError):
            arithmetic(sign, c, 0)


def test_everything_is_printed_as_the_spec_says_it() -> None:
    """Under the names of the language, in text and in LaTeX."""
    width = MakeDivisible(arithmetic("*", 32, alpha), 8)
    assert str(plain(width, inside=True)) == "make_divisible(32*alpha, 8)"
    assert str(Quotient(c, 4)) == "floor(c/4)"
    assert str(Truncated(arithmetic("+", alpha, 1))) == "int((alpha + 1))"
    assert sympy.latex(Truncated(alpha)) == r"\operatorname{int}\left(\alpha\right)"
    assert sympy.latex(Truncated(alpha) ** 2) == r"\operatorname{int}^{2}\left(\alpha\right)"
    assert sympy.latex(Quotient(c, 4) ** 2) == r"\left\lfloor{\frac{c}{4}}\right\rfloor^{2}"
    assert sympy.latex(Quotient(c, 4)) == r"\left\lfloor{\frac{c}{4}}\right\rfloor"
    assert sympy.latex(MakeDivisible(alpha, 8)).startswith(r"\operatorname{make\_divisible}")


def test_a_common_divisor_stands_until_both_are_numbers() -> None:
    """Of 1 and anything it is 1."""
    assert Gcd(c, 1) == 1
    assert Gcd(12, 18) == 6
    assert Gcd(c, 6).subs(c, 9) == 3


def test_arithmetic_is_pythons_to_the_last_bit() -> None:
    """Over ten thousand random trees of operations on floats and whole numbers."""
    pick = random.Random(5)
    a, b = sympy.Symbol("a", positive=True), sympy.Symbol("b", integer=True, positive=True)

    def tree(depth: int) -> Any:
        if depth == 0:
            return pick.choice(["a", "b", pick.randint(1, 9), pick.randint(1, 99) / 100])
        return pick.choice("+-*"), tree(depth - 1), tree(depth - 1)

    def done(node: Any, values: dict[str, Any], operate: Any) -> Any:
        if isinstance(node, tuple):
            left, right = (done(part, values, operate) for part in node[1:])
            return operate(node[0], left, right)
        return values.get(node, node)

    def on_numbers(sign: str, left: Any, right: Any) -> Any:
        return left + right if sign == "+" else left - right if sign == "-" else left * right

    def on_symbols(sign: str, left: Any, right: Any) -> Any:
        symbolic = dims.is_symbol(left) or dims.is_symbol(right)
        return arithmetic(sign, left, right) if symbolic else on_numbers(sign, left, right)

    for _ in range(500):
        node = tree(pick.randint(1, 4))
        program = Program([done(node, {"a": a, "b": b}, on_symbols)])
        for _ in range(20):
            values = {"a": pick.uniform(0.1, 2), "b": pick.randint(1, 500)}
            assert program({a: values["a"], b: values["b"]})[0] == done(node, values, on_numbers)
