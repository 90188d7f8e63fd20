"""Sizes in three algebras: each helper against Fractions or an independent transcription, and each refusal."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.dims import (
    Mixed,
    ceil_div,
    check_divides,
    compare,
    decide,
    deciding,
    floor_div,
    gcd,
    holds_anywhere,
    int_array,
    is_array,
    is_exact_int,
    is_symbol,
    make_divisible,
    maximum,
    minimum,
    product,
    rounded,
    size,
    truncated,
)
from costcalc.errors import LayerError

some = settings(max_examples=100, deadline=None, derandomize=True)
n, m = sympy.symbols("n m", integer=True, positive=True)
sizes = st.integers(1, 10**6)


def in_each_algebra(helper: Callable[..., Any], a: int, b: int) -> list[int]:
    """``helper`` of two sizes as ints, as arrays, and as symbols into which they are put."""
    arrays = helper(int_array([a, 1]), int_array([b, 1]))
    assert is_array(arrays)
    symbolic = sympy.sympify(helper(n, m)).subs({n: a, m: b})
    half = sympy.sympify(helper(n, b)).subs({n: a})
    return [helper(a, b), int(arrays[0]), int(helper(int_array([a]), b)[0]), int(symbolic), int(half)]


@some
@given(sizes, sizes)
def test_divisions_round_as_exact_fractions_do(a: int, b: int) -> None:
    """In every algebra."""
    assert set(in_each_algebra(floor_div, a, b)) == {math.floor(Fraction(a, b))}
    assert set(in_each_algebra(ceil_div, a, b)) == {math.ceil(Fraction(a, b))}


@some
@given(st.integers(-(10**40), 10**40), st.integers(1, 10**20))
def test_divisions_are_exact_at_any_size_and_for_negative_numbers(a: int, b: int) -> None:
    """No float comes in between."""
    assert floor_div(a, b) == math.floor(Fraction(a, b))
    assert ceil_div(a, b) == math.ceil(Fraction(a, b))


@some
@given(sizes, sizes)
def test_extremes_and_common_divisors_agree_in_every_algebra(a: int, b: int) -> None:
    """With Python's own on ints."""
    assert set(in_each_algebra(maximum, a, b)) == {max(a, b)}
    assert set(in_each_algebra(minimum, a, b)) == {min(a, b)}
    assert set(in_each_algebra(gcd, a, b)) == {math.gcd(a, b)}


def test_extremes_take_any_number_of_values() -> None:
    """One, or several."""
    assert (maximum(3), maximum(1, 4, 2), minimum(3, 1, 2)) == (3, 4, 1)
    assert maximum(int_array([1, 5]), 3, int_array([2, 2])).tolist() == [3, 5]


def test_a_common_divisor_of_symbols_waits_for_numbers() -> None:
    """sympy's own would take 32 n and 6 for polynomials and say 2."""
    assert gcd(32 * n, 6).subs(n, 3) == 6  # type: ignore[attr-defined]
    assert gcd(2, n).subs(n, 4) == 2  # type: ignore[attr-defined]
    assert (gcd(n, 1), gcd(1, n)) == (1, 1)


@some
@given(st.lists(sizes, max_size=5))
def test_a_product_is_that_of_the_ints(factors: list[int]) -> None:
    """Of none it is 1."""
    assert product(factors) == math.prod(factors)
    assert product([n, 2, m]) == 2 * n * m


def slim_make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    """`_make_divisible` as it stands in TF-slim's nets/mobilenet/mobilenet.py."""
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    # Make sure that round down does not go down by more than 10%.
    if new_v < 0.9 * v:
        new_v += divisor
    return int(new_v)


ALPHAS = [step / 2000 for step in range(1, 1001)] + [0.35, 0.75, 1.0, 1.3, 1.4, 2.0]
CHANNELS = (16, 24, 32, 64, 96, 160, 320, 512, 1024, 1280)


@pytest.mark.parametrize("divisor", [4, 8, 16])
def test_make_divisible_gives_the_widths_of_tf_slim(divisor: int) -> None:
    """On ten thousand products of a width and an alpha, floats and all; on arrays too."""
    widths = [channels * alpha for channels in CHANNELS for alpha in ALPHAS]
    expected = [slim_make_divisible(width, divisor) for width in widths]
    assert [make_divisible(width, divisor) for width in widths] == expected
    assert make_divisible(numpy.array(widths), divisor).tolist() == expected


@some
@given(st.integers(1, 10**6), st.sampled_from((1, 2, 8, 10, 32)))
def test_make_divisible_is_a_multiple_and_loses_no_more_than_a_tenth(width: int, divisor: int) -> None:
    """The properties that its name promises."""
    result = make_divisible(width, divisor)
    assert result % divisor == 0
    assert result >= divisor
    assert 10 * result >= 9 * width
    assert result < width + divisor or result == divisor


def test_make_divisible_divides_by_8_unless_it_is_told_otherwise() -> None:
    """MobileNetV2's stem at alpha 0.35: 32 * 0.35 = 11.2, to 8 it would lose more than a tenth."""
    assert make_divisible(32 * 0.35) == 16
    assert make_divisible(32 * 0.75) == 24


def test_make_divisible_stays_a_function_of_symbols() -> None:
    """A closed form shows it under its own name, as a positive integer."""
    alpha = sympy.Symbol("alpha", positive=True)
    width = make_divisible(32 * alpha, 8)
    assert str(width) == "make_divisible(32*alpha, 8)"
    assert width.is_integer
    assert width.is_positive


@some
@given(st.floats(-1e6, 1e6))
def test_truncated_and_rounded_are_pythons(value: float) -> None:
    """Towards zero, and to the nearest with halves to even; arrays alike."""
    assert truncated(value) == int(value)
    assert rounded(value) == round(value)
    assert truncated(numpy.array([value])).tolist() == [int(value)]
    assert rounded(numpy.array([value])).tolist() == [round(value)]


def test_halves_round_to_even() -> None:
    """As Python and numpy do, and schoolbooks do not."""
    assert [rounded(value) for value in (0.5, 1.5, 2.5)] == [0, 2, 2]


def test_truncated_and_rounded_widths_of_symbols_are_floors() -> None:
    """Widths are positive."""
    alpha = sympy.Symbol("alpha", positive=True)
    assert truncated(32 * alpha).subs(alpha, sympy.Rational(3, 10)) == 9
    assert rounded(32 * alpha).subs(alpha, sympy.Rational(3, 10)) == 10


@pytest.mark.parametrize(
    "overflow",
    [
        lambda big: big * big,
        lambda big: big * 2**40,
        lambda big: 2**40 * big,
        lambda big: big * big[0],
        lambda big: big * 2**22 + big * 2**21 * 2 - (-big * 2**21),
        lambda big: -big * 2**21 - big * 2**21,
        lambda big: big**2,
        lambda big: operator.imul(big, 2**40),
        lambda big: operator.iadd(big, 2**62),
        lambda big: numpy.multiply(big, big),
        lambda big: (big * 2**20).prod(),
        lambda big: (big * 2**21).sum(),
    ],
)
def test_an_overflow_of_an_array_is_an_error(overflow: Callable[[Any], Any]) -> None:
    """numpy would wrap: 2**40 squared is 0 in int64."""
    with pytest.raises(OverflowError, match="leaves the range of 64-bit integers"):
        overflow(int_array([2**40, 2**40]))


def test_a_number_that_no_array_holds_is_an_overflow() -> None:
    """Before any arithmetic."""
    with pytest.raises(OverflowError):
        int_array([2**63])


def test_arithmetic_below_the_limit_is_exact() -> None:
    """Near 2**62, where floats of the same size have lost nine bits."""
    big = int_array([2**61 - 1, 3])
    assert (big + 2**60).tolist() == [2**61 + 2**60 - 1, 2**60 + 3]
    assert (big - 1).tolist() == [2**61 - 2, 2]
    assert (big * 1 // 2).tolist() == [2**60 - 1, 1]
    assert (-(-big // 7)).tolist() == [ceil_div(2**61 - 1, 7), 1]


def test_arithmetic_in_place_is_checked_and_goes_on() -> None:
    """The array stays one that checks."""
    counts = int_array([1, 2])
    counts += 1
    counts *= 5
    assert counts.tolist() == [10, 15]
    with pytest.raises(OverflowError):
        counts *= 2**61


def test_what_comes_of_a_checked_array_is_checked() -> None:
    """Through every operator of a formula and every helper."""
    start = int_array([2**40, 3])
    quotient, remainder = divmod(start, 1)
    for array in (
        start + 0,
        start // 1,
        -start,
        maximum(start, 1),
        minimum(start, 2**41),
        gcd(start, 0),
        quotient,
        remainder + 2**40,
        check_divides(1, start, "one"),
    ):
        with pytest.raises(OverflowError):
            operator.mul(array, array)


def test_each_value_belongs_to_one_algebra() -> None:
    """A bool is no size, and neither library needs to be loaded to say so."""
    for value, kinds in (
        (3, (True, False, False)),
        (True, (False, False, False)),
        (2.0, (False, False, False)),
        (int_array([1]), (False, True, False)),
        (n + 1, (False, False, True)),
        (sympy.Integer(3), (False, False, True)),
        ("3", (False, False, False)),
    ):
        assert (is_exact_int(value), is_array(value), is_symbol(value)) == kinds


def test_what_divides_gives_the_quotient() -> None:
    """In every algebra; on symbols that it is whole is a condition."""
    assert check_divides(4, 32, "groups") == 8
    assert check_divides(int_array([1, 4]), int_array([3, 32]), "groups").tolist() == [3, 8]  # type: ignore[attr-defined]
    assert check_divides(n, n * m, "groups") == m
    assert check_divides(n, m, "groups") == m / n


@pytest.mark.parametrize(("divisor", "number"), [(3, 32), (5, 3), (int_array([1, 3]), 4), (2, int_array([4, 5]))])
def test_what_does_not_divide_is_refused_by_name(divisor: Any, number: Any) -> None:
    """One member of an array is enough."""
    with pytest.raises(LayerError, match=r"groups and channels: .* does not divide") as caught:
        check_divides(divisor, number, "groups and channels", field="groups")
    assert caught.value.field == "groups"


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.mark.parametrize("sign", OPERATORS)
def test_comparisons_are_those_of_the_algebra(sign: str) -> None:
    """A bool, an array of bools, a relation."""
    for a, b in ((1, 2), (2, 2), (3, 2)):
        expected = OPERATORS[sign](a, b)
        assert compare(sign, a, b) is expected
        assert compare(sign, int_array([a]), b).tolist() == [expected]
        assert bool(compare(sign, n, m).subs({n: a, m: b})) is expected


def test_a_decision_on_values_is_a_bool() -> None:
    """Also where all members of an array agree."""
    assert decide(compare("==", 1, 1)) is True
    assert decide(compare("==", 1, 2)) is False
    assert decide(compare("<", int_array([1, 2]), 3)) is True
    assert decide(compare(">", int_array([1, 2]), 3)) is False
    assert decide(sympy.true) is True


def test_a_decision_that_splits_an_array_is_raised_with_its_mask() -> None:
    """The caller goes on with both halves."""
    with pytest.raises(Mixed) as caught:
        decide(compare("==", int_array([1, 2, 1]), 1))
    assert caught.value.mask.tolist() == [True, False, True]


def test_a_decision_on_symbols_is_for_the_decider() -> None:
    """It is asked about conditions on symbols alone, and not once the block is left."""
    asked = []

    def yes(condition: Any) -> bool:
        asked.append(condition)
        return True

    with deciding(yes):
        assert decide(compare("==", n, m)) is True
        assert decide(compare("==", 1, 2)) is False
        assert decide(compare("==", int_array([1]), 2)) is False
    assert asked == [sympy.Eq(n, m)]
    with pytest.raises(TypeError):
        decide(compare("==", n, m))


def test_a_check_asks_whether_a_condition_holds_anywhere() -> None:
    """One member of an array is enough; what symbols leave open does not hold."""
    assert holds_anywhere(compare(">", 2, 1)) is True
    assert holds_anywhere(compare(">", 1, 1)) is False
    assert holds_anywhere(compare(">", int_array([0, 2]), 1)) is True
    assert holds_anywhere(compare(">", int_array([0, 1]), 1)) is False
    assert holds_anywhere(compare("!=", n, n + 1)) is True
    assert holds_anywhere(compare("!=", n, n)) is False
    assert holds_anywhere(compare("!=", n, m)) is False


@pytest.mark.parametrize("value", [1, 10**70, int_array([1, 2]), n, n + m])
def test_a_size_is_a_whole_number_of_any_algebra(value: Any) -> None:
    """It is given back as it came."""
    assert size(value) is value


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (0, "must be at least 1"),
        (-1, "must be at least 1"),
        (int_array([1, 0]), "must be at least 1 for every member of the sweep"),
        (2.0, "say how it rounds"),
        (math.nan, "must be a whole number"),
        (numpy.array([1.0]), "must be a whole number"),
        (numpy.array([True]), "must be a whole number"),
        (True, "must be a whole number"),
        ("4", "must be a whole number"),
        (None, "must be a whole number"),
    ],
)
def test_what_is_no_size_is_refused_with_the_rule(value: Any, rule: str) -> None:
    """A float is refused even where it is whole."""
    with pytest.raises(ValueError, match=rule):
        size(value)


def test_a_size_may_have_another_least_value() -> None:
    """Padding may be zero."""
    assert size(0, 0) == 0
    with pytest.raises(ValueError, match="must be at least 2"):
        size(1, 2)
