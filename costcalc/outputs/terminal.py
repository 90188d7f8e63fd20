"""A table for people: plain text, or with emphasis for a terminal. No digit is ever cut off.

Laid out here and not by `rich.table`, which takes seconds for the 10,000 rows of a deep model and shortens numbers
where the terminal is narrow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["PLAIN", "Terminal", "render"]

_GAP = "  "
_LEAST = 8
"""How narrow a column of text may become; below that the table is let out of the terminal's width."""

_ATOMS = re.compile(r"\s*\S+")
_PIECES = re.compile(r"[^-_=/,:(]*[-_=/,:(]+|[^-_=/,:(]+")


class Terminal(NamedTuple):
    """Where the text goes: its ``width`` in characters (None: as wide as it needs), and whether it shows ``colour`` and
    ``unicode`` lines."""

    width: int | None = None
    colour: bool = False
    unicode: bool = True


PLAIN = Terminal()
"""A pipe or a file."""


def render(table: Table, terminal: Terminal = PLAIN, unbroken: Collection[str] = ()) -> str:
    """``table`` with its title above, its total below and its notes after.

    Where it is wider than the terminal, headings and cells of text are folded. Numbers, shapes and the columns
    ``unbroken`` (their keys) never are: then the table is wider than the terminal.
    """
    columns = table.columns
    solid = [column.unit != "" or column.key in unbroken for column in columns]
    right = [units.is_number(column) for column in columns]
    headings = [units.line(units.heading(column)) for column in columns]
    body = [_cells(table, row, terminal) for row in table.rows]
    total = [] if table.total is None else [_cells(table, table.total, terminal)]
    widths = _widths(headings, body + total, solid, terminal.width)
    rule = _GAP.join(("\N{BOX DRAWINGS LIGHT HORIZONTAL}" if terminal.unicode else "-") * width for width in widths)
    bold, dim = ("\x1b[1m{}\x1b[0m", "\x1b[2m{}\x1b[0m") if terminal.colour else ("{}", "{}")

    lines = [*(bold.format(part) for part in _fold(units.line(table.title), terminal.width)), ""]
    lines += [bold.format(part) for part in _lines(headings, widths, right)]
    lines.append(dim.format(rule))
    for row in body:
        lines += _lines(row, widths, right)
    if total:
        lines.append(dim.format(rule))
        lines += [bold.format(part) for part in _lines(total[0], widths, right)]
    if table.notes:
        lines.append("")
    for note in table.notes:
        lines += [dim.format(part) for part in _fold(units.line(note), terminal.width)]
    return "\n".join(lines) + "\n"


def _cells(table: Table, row: Mapping[str, Any], terminal: Terminal) -> list[str]:
    cells = []
    for column in table.columns:
        value = row.get(column.key)
        if column.unit == "bar" and value is not None and not terminal.unicode:
            cells.append(units.bar(value, unicode=False))
        else:
            cells.append(units.cell(value, column.unit))
    return cells


def _widths(
    headings: Sequence[str], rows: Sequence[Sequence[str]], solid: Sequence[bool], limit: int | None
) -> list[int]:
    content = [max(map(_width, column), default=0) for column in zip(*rows, strict=True)] or [0] * len(headings)
    widths = [max(_width(heading), width) for heading, width in zip(headings, content, strict=True)]
    if limit is None:
        return widths
    words = [max(map(_longest, column), default=0) for column in zip(headings, *rows, strict=True)]
    for text in (words, [_LEAST] * len(headings)):
        least = [
            max(_longest(heading), width if firm else min(width, floor))
            for heading, width, firm, floor in zip(headings, content, solid, text, strict=True)
        ]
        _shrink(widths, least, limit)
    return widths


def _shrink(widths: list[int], least: Sequence[int], limit: int) -> None:
    """Make the columns that can spare most narrower until they fit."""
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - limit
    for _ in range(excess):
        spares = [width - floor for width, floor in zip(widths, least, strict=True)]
        if max(spares) <= 0:
            break
        widths[spares.index(max(spares))] -= 1


def _lines(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    folded = [_fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = []
        for part, width, to_the_right in zip(parts, widths, right, strict=True):
            space = " " * (width - _width(part))
            padded.append(space + part if to_the_right else part + space)
        yield _GAP.join(padded).rstrip()


def _width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _longest(text: str) -> int:
    """The width of the longest word of ``text``."""
    return max(map(_width, text.split()), default=0)


def _fold(text: str, width: int | None) -> list[str]:
    """``text`` in lines of at most ``width``, broken between words where that is possible, else after a sign."""
    if width is None or _width(text) <= width:
        return [text]
    lines = [""]
    for atom in _ATOMS.findall(text):
        if _width(lines[-1] + atom) <= width:
            lines[-1] += atom
            continue
        if lines[-1]:
            lines.append("")
        for piece in _PIECES.findall(atom.lstrip()):
            if lines[-1] and _width(lines[-1] + piece) > width:
                lines.append("")
            if _width(piece) <= width:
                lines[-1] += piece
            else:
                lines[-1:] = _chopped(piece, width)
    return lines


def _chopped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width``; a single character that is wider has a line to itself."""
    from rich.cells import chop_cells

    return [part for part in chop_cells(text, width) if part]
