"""Numbers as people write them."""

from fractions import Fraction

import pytest

from costcalc.amounts import BYTES, COUNTS, Written, in_bytes, rounded, written
from costcalc.errors import UsageError


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


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (3_504_872, "3.50 M"),
        (300_774_272, "300.8 M"),
        (9_994_999, "9.99 M"),
        (9_995_000, "10.0 M"),  # 9.995 to hundredths is 10.00: the even one of 9.99 and 10.00
        (999_949, "999.9 k"),
        (999_950, "1.00 M"),  # 999.95 k to tenths is 1000.0 k
        (-1_234_567, "-1.23 M"),
        (4 * 10**15, "4,000.0 T"),
    ],
)
def test_a_count_is_rounded_for_people(number: int, text: str) -> None:
    """Three or four digits, whose carry reaches the next letter."""
    assert rounded(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.00 KiB"),
        (10_235_904, "9.76 MiB"),  # 10,235,904 / 1024**2 = 9.7617
        (2**20 - 1, "1.00 MiB"),  # 1023.999 KiB to tenths is 1024.0 KiB
        (2**50, "1,024.0 TiB"),
    ],
)
def test_bytes_are_rounded_in_binary_units(number: int, text: str) -> None:
    """KiB is 1024 bytes."""
    assert rounded(number, bytes=True) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("512kB", 512_000),
        ("512KiB", 524_288),  # 512 * 1024
        ("1.5GB", 1_500_000_000),
        ("8 GiB", 8_589_934_592),  # 8 * 1024**3
        ("0.5KiB", 512),
        ("2TiB", 2_199_023_255_552),  # 2 * 1024**4
        (" 3MB ", 3_000_000),
    ],
)
def test_a_size_is_a_number_and_its_unit(text: str, size: int) -> None:
    """kB and its like are powers of 1000, KiB and its like powers of 1024."""
    assert in_bytes("--device", text) == size


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("8", "--device 8: has no unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; kB is 1000 bytes, KiB is 1024)"),
        ("8KB", "--device 8KB: KB is no unit ("),
        ("8gb", "--device 8gb: gb is no unit ("),
        ("", "--device : must be a size such as 512KiB or 8GB"),
        ("-8GB", "--device -8GB: must be a size such as 512KiB or 8GB"),
        ("GB", "--device GB: must be a size such as 512KiB or 8GB"),
        ("1e9B", "--device 1e9B: must be a size such as 512KiB or 8GB"),
        ("\N{ARABIC-INDIC DIGIT EIGHT}GB", "must be a size such as 512KiB or 8GB"),
        ("0GB", "--device 0GB: must be a whole number of bytes, at least 1"),
        ("0.3B", "--device 0.3B: must be a whole number of bytes, at least 1"),
        ("9" * 25 + "B", "must be a size such as 512KiB or 8GB"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, why: str) -> None:
    """A number without a unit, a unit that could be either, a size that is none."""
    with pytest.raises(UsageError) as caught:
        in_bytes("--device", text)
    assert why in str(caught.value)
