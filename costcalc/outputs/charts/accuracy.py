"""The chart of published accuracies over cost, as papers draw it: a point for each variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.outputs.charts.base import ACCENT, INK, MUTED, SERIES, Chart, channel, data, finished
from costcalc.outputs.units import count, heading, line
from costcalc.table import Table

__all__ = ["chart"]


def chart(table: Table, cost: str) -> Chart:
    """A point for each row of ``table`` (``variant``, ``family``, ``document``, ``published``, ``mine``) over ``cost``.

    ``cost`` is the key of the column of the x axis, which is logarithmic. Rows that are ``mine`` get a ring and their
    name; families beyond the eighth share one colour.
    """
    title = {column.key: heading(column) for column in table.columns}
    families = list(dict.fromkeys(line(row["family"]) for row in table.rows))
    rows = [
        {
            "variant": line(row["variant"]),
            "family": line(row["family"]),
            "document": line(row["document"]),
            "published": row["published"],
            "cost": row[cost],
            "shown": count(row[cost]),
            "mine": row["mine"],
        }
        for row in table.rows
    ]
    colours = [SERIES[place] if place < len(SERIES) else MUTED for place in range(len(families))]
    at = {
        "x": channel(
            "cost:Q",
            title=title[cost],
            scale={"type": "log", "nice": False, "padding": 14},
            axis={"format": "~s", "tickCount": 5, "grid": False},
        ),
        "y": channel("published:Q", title=title["published"], scale={"zero": False, "padding": 14}),
    }
    points = {
        "name": "published",
        "data": data(rows),
        "mark": {"type": "circle", "size": 46, "opacity": 1},
        "encoding": {
            **at,
            "color": channel(
                "family:N",
                sort=families,
                scale={"domain": families, "range": colours},
                legend={"columns": 2, "columnPadding": 24, "labelLimit": 150},
            ),
            "tooltip": [channel(f"{key}:N") for key in ("variant", "document", "published", "shown")],
        },
    }
    rings = {
        "name": "mine",
        "data": data(rows),
        "transform": [{"filter": "datum.mine"}],
        "mark": {"type": "point", "size": 150, "color": ACCENT, "strokeWidth": 1.6, "filled": False},
        "encoding": at,
    }
    text = {"type": "text", "color": INK, "fontSize": 11, "limit": 180}
    names = [
        {
            "name": name,
            "data": data(each),
            "mark": {**text, "align": align, "dx": dx, "dy": dy},
            "encoding": {**at, "text": channel("variant:N")},
        }
        for each, name, align, dx, dy in _placed(rows)
    ]
    return finished({"layer": [points, rings, *names]}, table.title, height=320)


def _placed(rows: Sequence[Mapping[str, Any]]) -> list[tuple[list[Mapping[str, Any]], str, str, int, int]]:
    """The rows whose name is shown, each variant once, in turn above to the left and below to the right of its point.

    A name that would leave the chart to the left stands on the right.
    """
    shown = {row["variant"]: row for row in sorted(rows, key=lambda row: row["published"]) if row["mine"]}
    least, most = (pick((row["cost"] for row in rows), default=1) for pick in (min, max))
    above: list[Mapping[str, Any]] = []
    below: list[Mapping[str, Any]] = []
    for place, row in enumerate(sorted(shown.values(), key=lambda row: row["cost"])):
        at_the_left = row["cost"] ** 3 < least * least * most
        (below if place % 2 or at_the_left else above).append(row)
    return [(above, "above", "right", -8, -9), (below, "below", "left", 8, 14)]
