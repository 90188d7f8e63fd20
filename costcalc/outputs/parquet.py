"""A table as parquet: raw numbers with their types, and what the table says of them as the file's metadata."""

from __future__ import annotations

from io import BytesIO

from costcalc.errors import UsageError
from costcalc.extras import require
from costcalc.outputs import json_
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table) -> bytes:
    """The rows of ``table`` as a parquet file; a shape is a list.

    ``pandas.read_parquet`` finds title, units, total, notes and ``about`` in ``attrs``. Raises MissingError without
    the extra [plot], UsageError for whole numbers beyond 64 bits, which parquet has no type for.
    """
    require("pyarrow", "plot")
    frame = table.to_pandas()
    frame.attrs = json_.plain(frame.attrs)
    for column in table.columns:
        if any(isinstance(row.get(column.key), int) and abs(row[column.key]) >= 2**63 for row in table.rows):
            raise UsageError(f"parquet has no whole numbers beyond 64 bits: {column.title} has some", hint="csv has")
    stream = BytesIO()
    frame.to_parquet(stream, engine="pyarrow", index=False)
    return stream.getvalue()
