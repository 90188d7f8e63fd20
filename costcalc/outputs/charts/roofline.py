"""The roofline: what a machine can do at most for work of an intensity, and what was measured below it.

Source: Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model.
"""

from __future__ import annotations

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, Chart, channel, data, finished
from costcalc.outputs.units import line
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table) -> Chart:
    """A point for each row of ``table`` (``name``, ``kind``, ``intensity``, ``attained`` a second), below the roofs.

    ``about["roofs"]`` has the FLOPs a second of each roof by its name, ``about["bandwidth"]`` the bytes a second. Rows
    of the kind ``model`` get their name.
    """
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
    ends = [{"roof": line(name), "intensity": right, "attained": roof} for name, roof in roofs.items()]
    grid = {"tickCount": 5, "grid": False}
    at = {
        "x": channel(
            "intensity:Q",
            title="FLOPs per byte moved",
            scale={"type": "log", "domain": [left, right], "nice": False},
            axis={"format": "~g", **grid},
        ),
        "y": channel(
            "attained:Q",
            title="FLOP/s",
            scale={"type": "log", "nice": False, "padding": 12},
            axis={"format": "~s", **grid},
        ),
    }
    over = {
        "name": "roofs",
        "data": data(lines),
        "mark": {"type": "line", "color": MUTED, "strokeWidth": 1.6},
        "encoding": {**at, "detail": channel("roof:N"), "order": channel("order:Q")},
    }
    points = {
        "name": "measured",
        "data": data(rows),
        "mark": {"type": "circle", "size": 34, "opacity": 1},
        "encoding": {
            **at,
            "color": channel(
                "kind:N", scale={"domain": list(kinds), "range": list(kinds.values())}, legend={"columns": 2}
            ),
            "tooltip": [channel(field) for field in ("name:N", "intensity:Q", "attained:Q")],
        },
    }
    names = {
        "name": "names",
        "data": data(rows),
        "transform": [{"filter": "datum.kind == 'model'"}],
        "mark": {"type": "text", "dy": 16, "color": INK, "fontSize": 11, "limit": 180},
        "encoding": {**at, "text": channel("name:N")},
    }
    titles = {
        "name": "titles",
        "data": data(ends),
        "mark": {"type": "text", "align": "right", "dy": -7, "color": MUTED, "fontSize": 11},
        "encoding": {**at, "text": channel("roof:N")},
    }
    return finished({"layer": [over, points, names, titles]}, table.title, height=320)
