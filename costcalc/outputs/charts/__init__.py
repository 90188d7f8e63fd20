"""Tables as charts, a file per chart, written as Vega-Lite and drawn by vl-convert: no browser and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.errors import UsageError, nearest, shown
from costcalc.outputs.charts.base import Chart, pdf, png, svg

if TYPE_CHECKING:
    from costcalc.table import Table

__all__ = ["CHARTS", "chart", "pdf", "png", "svg"]

CHARTS = ("shares", "memory", "accuracy-macs", "accuracy-params", "roofline", "graph")
"""The charts that `chart` knows."""


def chart(name: str, table: Table) -> Chart:
    """The chart called ``name`` of ``table``, which has the columns that the chart's own file says.

    Raises UsageError for a chart that is none of `CHARTS`, MissingError without the extra [plot].
    """
    if name == "shares":
        from costcalc.outputs.charts import shares

        return shares.chart(table)
    if name == "memory":
        from costcalc.outputs.charts import memory

        return memory.chart(table)
    if name in ("accuracy-macs", "accuracy-params"):
        from costcalc.outputs.charts import accuracy

        return accuracy.chart(table, name.removeprefix("accuracy-"))
    if name == "roofline":
        from costcalc.outputs.charts import roofline

        return roofline.chart(table)
    if name == "graph":
        from costcalc.outputs.charts import graph

        return graph.chart(table)
    raise UsageError(f"chart = {shown(name)}: must be one of {', '.join(CHARTS)}", hint=nearest(name, CHARTS))
