"""A table for people: plain text, or with emphasis for a terminal. No digit and no word is ever cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.outputs import units
from costcalc.outputs.layout import GAP, Block, Strip, blocks, fold, lifted, lines
from costcalc.table import Remark, Table

__all__ = ["PLAIN", "SHORT", "Terminal", "render"]

SHORT = 120
"""A note of more characters is long: it is left out of a terminal without ``notes``, unless it is a `Remark`."""


class Terminal(NamedTuple):
    """Where the text goes: its ``width`` in cells (None: as wide as it needs), and whether it shows ``colour`` and
    ``unicode`` lines, numbers rounded as in ``3.50 M`` (``human``), and long ``notes``."""

    width: int | None = None
    colour: bool = False
    unicode: bool = True
    human: bool = False
    notes: bool = True


PLAIN = Terminal()
"""A pipe or a file."""


def render(table: Table, terminal: Terminal = PLAIN, *, tree: bool = False) -> str:
    """``table`` with its title above, its total below and its notes after.

    Where there is a width, columns of one value go to a line above the table, and where it is too wide all the same, it
    is laid out by `costcalc.outputs.layout`. The first column of a ``tree`` is never folded.
    """
    strips = _strips(table, terminal)
    if tree:
        strips[0] = strips[0]._replace(solid=True)
    constants: list[str] = []
    if terminal.width is not None and not tree:
        strips, constants = lifted(strips, len(table.rows), terminal.width)
    bold, dim = ("\x1b[1m{}\x1b[0m", "\x1b[2m{}\x1b[0m") if terminal.colour else ("{}", "{}")
    text = [*(bold.format(part) for part in fold(units.line(table.title), terminal.width)), ""]
    if constants:
        text += [*fold(f"In every row: {'; '.join(constants)}.", terminal.width), ""]
    for block in blocks(strips, len(table.rows), terminal.width, tree=tree):
        text += [*_block(block, table, terminal, bold, dim), ""]
    for note in _notes(table, terminal):
        text += [dim.format(part) for part in fold(note, terminal.width)]
    return "\n".join(text).rstrip("\n") + "\n"


def _strips(table: Table, terminal: Terminal) -> list[Strip]:
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    return [
        Strip(
            units.line(units.heading(column, human=terminal.human)),
            [_cell(row, column.key, column.unit, terminal) for row in rows],
            right=units.is_number(column),
            solid=column.unit != "",
            group=column.key.rpartition(".")[0],
        )
        for column in table.columns
    ]


def _cell(row: Mapping[str, Any], key: str, unit: str, terminal: Terminal) -> str:
    value = row.get(key)
    if unit == "bar" and value is not None:
        return units.bar(value, min(40, (terminal.width or 160) // 4), unicode=terminal.unicode)
    return units.cell(value, unit, human=terminal.human)


def _block(block: Block, table: Table, terminal: Terminal, bold: str, dim: str) -> Iterator[str]:
    widths = block.widths
    right = [strip.right for strip in block.strips]
    rule = GAP.join(("\N{BOX DRAWINGS LIGHT HORIZONTAL}" if terminal.unicode else "-") * width for width in widths)
    body = list(zip(*(strip.cells for strip in block.strips), strict=True))
    total = [] if table.total is None or block.turned else [body.pop()]
    if block.label:
        yield bold.format(units.line(block.label))
    yield from (bold.format(part) for part in lines([strip.heading for strip in block.strips], widths, right))
    yield dim.format(rule)
    for row in body:
        yield from lines(row, widths, right)
    for row in total:
        yield dim.format(rule)
        yield from (bold.format(part) for part in lines(row, widths, right))


def _notes(table: Table, terminal: Terminal) -> Iterator[str]:
    kept = [note for note in table.notes if terminal.notes or isinstance(note, Remark) or len(note) <= SHORT]
    yield from map(units.line, kept)
    if left := len(table.notes) - len(kept):
        yield f"{left} long note{'' if left == 1 else 's'} left out: --notes prints {'it' if left == 1 else 'them'}."
