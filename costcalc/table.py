"""A table: what every analysis returns. Raw numbers and names, no formatting; `costcalc.outputs` renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas

__all__ = ["SCHEMA", "Column", "Remark", "Table"]

SCHEMA = "costcalc.table/1"
"""The name and version of a table's JSON form. A new version is one that a reader of the old would misread."""

Cell = Any
"""str, int, float, bool, None (nothing to say), or a tuple of ints (a shape)."""


class Column(NamedTuple):
    """A column: its ``key`` in rows and in JSON and csv, the ``title`` people read, and the ``unit`` of its numbers.

    ``unit`` is ``""`` (text), ``count``, ``params``, ``macs``, ``flops``, ``bytes``, ``share`` (0 to 1), ``bar`` (a
    share that people see as a bar), ``difference`` and ``change`` (shown with their signs, the latter as a percentage),
    ``shape``, ``seconds``, ``elasticity`` or ``value`` (of a knob, with every digit); or, of what is measured, ``ms``,
    ``hours``, ``images/s``, ``ratio``.
    """

    key: str
    title: str
    unit: str = ""


class Remark(str):
    """A note about these very numbers, such as a total or a reason for a blank: shown however long it is."""


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

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a DataFrame under the keys of the columns, numbers raw; without the total, which a sum would add.

        Whole numbers are ``int64``, or ``Int64`` where some are absent, and objects beyond 64 bits, or beyond 53
        beside fractions; shapes are tuples. ``attrs`` hold the title, units, total, notes and ``about``.
        """
        import pandas

        frame = pandas.DataFrame({column.key: _series(self.rows, column.key) for column in self.columns})
        frame.attrs = {
            "title": self.title,
            "units": {column.key: column.unit for column in self.columns},
            "total": None if self.total is None else dict(self.total),
            "notes": list(self.notes),
            "about": dict(self.about),
        }
        return frame


def _series(rows: Sequence[Mapping[str, Cell]], key: str) -> pandas.Series[Any]:
    import pandas

    values = [row.get(key) for row in rows]
    kinds = {type(value) for value in values if value is not None}
    absent = any(value is None for value in values)
    dtype = None
    if kinds == {int}:
        fits = all(value is None or -(2**63) <= value < 2**63 for value in values)
        dtype = ("Int64" if absent else "int64") if fits else "object"
    elif kinds == {bool}:
        dtype = "boolean" if absent else "bool"
    elif kinds and kinds <= {int, float}:
        exact = all(not isinstance(value, int) or abs(value) <= 2**53 for value in values)
        dtype = "float64" if exact else "object"
    return pandas.Series(values, dtype=dtype)
