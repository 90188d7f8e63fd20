"""A table as JSON: raw numbers under a schema's name, a row per line so that two of them can be compared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from costcalc.table import SCHEMA, Table

__all__ = ["plain", "render"]


def render(table: Table) -> str:
    """An object of ``schema, title, about, columns, rows, total, notes``; a row holds the keys of the columns.

    Shapes are lists; a number that JSON cannot say is null. The text is ASCII, so that any pipe carries it.
    """
    keys = [column.key for column in table.columns]
    parts = {
        "schema": _dump(SCHEMA),
        "title": _dump(table.title),
        "about": _dump(table.about),
        "columns": _list([_dump(column._asdict()) for column in table.columns]),
        "rows": _list([_dump({key: row.get(key) for key in keys}) for row in table.rows]),
        "total": _dump(None if table.total is None else {key: table.total.get(key) for key in keys}),
        "notes": _list([_dump(note) for note in table.notes]),
    }
    return "{\n" + ",\n".join(f"  {_dump(key)}: {text}" for key, text in parts.items()) + "\n}\n"


def _list(items: list[str]) -> str:
    return "[\n    " + ",\n    ".join(items) + "\n  ]" if items else "[]"


def _dump(value: Any) -> str:
    return json.dumps(plain(value), allow_nan=False)


def plain(value: Any) -> Any:
    """``value`` as JSON can say it: mappings, lists, texts, numbers; null for a number that it cannot."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return str(value)
