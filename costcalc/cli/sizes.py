"""Sizes in bytes, as a user writes them: a number and its unit."""

from __future__ import annotations

from costcalc.amounts import BYTES, written
from costcalc.errors import UsageError, shown

__all__ = ["in_bytes"]


def in_bytes(option: str, text: str) -> int:
    """``text``, such as ``512KiB`` or ``1.5GB``, in bytes. Raises UsageError naming ``option`` for anything else."""
    number = written(text)
    if number is None or number.unit == "%":
        raise UsageError(f"{option} {shown(text)}: must be a size such as 512KiB or 8GB")
    if number.unit not in BYTES:
        missing = "has no unit" if not number.unit else f"{number.unit} is no unit"
        hint = f"{', '.join(BYTES)}; kB is 1000 bytes, KiB is 1024"
        raise UsageError(f"{option} {shown(text)}: {missing}", hint=hint)
    size = number.value * BYTES[number.unit]
    if size.denominator != 1 or size < 1:
        raise UsageError(f"{option} {shown(text)}: must be a whole number of bytes, at least 1")
    return size.numerator
