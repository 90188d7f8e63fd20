"""Forward and backward times over image resolutions, a row for each model: as Mehta 2018's Figure 6 has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.device.measured import Measured, beside, circumstances, identity
from costcalc.device.results import Results
from costcalc.table import Column, Table

__all__ = ["figure"]


def figure(results: Results, found: Sequence[Measured]) -> Table:
    """Median milliseconds: a column for each resolution and pass, a row for each model at its batch, dtype and mode."""
    columns: dict[str, Column] = {}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    named = identity([each.cell for each in found], without=("resolution", "work"))
    for each in found:
        cell = each.cell
        key = f"{cell.resolution}.{cell.work}"
        size = "" if cell.resolution is None else f"{cell.resolution}: "
        columns.setdefault(key, Column(key, f"{size}{cell.work}", "ms"))
        values = beside(cell)
        row = rows.setdefault(tuple(values[column.key] for column in named), {k.key: values[k.key] for k in named})
        row[key] = each.ms
    return Table(
        title="Time by resolution",
        columns=(*named, *columns.values()),
        rows=list(rows.values()),
        notes=circumstances(results, [each.cell for each in found]),
        about={"quantity": "times", "environment": results.header.environment.model_dump()},
    )
