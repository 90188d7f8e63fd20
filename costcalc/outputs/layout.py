"""How a table fits a width, measured in terminal cells: text is folded between words, columns go below each other.

Not `rich.table`: it cuts words where the terminal is narrow, and takes seconds for the 10,000 rows of a deep model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

__all__ = ["GAP", "Block", "Strip", "blocks", "fold", "lifted", "lines"]

GAP = "  "

_READABLE = 16
"""A column of text is folded to this width at least, or to a quarter of its longest cell; else columns go below."""

_ATOMS = re.compile(r"\s*\S+")


class Strip(NamedTuple):
    """A column of a table as text: ``cells`` of the body and then of the total, if there is one.

    ``right``: set to the right. ``solid``: its cells are never folded. ``group`` is the model that it belongs to.
    """

    heading: str
    cells: Sequence[str]
    right: bool = False
    solid: bool = False
    group: str = ""


class Block(NamedTuple):
    """Columns that stand beside each other, with the ``widths`` of each.

    ``label`` is the model that they belong to. ``turned``: each is a row of the table, the last one its total.
    """

    strips: Sequence[Strip]
    widths: Sequence[int]
    label: str = ""
    turned: bool = False


def lifted(strips: Sequence[Strip], rows: int, width: int) -> tuple[list[Strip], list[str]]:
    """The columns that differ between rows, and those of one value in all of them as ``Heading: value``.

    A column of text is lifted wherever it can be, a column of numbers where the table is wider than ``width``. The
    first column stays; so do those of which the total says something else, and those of a table with one row.
    """
    wide = _total(_natural(strips)) > width
    kept, constants = [], []
    for place, strip in enumerate(strips):
        value = strip.cells[0] if strip.cells else ""
        same = set(strip.cells[:rows]) == {value} and set(strip.cells[rows:]) <= {value, ""}
        if place and rows > 1 and same and (wide or not strip.solid):
            constants += [f"{strip.heading}: {value}"] if value else []
        else:
            kept.append(strip)
    return kept, constants


def blocks(strips: Sequence[Strip], rows: int, width: int | None, *, tree: bool = False) -> list[Block]:
    """``strips`` in blocks of at most ``width`` (None: as wide as it needs), to stand below each other.

    One block where folding the text is enough. Else the columns of several models go below each other; a table of few
    rows is turned, so that each row becomes a column; and any other table continues below, with the columns repeated
    that tell its rows apart, or a number for each row where that takes too many. In a ``tree`` it is the first column.
    """
    if width is None:
        return [Block(strips, _natural(strips))]
    if len(strips) == 1 or _total(_floors(strips, width)) <= width:
        return [_block(strips, width)]
    first, rest = strips[:1], strips[1:]
    groups = list(dict.fromkeys(strip.group for strip in rest if strip.group))
    if len(groups) > 1:
        found = []
        for place, group in enumerate(groups):
            part = [strip for strip in rest if strip.group == group or (not place and not strip.group)]
            own = [strip._replace(heading=strip.heading.removeprefix(f"{group}: ")) for strip in part]
            below = _stacked(first, own, rows, width)
            found += [_present(block, rows)._replace(label="" if own == part else group) for block in below]
        return found
    if not tree and len(strips[0].cells) < len(rest):
        turned = _turned(strips)
        return [block._replace(turned=True) for block in _stacked(turned[:1], turned[1:], len(rest), width)]
    heads = 1 if tree else next((n for n in range(1, len(rest)) if _apart(strips[:n], rows)), len(rest))
    return _stacked(strips[:heads], strips[heads:], rows, width)


def _apart(strips: Sequence[Strip], rows: int) -> bool:
    """Do ``strips`` tell the rows apart?"""
    return len(set(zip(*(strip.cells[:rows] for strip in strips), strict=True))) == rows


def _turned(strips: Sequence[Strip]) -> list[Strip]:
    """A column for each row of ``strips``, to the left where it has a text of several words."""
    first, *rest = strips
    turned = [Strip(first.heading, [strip.heading for strip in rest])]
    for place, heading in enumerate(first.cells):
        texts = [strip.cells[place] for strip in rest if not strip.solid]
        turned.append(
            Strip(heading, [strip.cells[place] for strip in rest], right=not any(" " in text for text in texts))
        )
    return turned


def _stacked(heads: Sequence[Strip], rest: Sequence[Strip], rows: int, width: int) -> list[Block]:
    """As many of ``rest`` beside ``heads`` as fit, the others below; where ``heads`` leave no room, beside numbers."""
    if _total([*_floors(heads, width), max(_floors(rest, width))]) > width:
        numbers = [str(number) for number in range(1, rows + 1)] + [""] * (len(heads[0].cells) - rows)
        heads, rest = [Strip("#", numbers, right=True, solid=True)], [*heads, *rest]
    beside = _total(_floors(heads, width))
    parts: list[list[Strip]] = []
    room = 0
    for strip, floor in zip(rest, _floors(rest, width), strict=True):
        if not parts or floor + len(GAP) > room:
            parts.append([*heads])
            room = width - beside
        parts[-1].append(strip)
        room -= floor + len(GAP)
    return [_block(part, width) for part in parts]


def _present(block: Block, rows: int) -> Block:
    """``block`` without the rows of which it has the first column alone: those of other models."""
    cells = list(zip(*(strip.cells for strip in block.strips[1:]), strict=True))
    kept = [index for index, row in enumerate(cells) if index >= rows or any(row)]
    return block._replace(
        strips=[strip._replace(cells=[strip.cells[index] for index in kept]) for strip in block.strips]
    )


def _block(strips: Sequence[Strip], width: int) -> Block:
    floors = _floors(strips, width)
    if _total(floors) > width:
        words = [max(map(_width if strip.solid else _longest, strip.cells), default=0) for strip in strips]
        floors = [max(_longest(strip.heading), word) for strip, word in zip(strips, words, strict=True)]
    return Block(strips, _shrunk(_natural(strips), floors, width - _total([0] * len(strips))))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _natural(strips: Sequence[Strip]) -> list[int]:
    return [max(map(_width, (strip.heading, *strip.cells))) for strip in strips]


def _floors(strips: Sequence[Strip], width: int) -> list[int]:
    """How narrow each column may become."""
    floors = []
    for strip in strips:
        content = max(map(_width, strip.cells), default=0)
        if not strip.solid:
            words = max(map(_longest, strip.cells), default=0)
            content = min(content, max(words, _READABLE, min(content // 4, width // 2)))
        floors.append(max(_longest(strip.heading), content))
    return floors


def _shrunk(widths: Sequence[int], floors: Sequence[int], limit: int) -> list[int]:
    """``widths`` made narrower until their sum is ``limit``: those furthest above their floors first, and all alike."""
    room = max(0, limit - sum(floors))
    spares = [max(0, width - floor) for width, floor in zip(widths, floors, strict=True)]
    level = max(spares)
    for place, spare in enumerate(sorted(spares)):
        if spare * (len(spares) - place) > room:
            level = room // (len(spares) - place)
            break
        room -= spare
    return [floor + min(spare, level) for floor, spare in zip(floors, spares, strict=True)]


def lines(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    """A row of a table in lines: each cell folded to its width, and set to the ``right`` or left."""
    folded = [fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = []
        for part, width, to_the_right in zip(parts, widths, right, strict=True):
            space = " " * (width - _width(part))
            padded.append(space + part if to_the_right else part + space)
        yield GAP.join(padded).rstrip()


def fold(text: str, width: int | None) -> list[str]:
    """``text`` in lines of at most ``width``, broken between words alone: a longer word keeps a line to itself."""
    if width is None or _width(text) <= width:
        return [text]
    folded = [""]
    room = width
    for atom in _ATOMS.findall(text):
        if folded[-1] and _width(atom) > room:
            folded.append("")
            room = width
            atom = atom.lstrip()
        folded[-1] += atom
        room -= _width(atom)
    return folded


def _width(text: str) -> int:
    """How many cells of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _longest(text: str) -> int:
    """The width of the longest word of ``text``."""
    return max(map(_width, text.split()), default=0)
