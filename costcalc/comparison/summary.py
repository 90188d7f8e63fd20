"""The figures of several models beside those of the first: absolute, difference, percent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.grouping import named
from costcalc.table import Column, Table

__all__ = ["Compared", "summary"]


class Compared(NamedTuple):
    """A quantity and what each model has of it, exact where it is an int or a fraction; None: nothing is known."""

    key: str
    title: str
    unit: str
    values: Sequence[int | Fraction | float | None]


def summary(graphs: Sequence[Graph], figures: Sequence[Compared], notes: Sequence[str] = ()) -> Table:
    """A row for each of ``figures``: its value in every graph, and the difference to the first, also in percent.

    Raises UsageError for fewer than two graphs, and for two of one name.
    """
    names = [graph.name for graph in graphs]
    if len(names) < 2:
        raise UsageError("a comparison requires at least two models")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise UsageError(f"two models are named {shown(name)}: rename one of them")
    columns = [Column("title", "Quantity"), Column("unit", "Unit"), Column(f"{names[0]}.value", names[0], "count")]
    for name in names[1:]:
        prefix = f"{name}: " if len(names) > 2 else ""
        columns.append(Column(f"{name}.value", name, "count"))
        columns.append(Column(f"{name}.difference", f"{prefix}Difference", "difference"))
        columns.append(Column(f"{name}.change", f"{prefix}Change", "change"))
    return Table(
        title=f"Comparison: {'; '.join(named(graph) for graph in graphs)}",
        columns=columns,
        rows=[_row(names, figure) for figure in figures],
        notes=notes,
        about={
            "base": names[0],
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
            "quantities": [figure.key for figure in figures],
        },
    )


def _row(names: Sequence[str], figure: Compared) -> dict[str, Any]:
    row: dict[str, Any] = {"title": figure.title, "unit": figure.unit}
    base = figure.values[0]
    for name, value in zip(names, figure.values, strict=True):
        row[f"{name}.value"] = _cell(value)
        if name != names[0] and base is not None and value is not None:
            row[f"{name}.difference"] = _cell(value - base)
            row[f"{name}.change"] = float(Fraction(value - base) / Fraction(base)) if base else None
    return row


def _cell(value: int | Fraction | float | None) -> int | float | None:
    return float(value) if isinstance(value, Fraction) else value
