"""The chart of shares: how much of the whole is in each row, for several quantities side by side."""

from __future__ import annotations

from costcalc.outputs.charts.base import SERIES, Chart, altair, data, finished
from costcalc.outputs.units import line, share
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table) -> Chart:
    """A bar for each row of ``table`` and each of its columns of shares; the first column names the rows."""
    alt = altair()
    name, *others = table.columns
    columns = [column for column in others if column.unit == "share"]
    titles = [line(column.title).removeprefix("Share of ") for column in columns]
    rows = [
        {
            "place": place,
            "name": line(row[name.key]),
            "of": title,
            "share": row[column.key],
            "shown": share(row[column.key]),
        }
        for place, row in enumerate(table.rows)
        for column, title in zip(columns, titles, strict=True)
        if row.get(column.key) is not None
    ]
    axis = alt.Axis(labelLimit=110, labelPadding=6, minExtent=90)
    bars = (
        alt.Chart(data(rows), name="shares")
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share of the whole", axis=alt.Axis(format="%", tickCount=5)),
            y=alt.Y("name:N", title=None, sort=alt.EncodingSortField("place", op="min"), axis=axis),
            yOffset=alt.YOffset("of:N", sort=titles),
            color=alt.Color(
                "of:N",
                sort=titles,
                scale=alt.Scale(domain=titles, range=list(SERIES[: len(titles)])),
                legend=alt.Legend(columns=3, columnPadding=24, labelLimit=90),
            ),
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip("of:N"), alt.Tooltip("shown:N")],
        )
    )
    return finished(bars.properties(height=alt.Step(8)), table.title)
