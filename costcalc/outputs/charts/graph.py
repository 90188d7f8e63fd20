"""The picture of a graph: its steps from top to bottom, tensors as lines, sizes and work beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, WIDTH, Chart, altair, data, finished
from costcalc.outputs.charts.lanes import lanes
from costcalc.outputs.units import cell, line, share
from costcalc.table import Table

__all__ = ["chart"]

_ROW = 17
_LANE = 12
_SHAPE = 300
_BAR = (310, 352)


def chart(table: Table) -> Chart:
    """A row for each row of ``table``: ``name``, ``inputs`` (the numbers of earlier rows), ``shape``, ``share``."""
    alt = altair()
    inputs = [row["inputs"] for row in table.rows]
    places = lanes(inputs)
    step = min(_LANE, 120 / (max(places, default=0) + 1))
    text = 12 + step * (max(places, default=0) + 1)
    rows: list[dict[str, Any]] = [
        {
            "row": number,
            "x": 8 + step * lane,
            "name": line(row["name"]),
            "shape": cell(row["shape"]),
            "share": row["share"] or 0,
            "percent": "" if row["share"] is None else share(row["share"]),
            "start": _BAR[0],
            "end": _BAR[0] + (_BAR[1] - _BAR[0]) * (row["share"] or 0) / _most(table.rows),
            "text": text,
            "middle": _SHAPE,
            "right": WIDTH - 6,
            "merges": len(row["inputs"]) > 1,
        }
        for number, (row, lane) in enumerate(zip(table.rows, places, strict=True))
    ]

    def at(field: str) -> Any:
        return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH - 4], nice=False, zero=False))

    y = alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[len(rows) - 0.4, -1.6], nice=False, zero=False))
    lines = (
        alt.Chart(data(_lines(inputs, [row["x"] for row in rows])), name="edges")
        .mark_line(color=MUTED, strokeWidth=1.3, strokeJoin="round")
        .encode(x=at("x"), y=y, detail="edge:N", order="order:Q")
    )
    base = alt.Chart(data(rows))
    nodes = (
        base.properties(name="nodes")
        .mark_circle(size=44, opacity=1)
        .encode(x=at("x"), y=y, color=alt.condition("datum.merges", alt.value(ACCENT), alt.value(SERIES[0])))
    )
    bars = (
        base.properties(name="work")
        .transform_filter("datum.share > 0")
        .mark_rect(height=8, color=SERIES[0])
        .encode(x=at("start"), x2="end:Q", y=y)
    )

    def column(field: str, place: str, align: str, color: str, limit: float = 120) -> Any:
        mark = base.properties(name=f"{field}s").mark_text(align=align, color=color, fontSize=11, limit=limit)
        return mark.encode(x=at(place), y=y, text=f"{field}:N")

    texts = [
        column("name", "text", "left", INK, limit=_SHAPE - 85 - text),
        column("shape", "middle", "right", MUTED),
        column("percent", "right", "right", MUTED),
    ]
    heads = [
        {"row": -1, "x": text, "title": "Layers"},
        {"row": -1, "x": _SHAPE - 36, "title": "Output"},
        {"row": -1, "x": _BAR[0], "title": "Share of MACs"},
    ]
    head = (
        alt.Chart(data(heads), name="heads")
        .mark_text(align="left", color=MUTED, fontSize=11, fontStyle="italic")
        .encode(x=at("x"), y=y, text="title:N")
    )
    return finished(alt.layer(lines, nodes, bars, *texts, head), table.title, height=_ROW * (len(rows) + 1) + 8)


def _lines(inputs: Sequence[Sequence[int]], x: Sequence[float]) -> list[dict[str, Any]]:
    """The corners of every line: down the lane of the tensor, and over to who reads it."""
    corners = []
    for place, sources in enumerate(inputs):
        for source in dict.fromkeys(sources):
            path = [(x[source], float(source)), (x[source], place - 0.75), (x[place], float(place))]
            for order, (across, down) in enumerate(path):
                corners.append({"edge": f"{source}-{place}", "order": order, "x": across, "row": down})
    return corners


def _most(rows: Sequence[Mapping[str, Any]]) -> float:
    return max((row["share"] or 0 for row in rows), default=0) or 1
