"""The picture of a graph: its steps from top to bottom, tensors as lines, sizes and work beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, WIDTH, Chart, channel, data, finished
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

    y = channel("row:Q", axis=None, scale={"domain": [len(rows) - 0.4, -1.6], "nice": False, "zero": False})

    def at(field: str) -> dict[str, Any]:
        scale = {"domain": [0, WIDTH - 4], "nice": False, "zero": False}
        return {"x": channel(f"{field}:Q", axis=None, scale=scale), "y": y}

    edges = {
        "name": "edges",
        "data": data(_lines(inputs, [row["x"] for row in rows])),
        "mark": {"type": "line", "color": MUTED, "strokeWidth": 1.3, "strokeJoin": "round"},
        "encoding": {**at("x"), "detail": channel("edge:N"), "order": channel("order:Q")},
    }
    colour = {"condition": {"test": "datum.merges", "value": ACCENT}, "value": SERIES[0]}
    nodes = {
        "name": "nodes",
        "data": data(rows),
        "mark": {"type": "circle", "size": 44, "opacity": 1},
        "encoding": {**at("x"), "color": colour},
    }
    bars = {
        "name": "work",
        "data": data(rows),
        "transform": [{"filter": "datum.share > 0"}],
        "mark": {"type": "rect", "height": 8, "color": SERIES[0]},
        "encoding": {**at("start"), "x2": {"field": "end"}},
    }

    def column(field: str, place: str, align: str, color: str, limit: float = 120) -> Chart:
        return {
            "name": f"{field}s",
            "data": data(rows),
            "mark": {"type": "text", "align": align, "color": color, "fontSize": 11, "limit": limit},
            "encoding": {**at(place), "text": channel(f"{field}:N")},
        }

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
    head = {
        "name": "heads",
        "data": data(heads),
        "mark": {"type": "text", "align": "left", "color": MUTED, "fontSize": 11, "fontStyle": "italic"},
        "encoding": {**at("x"), "text": channel("title:N")},
    }
    layers = [edges, nodes, bars, *texts, head]
    return finished({"layer": layers}, table.title, height=_ROW * (len(rows) + 1) + 8)


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
