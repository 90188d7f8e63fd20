"""The rows of a table that a page shows on demand: as compact JSON, which the page's script makes rows of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from costcalc.outputs import units
from costcalc.outputs.page.document import MOST
from costcalc.table import Column, Table

__all__ = ["PageCell", "cell", "later"]

_EXACT = 2**53
"""Whole numbers below this are exact in JavaScript."""

_Packed: TypeAlias = int | str | list[Any]


class PageCell(NamedTuple):
    """A cell: its ``text``, the ``value`` to sort by, and, of a share, the ``part`` of it that a bar shows."""

    text: str
    value: int | float | None = None
    part: str | None = None


def cell(column: Column, row: Mapping[str, Any]) -> PageCell:
    """The cell of ``row`` in ``column``."""
    value = row.get(column.key)
    text = units.cell(value, column.unit)
    part = None
    if column.unit in ("share", "bar") and isinstance(value, (int, float)) and 0 <= value <= 1:
        part = f"{value:.4f}"
        text = units.share(value)
    if isinstance(value, (tuple, list)):
        value = prod(value) if all(isinstance(dim, int) for dim in value) else None
    sortable = isinstance(value, (int, float)) and not isinstance(value, bool)
    return PageCell(text, value if sortable else None, part)


def later(table: Table) -> str | None:
    """The rows of ``table`` beyond the first `MOST`, a JSON list with an object for each column; None of a short table.

    ``cells`` are the different cells of the column: a whole number, shown with separators; a text; or a list of text,
    value to sort by (or null) and part of a bar. ``rows`` has the place in ``cells`` of each row, and is left out where
    that is the row's own. The text can stand in an element ``script``.
    """
    rows = table.rows[MOST:]
    if not rows:
        return None
    packed = [_column(column, rows) for column in table.columns]
    return json.dumps(packed, separators=(",", ":")).replace("<", "\\u003c")


def _column(column: Column, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = [tuple(value) if isinstance(value, list) else value for value in (row.get(column.key) for row in rows)]
    keys = list(zip(map(type, values), values, strict=True))  # for 1 == 1.0 == True
    different = dict.fromkeys(keys)
    cells = [_packed(cell(column, {column.key: value})) for _, value in different]
    if len(cells) == len(rows):
        return {"cells": cells}
    places = {key: place for place, key in enumerate(different)}
    return {"cells": cells, "rows": [places[key] for key in keys]}


def _packed(found: PageCell) -> _Packed:
    if found.value is None:
        return found.text
    if isinstance(found.value, int) and abs(found.value) < _EXACT and found.text == f"{found.value:,}":
        return found.value
    return [found.text, found.value] if found.part is None else [found.text, found.value, found.part]
