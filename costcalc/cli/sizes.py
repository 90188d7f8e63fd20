"""Sizes in bytes, as a user writes them: a number and its unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from costcalc.errors import UsageError, shown

__all__ = ["UNITS", "in_bytes"]

UNITS: Mapping[str, int] = {
    "B": 1,
    **{prefix + "B": 1000**power for power, prefix in enumerate(("k", "M", "G", "T"), start=1)},
    **{prefix + "iB": 1024**power for power, prefix in enumerate(("K", "M", "G", "T"), start=1)},
}
"""Bytes, by unit: kB is 1000 of them, KiB 1024."""

_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)\s*([A-Za-z]*)", re.ASCII)


def in_bytes(option: str, text: str) -> int:
    """``text``, such as ``512KiB`` or ``1.5GB``, in bytes. Raises UsageError naming ``option`` for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{option} {shown(text)}: must be a size such as 512KiB or 8GB")
    number, unit = match.groups()
    if unit not in UNITS:
        missing = "has no unit" if not unit else f"{unit} is no unit"
        hint = f"{', '.join(UNITS)}; kB is 1000 bytes, KiB is 1024"
        raise UsageError(f"{option} {shown(text)}: {missing}", hint=hint)
    size = Fraction(number) * UNITS[unit]
    if size.denominator != 1 or size < 1:
        raise UsageError(f"{option} {shown(text)}: must be a whole number of bytes, at least 1")
    return size.numerator
