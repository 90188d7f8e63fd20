"""The chart of published accuracies over cost, as papers draw it: a point for each variant."""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, Chart, altair, data, finished
from costcalc.outputs.units import count, heading, line
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table, cost: str) -> Chart:
    """A point for each row of ``table`` (``variant``, ``family``, ``document``, ``published``, ``mine``) over ``cost``.

    ``cost`` is the key of the column of the x axis, which is logarithmic. Rows that are ``mine`` get a ring and their
    name; families beyond the eighth share one colour.
    """
    alt = altair()
    title = {column.key: heading(column) for column in table.columns}
    families = list(dict.fromkeys(line(row["family"]) for row in table.rows))
    least, most = (pick((row[cost] for row in table.rows), default=1) for pick in (min, max))
    rows = [
        {
            "variant": line(row["variant"]),
            "family": line(row["family"]),
            "document": line(row["document"]),
            "published": row["published"],
            "cost": row[cost],
            "shown": count(row[cost]),
            "mine": row["mine"],
            "side": "left" if row[cost] ** 3 < least * least * most else "right",
        }
        for row in table.rows
    ]
    colours = [SERIES[place] if place < len(SERIES) else MUTED for place in range(len(families))]
    x = alt.X("cost:Q", title=title[cost], scale=alt.Scale(type="log", nice=False, padding=14))
    x.axis = alt.Axis(format="~s", tickCount=5, grid=False)
    y = alt.Y("published:Q", title=title["published"], scale=alt.Scale(zero=False, padding=14))
    legend = alt.Legend(columns=2, columnPadding=24, labelLimit=150)
    color = alt.Color("family:N", sort=families, scale=alt.Scale(domain=families, range=colours), legend=legend)
    base = alt.Chart(data(rows)).encode(x=x, y=y)
    points = (
        base.properties(name="published")
        .mark_circle(size=46, opacity=1)
        .encode(
            color=color,
            tooltip=[alt.Tooltip(f"{key}:N") for key in ("variant", "document", "published", "shown")],
        )
    )
    mine = base.transform_filter("datum.mine")
    rings = mine.properties(name="mine").mark_point(size=150, color=ACCENT, strokeWidth=1.6, filled=False)
    side, away = {"expr": "datum.side"}, {"expr": "datum.side == 'left' ? 8 : -8"}
    text = {"align": side, "dx": away, "dy": -9, "color": INK, "fontSize": 11, "limit": 180}
    names = mine.properties(name="names").mark_text(**text).encode(text="variant:N")
    return finished(alt.layer(points, rings, names), table.title, height=320)
