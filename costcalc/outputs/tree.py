"""A table as a tree, for a column of dotted paths."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from costcalc.outputs import terminal as plain
from costcalc.outputs.terminal import PLAIN, Terminal
from costcalc.table import Table

__all__ = ["render"]

_GUIDES = (
    "\N{BOX DRAWINGS LIGHT VERTICAL AND RIGHT}\N{BOX DRAWINGS LIGHT HORIZONTAL} ",
    "\N{BOX DRAWINGS LIGHT UP AND RIGHT}\N{BOX DRAWINGS LIGHT HORIZONTAL} ",
    "\N{BOX DRAWINGS LIGHT VERTICAL}  ",
    "   ",
)
_ASCII_GUIDES = ("|- ", "`- ", "|  ", "   ")


class _Branch:
    def __init__(self) -> None:
        self.row: Mapping[str, Any] | None = None
        self.parts: dict[str, _Branch] = {}


def render(table: Table, key: str, terminal: Terminal = PLAIN, without: Collection[str] = ()) -> str:
    """``table`` with the dotted paths of its column ``key`` as a tree, and the columns ``without`` (keys) left out.

    Rows stand in the order of the table, under the first row that shares the beginning of their path; a beginning that
    is no row itself gets a line of its own, unless only one path goes on from it.
    """
    root = _Branch()
    for row in table.rows:
        branch = root
        for part in str(row[key]).split("."):
            branch = branch.parts.setdefault(part, _Branch())
        branch.row = row
    guides = _GUIDES if terminal.unicode else _ASCII_GUIDES
    rows = [{**(branch.row or {}), key: label} for label, branch in _walk(root, guides)]
    columns = [column for column in table.columns if column.key not in without]
    return plain.render(table._replace(rows=rows, columns=columns), terminal, tree=True)


def _walk(root: _Branch, guides: tuple[str, str, str, str]) -> Iterator[tuple[str, _Branch]]:
    """The lines of the tree: the guides and the name, and what stands there. Not recursive: paths may be deep."""
    fork, end, past, blank = guides
    waiting = [(*_joined(name, branch), "", "") for name, branch in reversed(root.parts.items())]
    while waiting:
        name, branch, guide, margin = waiting.pop()
        yield guide + name, branch
        parts = [_joined(*part) for part in branch.parts.items()]
        below = [(*part, margin + fork, margin + past) for part in parts[:-1]]
        below += [(*part, margin + end, margin + blank) for part in parts[-1:]]
        waiting += reversed(below)


def _joined(name: str, branch: _Branch) -> tuple[str, _Branch]:
    """``name``, with those that follow it alone: ``stage1.1``."""
    while branch.row is None and len(branch.parts) == 1:
        ((part, branch),) = branch.parts.items()
        name = f"{name}.{part}"
    return name, branch
