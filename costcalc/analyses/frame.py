"""The frame: one row a stage, a layer or a type of layer, one column a quantity, for any list of quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.errors import UsageError
from costcalc.graph import Graph, listed
from costcalc.grouping import Counts, grouped
from costcalc.quantities import Quantity, Setting, notes, quantity
from costcalc.table import Column, Table
from costcalc.words import DTYPES, one_of

__all__ = ["frame"]


def frame(
    graphs: Graph | Sequence[Graph],
    columns: Sequence[str] | Mapping[str, str],
    setting: Setting | None = None,
    *,
    title: str = "Quantities",
    by: str = "stage",
    top: int | None = None,
    shares: Mapping[str, str] | None = None,
    said: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> Table:
    """What each row of the graphs has of the quantities called ``columns``: a sum, a peak, or a ratio of sums.

    A mapping gives the columns keys of their own. ``shares`` are the keys of the columns of which a row's part of the
    whole is shown too, each with the key of that. ``top`` keeps the rows with the most of the first of these (of all
    columns if there are none) and adds up the others. Notes say how each quantity is counted; what is ``said`` follows.
    Raises UsageError for an unknown quantity or ``by``, for a quantity that no layer has for itself, for a batch below
    1, an unknown dtype and a ``top`` below 1.
    """
    graphs = listed(graphs)
    setting = _checked(setting or Setting())
    shares = shares or {}
    if not isinstance(columns, Mapping):
        columns = {key: key for key in columns}
    chosen = {name: quantity(key) for name, key in columns.items()}
    counted = {name: each for name, each in chosen.items() if each.ratio is None}
    for each in chosen.values():
        counted |= {key: quantity(key) for key in each.ratio or ()}

    def measure(graph: Graph) -> list[Counts]:
        numbers = [each.by_node(graph, setting) for each in counted.values()]
        return [dict(zip(counted, of_node, strict=True)) for of_node in zip(*numbers, strict=True)]

    def derive(count: Counts, total: Counts) -> Mapping[str, Any]:
        ratios = {name: _ratio(count, *each.ratio) for name, each in chosen.items() if each.ratio is not None}
        parts = {key: count[name] / total[name] if total[name] else None for name, key in shares.items()}
        return {**ratios, **parts}

    table = grouped(
        graphs,
        measure,
        [*(each.as_column(name) for name, each in chosen.items()), *_shares(chosen, shares)],
        title=title,
        by=by,
        top=top,
        rank=next(iter(shares), None),
        peaks=[name for name, each in counted.items() if each.peak],
        derive=derive,
        notes=[*notes(list(chosen.values()), setting), *said],
    )
    assert table.total is not None
    prefixes = {graph.name: f"{graph.name}." if len(graphs) > 1 else "" for graph in graphs}
    totals = {name: {key: table.total[f"{prefix}{key}"] for key in chosen} for name, prefix in prefixes.items()}
    return table._replace(about={**table.about, "convention": "costcalc", "totals": totals, **(about or {})})


def _checked(setting: Setting) -> Setting:
    if setting.batch < 1:
        raise UsageError(f"batch = {setting.batch}: must be at least 1")
    return setting._replace(dtype=one_of("dtype =", setting.dtype, DTYPES))


def _ratio(count: Counts, above: str, below: str) -> float | None:
    return count[above] / count[below] if count.get(below) else None


def _shares(chosen: Mapping[str, Quantity], shares: Mapping[str, str]) -> list[Column]:
    """A share needs no name where it is the only one."""
    titles = [f"Share of {chosen[name].unit}" for name in shares] if len(shares) > 1 else ["Share"]
    return [Column(key, title, "share") for key, title in zip(shares.values(), titles, strict=False)]
