"""The roofline: what a machine can do at most for work of an intensity, and what was measured below it.

Source: Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model.
"""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, Chart, altair, data, finished
from costcalc.outputs.units import line
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table) -> Chart:
    """A point for each row of ``table`` (``name``, ``kind``, ``intensity``, ``attained`` a second), below the roofs.

    ``about["roofs"]`` has the FLOPs a second of each roof by its name, ``about["bandwidth"]`` the bytes a second. Rows
    of the kind ``model`` get their name.
    """
    alt = altair()
    bandwidth, roofs = table.about["bandwidth"], table.about["roofs"]
    ridges = [roof / bandwidth for roof in roofs.values()]
    intensities = [row["intensity"] for row in table.rows]
    left, right = min([*intensities, *ridges]) / 3, max([*intensities, *ridges]) * 3
    lines = [
        {"roof": line(name), "order": order, "intensity": at, "attained": min(roof, bandwidth * at)}
        for name, roof in roofs.items()
        for order, at in enumerate((left, roof / bandwidth, right))
    ]
    rows = [{**row, "name": line(row["name"])} for row in table.rows]
    kinds = {"layer": SERIES[0], "model": ACCENT}
    x = alt.X(
        "intensity:Q", title="FLOPs per byte moved", scale=alt.Scale(type="log", domain=[left, right], nice=False)
    )
    x.axis = alt.Axis(format="~g", tickCount=5, grid=False)
    y = alt.Y("attained:Q", title="FLOPs a second", scale=alt.Scale(type="log", nice=False, padding=12))
    y.axis = alt.Axis(format="~s", tickCount=5, grid=False)
    over = alt.Chart(data(lines), name="roofs").mark_line(color=MUTED, strokeWidth=1.6)
    base = alt.Chart(data(rows)).encode(x=x, y=y)
    points = (
        base.properties(name="measured")
        .mark_circle(size=34, opacity=1)
        .encode(
            color=alt.Color(
                "kind:N", scale=alt.Scale(domain=list(kinds), range=list(kinds.values())), legend=alt.Legend(columns=2)
            ),
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip("intensity:Q"), alt.Tooltip("attained:Q")],
        )
    )
    named = base.transform_filter("datum.kind == 'model'").properties(name="names")
    names = named.mark_text(dy=16, color=INK, fontSize=11, limit=180).encode(text="name:N")
    ends = [{"roof": line(name), "intensity": right, "attained": roof} for name, roof in roofs.items()]
    titles = alt.Chart(data(ends), name="titles").mark_text(align="right", dy=-7, color=MUTED, fontSize=11)
    parts = [over.encode(x=x, y=y, detail="roof:N", order="order:Q"), points, names]
    return finished(alt.layer(*parts, titles.encode(x=x, y=y, text="roof:N")), table.title, height=320)
