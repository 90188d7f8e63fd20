"""The chart of live bytes, step by step."""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, SERIES, Chart, altair, data, finished
from costcalc.outputs.units import count, line
from costcalc.table import Table

__all__ = ["MOST", "chart"]

MOST = 400
"""How many bars there are at most, about one for a pixel; of more steps, each bar is the greatest of several."""


def chart(table: Table) -> Chart:
    """A bar for each step of ``table`` (``step``, ``operation``, ``live`` bytes), the first of the greatest marked.

    Of more than `MOST` steps a bar is the greatest of several that follow each other.
    """
    alt = altair()
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
    title = "Step of the run" if size == 1 else f"Step of the run; a bar is the greatest of {size} steps"
    top = alt.Scale(domain=[0, 1.12 * peak or 1], nice=False)
    units = alt.Axis(labelExpr="format(datum.value, '~s') + 'B'", tickCount=5)
    x = alt.X("from:Q", title=title, axis=alt.Axis(format="d", grid=False), scale=alt.Scale(nice=False))
    y = alt.Y("live:Q", title="Live bytes", axis=units, scale=top)
    bars = (
        alt.Chart(data(rows), name="steps")
        .mark_rect()
        .encode(
            x=x,
            x2="to:Q",
            y=y,
            y2=alt.datum(0),
            color=alt.condition("datum.peak", alt.value(ACCENT), alt.value(SERIES[0])),
            tooltip=[alt.Tooltip("operation:N"), alt.Tooltip("bytes:N")],
        )
    )
    right = first is not None and first > len(table.rows) / 2
    label = (
        alt.Chart(data([row for row in rows if row["peak"]]), name="peak")
        .transform_calculate(label="'peak: ' + datum.bytes")
        .mark_text(align="right" if right else "left", baseline="bottom", dy=-3, color=ACCENT, fontSize=11)
        .encode(x=alt.X("step:Q"), y=y, text="label:N")
    )
    return finished(alt.layer(bars, label), table.title, height=220)
