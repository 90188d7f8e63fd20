"""The one place that formats numbers: separators, shares, shapes, and the names of units."""

from __future__ import annotations

from math import floor, log10
from typing import Any

from costcalc.amounts import rounded
from costcalc.table import Column
from costcalc.wording import count, difference, work

__all__ = ["bar", "cell", "change", "count", "heading", "is_number", "line", "measured", "shape", "share", "work"]

_NAMES = {
    "params": "parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "bytes": "bytes",
    "flops/byte": "FLOPs per byte",
    "seconds": "s",
    "ms": "ms",
    "hours": "hours",
    "images/s": "images/s",
}

_COUNTED = ("count", "params", "macs", "flops", "bytes", "difference")
"""The units of which ``human`` rounds the numbers."""

_MEASURED = ("ms", "hours", "images/s", "ratio")
"""The units of what is measured and not counted: no digit beyond the third says anything."""


def share(value: float) -> str:
    """``25.3%`` of a share from 0 to 1. What is not nothing never reads as 0.0%, what is not all never as 100.0%."""
    text = f"{100 * value:.1f}%"
    if text == "0.0%" and value > 0:
        return "<0.1%"
    if text == "100.0%" and value < 1:
        return ">99.9%"
    return text


def change(value: float) -> str:
    """``-33.6%`` of a change by that part, with its sign. What is not nothing never reads as 0.0%."""
    if value == 0:
        return "0.0%"
    text = f"{100 * value:+,.1f}%"
    return f"{100 * value:+.1g}%" if text in ("+0.0%", "-0.0%") else text


def bar(value: float, width: int = 40, *, unicode: bool = True) -> str:
    """A bar of ``value`` (0 to 1) times ``width`` characters, in eighths; whole ones without ``unicode``."""
    if not unicode:
        return "#" * round(value * width)
    whole, eighths = divmod(round(8 * value * width), 8)
    return _EIGHTHS[8] * whole + (_EIGHTHS[eighths] if eighths else "")


_EIGHTHS = " \N{LEFT ONE EIGHTH BLOCK}\N{LEFT ONE QUARTER BLOCK}\N{LEFT THREE EIGHTHS BLOCK}\N{LEFT HALF BLOCK}" + (
    "\N{LEFT FIVE EIGHTHS BLOCK}\N{LEFT THREE QUARTERS BLOCK}\N{LEFT SEVEN EIGHTHS BLOCK}\N{FULL BLOCK}"
)


def measured(value: float) -> str:
    """``12.3``, ``0.00456``, ``1,230``: three digits that matter, and every one before the point."""
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - floor(log10(abs(value))))}f}"


def shape(dims: tuple[int, ...]) -> str:
    """``32 x 112 x 112``; several shapes, as of a layer's inputs, are parted by commas."""
    if any(isinstance(dim, (tuple, list)) for dim in dims):
        return ", ".join(shape(tuple(dim)) for dim in dims)  # type: ignore[arg-type]
    return " x ".join(str(dim) for dim in dims)


def is_number(column: Column) -> bool:
    """Are the cells of ``column`` numbers, to be set to the right and never broken?"""
    return column.unit not in ("", "shape", "bar")


def heading(column: Column, *, human: bool = False) -> str:
    """The title of ``column``, with the unit of its numbers where neither it nor, if ``human``, a cell names that."""
    unit = "" if human and column.unit == "bytes" else _NAMES.get(column.unit, "")
    return column.title if unit.lower() in column.title.lower() else f"{column.title} ({unit})"


def line(value: object) -> str:
    """``value`` as one line of printable text."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def cell(value: Any, unit: str = "", *, human: bool = False) -> str:
    """A cell as people read it; ``""`` for None. ``human``: counts are rounded, ``3.50 M``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return shape(tuple(value))
    if isinstance(value, (int, float)) and unit == "share":
        return share(value)
    if isinstance(value, (int, float)) and unit == "change":
        return change(value)
    if isinstance(value, (int, float)) and unit == "bar":
        return bar(value)
    if isinstance(value, (int, float)) and unit in _MEASURED:
        return measured(value)
    if isinstance(value, int) and human and unit in _COUNTED:
        return f"{'+' if unit == 'difference' and value > 0 else ''}{rounded(value, bytes=unit == 'bytes')}"
    if isinstance(value, int):
        return difference(value) if unit == "difference" and value else count(value)
    if isinstance(value, float):
        if unit == "value":
            return repr(value)
        return f"{value:+,.6g}" if unit == "difference" and value else f"{value:,.6g}"
    return line(value)
