"""Numbers as people write them, read exactly and written rounded: ``300M``, ``1.5 GiB``, ``3,504,872``, ``53%``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.errors import UsageError, shown

__all__ = ["BYTES", "COUNTS", "NUMBER", "SECONDS", "Written", "rounded", "written"]

_POWERS = {"k": 1, "M": 2, "G": 3, "T": 4}

COUNTS: Mapping[str, Fraction] = {
    "": Fraction(1),
    **{prefix: Fraction(1000**power) for prefix, power in _POWERS.items()},
    "B": Fraction(10**9),
}
"""How a count may end: k, M, G and T are powers of a thousand, B is a billion."""

BYTES: Mapping[str, Fraction] = {
    "B": Fraction(1),
    **{f"{prefix}B": Fraction(1000**power) for prefix, power in _POWERS.items()},
    **{f"{prefix.upper()}iB": Fraction(1024**power) for prefix, power in _POWERS.items()},
}
"""The units of bytes: kB is 1000 of them, KiB 1024."""

SECONDS: Mapping[str, Fraction] = {
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?", re.ASCII)
"""A number in running text; digits in names (VGG16) and sizes (3x3) are numbers too."""

_WRITTEN = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,24})(?:\.(?P<part>\d{1,24}))?\s*(?P<unit>%|[A-Za-z]*)", re.ASCII
)


class Written(NamedTuple):
    """A number without a sign as it is written: its ``value`` and that of a 1 in its last digit, times one ``unit``."""

    value: Fraction
    digit: Fraction
    unit: str

    def times(self, scale: Fraction | int) -> Written:
        """The number where its unit stands for ``scale``."""
        return Written(self.value * scale, self.digit * scale, self.unit)


def written(text: str) -> Written | None:
    """The number that ``text`` is, with the letters or the % that follow it; None if it is none.

    Digits may be grouped by commas in threes; at most 24 stand before the point and 24 behind it.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    part = match["part"] or ""
    digit = Fraction(1, 10 ** len(part))
    return Written(int(match["whole"].replace(",", "") + part) * digit, digit, match["unit"])


def rounded(number: int, *, bytes: bool = False) -> str:
    """``3.50 M``, ``300.8 M``, ``9.76 MiB``: two decimals below ten, one above, and every digit below a thousand."""
    base, units = (1024, ("B", "KiB", "MiB", "GiB", "TiB")) if bytes else (1000, ("", *_POWERS))
    size, power, decimals = abs(number), 0, 0
    digits = size
    while digits >= base * 10**decimals and power < len(units) - 1:
        power += 1
        hundredths = round(Fraction(100 * size, base**power))
        decimals = 2 if hundredths < 1000 else 1
        digits = round(Fraction(10**decimals * size, base**power))
    whole, part = divmod(digits, 10**decimals)
    text = f"{'-' if number < 0 else ''}{whole:,}" + (f".{part:0{decimals}}" if decimals else "")
    return f"{text} {units[power]}".rstrip()


def in_bytes(what: str, text: str) -> int:
    """The bytes that ``text`` says, such as ``1.5GB``. Raises UsageError, beginning with ``what``, for others."""
    number = written(text)
    if number is None or number.unit == "%":
        raise UsageError(f"{what} {shown(text)}: must be a size such as 512KiB or 8GB")
    if number.unit not in BYTES:
        missing = "has no unit" if not number.unit else f"{number.unit} is no unit"
        hint = f"{', '.join(BYTES)}; kB is 1000 bytes, KiB is 1024"
        raise UsageError(f"{what} {shown(text)}: {missing}", hint=hint)
    size = number.value * BYTES[number.unit]
    if size.denominator != 1 or size < 1:
        raise UsageError(f"{what} {shown(text)}: must be a whole number of bytes, at least 1")
    return size.numerator
