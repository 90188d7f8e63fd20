"""The one place that formats numbers: separators, shares, shapes, and the names of units."""

from __future__ import annotations

from typing import Any

from costcalc.table import Column
from costcalc.wording import count, difference, work

__all__ = ["cell", "count", "heading", "is_number", "line", "shape", "share", "work"]

_NAMES = {
    "params": "parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "bytes": "bytes",
    "flops/byte": "FLOPs per byte",
    "seconds": "s",
}


def share(value: float) -> str:
    """``25.3%`` of a share from 0 to 1. What is not nothing never reads as 0.0%, what is not all never as 100.0%."""
    text = f"{100 * value:.1f}%"
    if text == "0.0%" and value > 0:
        return "<0.1%"
    if text == "100.0%" and value < 1:
        return ">99.9%"
    return text


def shape(dims: tuple[int, ...]) -> str:
    """``32 x 112 x 112``; several shapes, as of a layer's inputs, are parted by commas."""
    if any(isinstance(dim, (tuple, list)) for dim in dims):
        return ", ".join(shape(tuple(dim)) for dim in dims)  # type: ignore[arg-type]
    return " x ".join(str(dim) for dim in dims)


def is_number(column: Column) -> bool:
    """Are the cells of ``column`` numbers, to be set to the right and never broken?"""
    return column.unit not in ("", "shape")


def heading(column: Column) -> str:
    """The title of ``column``, with the unit of its numbers where the title itself does not name it."""
    unit = _NAMES.get(column.unit, "")
    return column.title if unit.lower() in column.title.lower() else f"{column.title} ({unit})"


def line(value: object) -> str:
    """``value`` as one line of printable text."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def cell(value: Any, unit: str = "") -> str:
    """A cell as people read it; ``""`` for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return shape(tuple(value))
    if isinstance(value, (int, float)) and unit == "share":
        return share(value)
    if isinstance(value, int):
        return difference(value) if unit == "difference" and value else count(value)
    if isinstance(value, float):
        return f"{value:,.6g}"
    return line(value)
