"""Numbers as people write them."""

import pytest

from costcalc.conventions.figures import figure
from costcalc.errors import UsageError


@pytest.mark.parametrize("text", ["300774272", "300,774,272", " 300774272 ", "300.774272M", "0.300774272G"])
def test_a_number_in_full_is_itself(text: str) -> None:
    """With separators, or with a letter and all of its digits; nothing else fits it."""
    number = figure(text)
    assert (number.value, number.exact) == (300_774_272, True)
    assert [number.fit(300_774_272 + step) for step in (-1, 0, 1)] == [None, "exactly", None]


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
    number = figure(text)
    assert number.value == value
    assert not number.exact
    assert [number.fit(each) for each in rounded] == ["rounded", "rounded"]
    assert [number.fit(each) for each in cut] == ["cut off", "cut off"]
    assert number.fit(rounded[0] - 1) is None
    assert number.fit(cut[1] + 1) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0", "must be more than 0"),
        ("0.00M", "must be more than 0"),
        ("-5", r"must be more than 0 \(such as"),
        ("-300.5M", r"must be more than 0 \(such as"),
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
        ("1000000000000000001", "must be at most 1,000,000,000,000,000,000"),
        ("9" * 5000, "must be at most"),
        ("1000001T", "must be at most"),
    ],
)
def test_what_is_no_count_is_refused(text: str, rule: str) -> None:
    """With the value, cut where it is long, and the rule."""
    with pytest.raises(UsageError, match=rule) as caught:
        figure(text)
    assert str(caught.value).startswith("measured = ")
    assert len(str(caught.value)) < 200
