"""Numbers as people write them."""

from fractions import Fraction

import pytest

from costcalc.amounts import BYTES, COUNTS, Written, written


@pytest.mark.parametrize(
    ("text", "value", "digit", "unit"),
    [
        ("300M", Fraction(300), Fraction(1), "M"),
        ("3.50 M", Fraction(7, 2), Fraction(1, 100), "M"),
        ("3,504,872", Fraction(3504872), Fraction(1), ""),
        ("1.5GiB", Fraction(3, 2), Fraction(1, 10), "GiB"),
        (" 53% ", Fraction(53), Fraction(1), "%"),
        ("0", Fraction(0), Fraction(1), ""),
        ("9" * 24, Fraction(10**24 - 1), Fraction(1), ""),
    ],
)
def test_a_number_is_read_to_its_last_digit(text: str, value: Fraction, digit: Fraction, unit: str) -> None:
    """The unit is whatever letters follow."""
    assert written(text) == Written(value, digit, unit)


@pytest.mark.parametrize(
    "text", ["", "M", "-3", "+3", "1e6", "1,00", "1,0000", ".5", "5.", "0x10", "١٢", "9" * 25, "1 2", "nan", "3M M"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    """Signs, exponents, other scripts' digits and commas in the wrong place are not read."""
    assert written(text) is None


def test_units_are_powers_of_a_thousand_or_of_1024() -> None:
    """1.5 GiB = 3/2 * 1024**3 bytes; a digit after the point is worth a tenth of it."""
    number = written("1.5GiB")
    assert number is not None
    assert number.times(BYTES["GiB"]) == Written(Fraction(3 * 2**29), Fraction(2**30, 10), "GiB")
    assert {unit: COUNTS[unit] for unit in ("k", "M", "G", "B", "T")} == {
        "k": 10**3,
        "M": 10**6,
        "G": 10**9,
        "B": 10**9,
        "T": 10**12,
    }
