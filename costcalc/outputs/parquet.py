"""A table as parquet: raw numbers with their types, and what the table says of them as the file's metadata."""

from __future__ import annotations

from io import BytesIO

from costcalc.errors import CostcalcError, UsageError, quoted
from costcalc.extras import require
from costcalc.outputs import json_
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table) -> bytes:
    """The rows of ``table`` as a parquet file; a shape is a list.

    ``pandas.read_parquet`` finds title, units, total, notes and ``about`` in ``attrs``. Raises MissingError without
    the extra [plot], UsageError for whole numbers beyond 64 bits, which parquet has no type for, and for those beyond
    53 bits in a column of fractions, which would lose digits.
    """
    pyarrow = require("pyarrow", "plot")
    for column in table.columns:
        values = [row.get(column.key) for row in table.rows]
        numbers = [dim for value in values for dim in (value if isinstance(value, tuple) else (value,))]
        if any(isinstance(number, int) and abs(number) >= 2**63 for number in numbers):
            raise UsageError(f"parquet has no integers beyond 64 bits: column {column.title} has some", hint="csv has")
        if any(isinstance(number, float) for number in numbers) and any(
            isinstance(number, int) and abs(number) > 2**53 for number in numbers
        ):
            message = f"parquet cannot mix integers beyond 53 bits with fractions: column {column.title} has both"
            raise UsageError(message, hint="csv has")
    frame = table.to_pandas()
    frame.attrs = json_.plain(frame.attrs)
    stream = BytesIO()
    try:
        frame.to_parquet(stream, engine="pyarrow", index=False)
    except (pyarrow.ArrowException, UnicodeEncodeError) as error:
        raise CostcalcError(f"cannot write the table as parquet: {quoted('pyarrow', error)}") from error
    return stream.getvalue()
