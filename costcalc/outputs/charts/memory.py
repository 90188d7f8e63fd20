"""The chart of live bytes, step by step."""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, SERIES, Chart, channel, data, finished
from costcalc.outputs.units import count, line
from costcalc.table import Table

__all__ = ["MOST", "chart"]

MOST = 400
"""How many bars there are at most, about one for a pixel; of more steps, each bar is the greatest of several."""


def chart(table: Table) -> Chart:
    """A bar for each step of ``table`` (``step``, ``operation``, ``live`` bytes), the first of the greatest marked.

    Of more than `MOST` steps a bar is the greatest of several that follow each other.
    """
    size = -(-len(table.rows) // MOST) or 1
    runs = [table.rows[start : start + size] for start in range(0, len(table.rows), size)]
    peak = max((row["live"] for row in table.rows), default=0)
    first = next((row["step"] for row in table.rows if row["live"] == peak), None)
    rows = [
        {
            "from": run[0]["step"] - 0.5,
            "to": run[-1]["step"] + 0.5,
            "step": row["step"],
            "operation": line(row["operation"]),
            "live": row["live"],
            "bytes": f"{count(row['live'])} bytes",
            "peak": row["step"] == first,
        }
        for run in runs
        for row in [max(run, key=lambda row: row["live"])]
    ]
    title = "Step of the run" if size == 1 else f"Step of the run; a bar is the maximum of {size} steps"
    x = channel("from:Q", title=title, axis={"format": "d", "grid": False}, scale={"nice": False})
    y = channel(
        "live:Q",
        title="Live bytes",
        axis={"labelExpr": "format(datum.value, '~s') + 'B'", "tickCount": 5},
        scale={"domain": [0, 1.12 * peak or 1], "nice": False},
    )
    bars = {
        "name": "steps",
        "data": data(rows),
        "mark": {"type": "rect"},
        "encoding": {
            "x": x,
            "x2": {"field": "to"},
            "y": y,
            "y2": {"datum": 0},
            "color": {"condition": {"test": "datum.peak", "value": ACCENT}, "value": SERIES[0]},
            "tooltip": [channel("operation:N"), channel("bytes:N")],
        },
    }
    align = "right" if first is not None and first > len(table.rows) / 2 else "left"
    label = {
        "name": "peak",
        "data": data([row for row in rows if row["peak"]]),
        "transform": [{"calculate": "'peak: ' + datum.bytes", "as": "label"}],
        "mark": {"type": "text", "align": align, "baseline": "bottom", "dy": -3, "color": ACCENT, "fontSize": 11},
        "encoding": {"x": channel("step:Q"), "y": y, "text": channel("label:N")},
    }
    return finished({"layer": [bars, label]}, table.title, height=220)
