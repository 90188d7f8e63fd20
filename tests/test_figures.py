"""Figures as documents and tools print them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from costcalc.errors import UsageError
from costcalc.figures import count, figure


@pytest.mark.parametrize(
    ("text", "to", "number", "fit"),
    [
        ("4,278,048", None, 4278048, "exact"),
        ("4,278,048", None, 4278049, "no"),
        ("18395328", None, 18395328, "exact"),
        ("60k", None, 60000, "exact"),
        ("2.3M", None, 2_250_000, "rounds"),  # half a unit either way, both ends included
        ("2.3M", None, 2_350_000, "rounds"),
        ("2.3M", None, 2_249_999, "no"),
        ("2.3M", None, 2_350_001, "cut off"),
        ("2.3M", None, 2_399_999, "cut off"),
        ("2.3M", None, 2_400_000, "no"),
        ("99.5B", None, 99_540_000_000, "rounds"),
        ("95%", None, Fraction(9486, 10000), "rounds"),
        ("1.19%", None, Fraction(191, 10000), "no"),
        ("8 to 9", None, 8, "rounds"),
        ("8 to 9", None, Fraction(75, 10), "rounds"),
        ("8 to 9", None, Fraction(749, 100), "no"),
        ("8 to 9", None, Fraction(951, 100), "cut off"),
        ("5 to 6M", None, 5_600_000, "rounds"),
        ("20", "10", 22, "rounds"),
        ("20", None, 22, "no"),
        ("15300M", "100M", 15_346_630_656, "rounds"),
    ],
)
def test_how_a_number_stands_to_a_figure(text: str, to: str | None, number: int | Fraction, fit: str) -> None:
    """The last digit that is printed says what rounds to it, and what begins with its digits."""
    assert figure(text, to).fit(Fraction(number)) == fit


@pytest.mark.parametrize(
    "text", ["", "abc", "-3", "1.2.3", "12,34", "1 to 2 to 3", "4.2X", "0", "9 to 8", "1e6", "9" * 30]
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    """No number, none above 0, one too great, a range that runs backwards."""
    with pytest.raises(UsageError, match="not a number|must be"):
        figure(text)


@pytest.mark.parametrize("text", ["300774272", "300,774,272", " 300774272 ", "300.774272M", "0.300774272G"])
def test_a_number_in_full_is_itself(text: str) -> None:
    """With separators, or with a letter and all of its digits; nothing else fits it."""
    number = count(text)
    assert number.low == number.high == 300_774_272
    assert number.unit <= 1
    assert [number.fit(300_774_272 + step) for step in (-1, 0, 1)] == ["no", "exact", "no"]


@pytest.mark.parametrize(
    ("text", "value", "rounded", "cut"),
    [
        ("300M", 300 * 10**6, (299_500_000, 300_500_000), (300_500_001, 300_999_999)),
        ("4.24m", 4_240_000, (4_235_000, 4_245_000), (4_245_001, 4_249_999)),
        ("1.25B", 1_250_000_000, (1_245_000_000, 1_255_000_000), (1_255_000_001, 1_259_999_999)),
        ("0.3 G", 300 * 10**6, (250 * 10**6, 350 * 10**6), (350_000_001, 399_999_999)),
        ("7k", 7000, (6500, 7500), (7501, 7999)),
        ("2T", 2 * 10**12, (15 * 10**11, 25 * 10**11), (25 * 10**11 + 1, 3 * 10**12 - 1)),
    ],
)
def test_a_number_with_a_letter_stands_for_all_that_is_written_so(
    text: str, value: int, rounded: tuple[int, int], cut: tuple[int, int]
) -> None:
    """Rounded, a half counting either way, or cut off after its digits; one beyond either end is not."""
    number = count(text)
    assert number.low == number.high == value
    assert number.fit(value) == "exact"
    assert [number.fit(each) for each in rounded] == ["rounds", "rounds"]
    assert [number.fit(each) for each in cut] == ["cut off", "cut off"]
    assert number.fit(rounded[0] - 1) == "no"
    assert number.fit(cut[1] + 1) == "no"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0", "must be above 0"),
        ("0.00M", "must be above 0"),
        ("-5", r"must be above 0"),
        ("-300.5M", r"must be above 0"),
        ("abc", r"not a number \(such as 300774272, 300,774,272, 569M or 4.24M\)"),
        ("", "not a number"),
        ("1e9", "not a number"),
        ("3M4", "not a number"),
        ("1,23", "not a number"),
        ("0x10", "not a number"),
        ("٣", "not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("3.5", r"must be a whole number \(or end with k, M, G or T\)"),
        ("3.5041k", "must be a whole number"),
        ("1000000000000000001", "at most 1,000,000,000,000,000,000"),
        ("9" * 5000, "at most 1,000"),
        ("1000001T", "at most 1,000"),
    ],
)
def test_what_is_no_count_is_refused(text: str, rule: str) -> None:
    """With the value, cut where it is long, and the rule."""
    with pytest.raises(UsageError, match=rule) as caught:
        count(text)
    assert str(caught.value).startswith("measured = ")
    assert len(str(caught.value)) < 200
