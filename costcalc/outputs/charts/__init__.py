"""Tables as charts, a file per chart, written as Vega-Lite and drawn by vl-convert: no browser and no network."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from costcalc.errors import UsageError, nearest, shown
from costcalc.outputs.charts.base import Chart, pdf, png, svg

if TYPE_CHECKING:
    from costcalc.table import Table

__all__ = ["CHARTS", "chart", "pdf", "png", "svg"]

CHARTS = ("shares", "memory", "accuracy-macs", "accuracy-params", "roofline", "graph")
"""The charts that `chart` knows: the name of a file here, and after a - the column that it is drawn over."""


def chart(name: str, table: Table) -> Chart:
    """The chart called ``name`` of ``table``, which has the columns that the chart's own file says.

    Raises UsageError for a chart that is none of `CHARTS`, MissingError without the extra [plot].
    """
    if name not in CHARTS:
        raise UsageError(f"chart = {shown(name)}: must be one of {', '.join(CHARTS)}", hint=nearest(name, CHARTS))
    file, _, column = name.partition("-")
    made: Chart = import_module(f"{__name__}.{file}").chart(table, *filter(None, [column]))
    return made
