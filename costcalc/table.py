"""A table: what every analysis returns. Raw numbers and names, no formatting; `costcalc.outputs` renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["SCHEMA", "Column", "Table"]

SCHEMA = "costcalc.table/1"
"""The name and version of a table's JSON form. A new version is one that a reader of the old would misread."""

Cell = Any
"""str, int, float, bool, None (nothing to say), or a tuple of ints (a shape)."""


class Column(NamedTuple):
    """A column: its ``key`` in rows and in JSON and csv, the ``title`` people read, and the ``unit`` of its numbers.

    ``unit`` is ``""`` (text), ``count``, ``params``, ``macs``, ``flops``, ``bytes``, ``share`` (0 to 1), ``shape``,
    ``seconds``, ``elasticity`` or ``value`` (of a knob, with every digit).
    """

    key: str
    title: str
    unit: str = ""


class Table(NamedTuple):
    """Titled columns with units over raw rows.

    ``total`` is a row of the same keys, or None. ``notes`` are sentences that say what the numbers are. ``about`` holds
    what a machine wants to know of the whole: model, knobs, kind, convention.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Cell]]
    total: Mapping[str, Cell] | None = None
    notes: Sequence[str] = ()
    about: Mapping[str, Any] = {}
