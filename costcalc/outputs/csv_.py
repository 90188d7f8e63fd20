"""A table's rows as csv (RFC 4180): raw numbers, keys as the header; no total, which a reader would add to the rest."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["render"]

_WIDE = (
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *_WIDE)
"""What a spreadsheet takes for the start of a formula."""


def render(table: Table) -> str:
    """The rows of ``table`` under the keys of its columns; lines end with CR LF, shapes read ``32 x 112 x 112``.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, which the spreadsheet does not show
    (OWASP, "CSV Injection"). Numbers stay as they are, negative ones too.
    """
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow([_text(column.key) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(row.get(column.key)) for column in table.columns])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return units.shape(tuple(value))
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
