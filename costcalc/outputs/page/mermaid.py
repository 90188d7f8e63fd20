"""A graph as a Mermaid flowchart, which GitHub and GitLab draw. Whatever a name holds is shown as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["MOST", "flowchart"]

MOST = 200
"""Rows beyond this make a chart that GitHub refuses to draw or nobody can read."""

_MARKUP = re.compile(r"[^\w .,:()=+-]|_(?![^\W_])|(?<![^\W_])_|[.+-](?= )", re.ASCII)
"""All but what is plain everywhere; a dot, plus or minus before a blank would begin a list."""


def flowchart(table: Table) -> str:
    """The rows of ``table`` as boxes (``name``, ``shape``, ``share``) and lines from the ``inputs`` of each."""
    lines = ["flowchart TD"]
    for number, row in enumerate(table.rows):
        lines.append(f'    n{number}["{_label(row)}"]')
    for number, row in enumerate(table.rows):
        lines += [f"    n{source} --> n{number}" for source in row["inputs"]]
    return "\n".join(lines)


def _label(row: Mapping[str, Any]) -> str:
    parts = [row["name"], units.cell(row["shape"])]
    if row["share"]:
        parts.append(f"{units.share(row['share'])} of the MACs")
    return "<br>".join(_escaped(part) for part in parts)


def _escaped(text: object) -> str:
    """``text`` in Mermaid's own escapes, ``#35;`` for a character, of which nothing is markup."""
    return _MARKUP.sub(lambda found: "".join(f"#{ord(character)};" for character in found.group()), units.line(text))
