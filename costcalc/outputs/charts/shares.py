"""The chart of shares: how much of the whole is in each row, for several quantities side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.outputs.charts.base import SERIES, Chart, channel, data, finished
from costcalc.outputs.units import line, share
from costcalc.table import Table

__all__ = ["MOST", "chart"]

MOST = 60
"""A chart with more bars than this is read by nobody: of more rows, those with the greatest shares are drawn."""


def chart(table: Table) -> Chart:
    """A bar for each row of ``table`` and each of its columns of shares; the first column names the rows.

    Of more than `MOST` rows the greatest are drawn, and the sum of the others as the last.
    """
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
        for place, row in enumerate(_greatest(table.rows, name.key, [column.key for column in columns]))
        for column, title in zip(columns, titles, strict=True)
        if row.get(column.key) is not None
    ]
    bars = {
        "name": "shares",
        "data": data(rows),
        "mark": {"type": "bar"},
        "height": {"step": 8},
        "encoding": {
            "x": channel("share:Q", title="Share of the whole", axis={"format": "%", "tickCount": 5}),
            "y": channel(
                "name:N",
                title=None,
                sort={"field": "place", "op": "min"},
                axis={"labelLimit": 110, "labelPadding": 6, "minExtent": 90},
            ),
            "yOffset": channel("of:N", sort=titles),
            "color": channel(
                "of:N",
                sort=titles,
                scale={"domain": titles, "range": SERIES[: len(titles)]},
                legend={"columns": 3, "columnPadding": 24, "labelLimit": 90},
            ),
            "tooltip": [channel(field) for field in ("name:N", "of:N", "shown:N")],
        },
    }
    return finished(bars, table.title)


def _greatest(rows: Sequence[Mapping[str, Any]], name: str, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """At most `MOST` of ``rows``, in their order: those with the greatest share of anything; and all others as one."""
    if len(rows) <= MOST:
        return rows
    order = sorted(range(len(rows)), key=lambda place: -max(rows[place].get(key) or 0 for key in keys))
    kept = set(order[: MOST - 1])
    others = [row for place, row in enumerate(rows) if place not in kept]
    rest = {key: min(1.0, sum(row.get(key) or 0 for row in others)) for key in keys}
    return [*(rows[place] for place in sorted(kept)), {name: f"{len(others):,} others", **rest}]
