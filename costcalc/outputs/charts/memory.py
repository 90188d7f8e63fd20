"""The chart of live bytes, step by step."""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, SERIES, Chart, altair, data, finished
from costcalc.outputs.units import count, line
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table) -> Chart:
    """A bar for each step of ``table`` (``step``, ``operation``, ``live`` bytes), the first of the greatest marked."""
    alt = altair()
    peak = max((row["live"] for row in table.rows), default=0)
    first = next((row["step"] for row in table.rows if row["live"] == peak), None)
    rows = [
        {
            "from": row["step"] - 0.5,
            "to": row["step"] + 0.5,
            "step": row["step"],
            "operation": line(row["operation"]),
            "live": row["live"],
            "bytes": f"{count(row['live'])} bytes",
            "peak": row["step"] == first,
        }
        for row in table.rows
    ]
    top = alt.Scale(domain=[0, 1.12 * peak or 1], nice=False)
    units = alt.Axis(labelExpr="format(datum.value, '~s') + 'B'", tickCount=5)
    x = alt.X("from:Q", title="Step of the run", axis=alt.Axis(format="d", grid=False), scale=alt.Scale(nice=False))
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
    right = first is not None and first > len(rows) / 2
    label = (
        alt.Chart(data([row for row in rows if row["peak"]]), name="peak")
        .transform_calculate(label="'peak: ' + datum.bytes")
        .mark_text(align="right" if right else "left", baseline="bottom", dy=-3, color=ACCENT, fontSize=11)
        .encode(x=alt.X("step:Q"), y=y, text="label:N")
    )
    return finished(alt.layer(bars, label), table.title, height=220)
