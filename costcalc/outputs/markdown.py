"""A table as GitHub-flavoured Markdown. Whatever a name holds is shown as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["escape", "render"]

_SPECIAL = re.compile(r"[\\`*|\[\]~$]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown reads as more than itself: an underscore only at the edge of a word."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: object) -> str:
    """``text`` as one line that Markdown shows as it is, inside a table's cell and outside."""
    marked = _SPECIAL.sub(r"\\\g<0>", units.line(text))
    return re.sub("[&<>]", lambda found: _ENTITIES[found.group()], marked)


def render(table: Table) -> str:
    """``table`` under its title as a heading, with a bold total and its notes as a list."""
    columns = table.columns
    lines = [f"### {escape(table.title)}", ""]
    lines.append(_row(escape(units.heading(column)) for column in columns))
    lines.append(_row("---:" if units.is_number(column) else "---" for column in columns))
    lines += [_row(_cells(table, row)) for row in table.rows]
    if table.total is not None:
        lines.append(_row(f"**{cell}**" if cell else "" for cell in _cells(table, table.total)))
    if table.notes:
        lines += ["", *(f"- {escape(note)}" for note in table.notes)]
    return "\n".join(lines) + "\n"


def _cells(table: Table, row: Mapping[str, Any]) -> list[str]:
    return [escape(units.cell(row.get(column.key), column.unit)) for column in table.columns]


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
