"""Tables as text, a file per form, and text as files. Knows tables alone; the same table gives the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.errors import UsageError, nearest, shown

if TYPE_CHECKING:
    from costcalc.table import Table

__all__ = ["FILES", "FORMATS", "SUFFIXES", "render"]

FORMATS = ("table", "markdown", "json", "csv", "latex")
"""The forms that `render` knows. ``table`` is for people: plain text, as wide as it needs to be."""

FILES = (*FORMATS, "parquet")
"""The forms that a file may have: those of `FORMATS` and the one that is no text, see `costcalc.outputs.parquet`."""

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
    ".csv": "csv",
    ".tex": "latex",
    ".parquet": "parquet",
}
"""The form that a file's name asks for."""


def render(table: Table, format: str = "table") -> str:
    """``table`` as text that ends with a newline. Raises UsageError for a format that is not one of `FORMATS`.

    Each form is imported when it is asked for. What depends on a terminal is in `costcalc.outputs.terminal`.
    """
    if format == "table":
        from costcalc.outputs import terminal

        return terminal.render(table)
    if format == "markdown":
        from costcalc.outputs import markdown

        return markdown.render(table)
    if format == "json":
        from costcalc.outputs import json_

        return json_.render(table)
    if format == "csv":
        from costcalc.outputs import csv_

        return csv_.render(table)
    if format == "latex":
        from costcalc.outputs import booktabs

        return booktabs.render(table)
    raise UsageError(f"format = {shown(format)}: must be one of {', '.join(FORMATS)}", hint=nearest(format, FORMATS))
