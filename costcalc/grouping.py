"""Numbers of nodes as the rows of a table: sums by stage, layer or type of layer, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from costcalc.dims import Dim
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, Node
from costcalc.table import Column, Table
from costcalc.words import one_of

__all__ = ["GROUPINGS", "SHARE", "Counts", "Derive", "grouped", "named", "share_of"]

GROUPINGS: Mapping[str, Callable[[Node], str]] = {
    "stage": lambda node: node.stage,
    "layer": lambda node: node.path,
    "type": lambda node: node.layer.type,
}
"""How rows are formed, and the row that a node belongs to."""

SHARE = Column("share", "Share", "share")
"""The column that `share_of` fills."""

Counts = Mapping[str, Dim]
"""Numbers by the key of their column; what is absent is zero."""

Derive = Callable[[Counts, Counts], Mapping[str, Any]]
"""What follows from the sums of a row and from those of the whole: shares, ratios."""


def grouped(
    graphs: Sequence[Graph],
    measure: Callable[[Graph], Sequence[Counts]],
    columns: Sequence[Column],
    *,
    title: str,
    by: str = "stage",
    top: int | None = None,
    rank: str | None = None,
    peaks: Collection[str] = (),
    derive: Derive | None = None,
    notes: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> Table:
    """A row for each stage, layer or type, and for each graph the ``columns``: sums of what ``measure`` counts.

    ``measure`` gives the counts of every node of a graph; of those called in ``peaks`` a row has the greatest. With
    ``derive`` come the cells that follow from these. ``top`` keeps the rows with the most in the column ``rank`` (the
    first by default) and adds up the others. With several graphs the keys and titles of columns begin with the graph's
    name. Raises UsageError for an unknown ``by``, a ``top`` below 1, graphs of one name.
    """
    one_of("by =", by, GROUPINGS)
    if top is not None and top < 1:
        raise UsageError(f"top = {top}: must be at least 1")
    for index, graph in enumerate(graphs):
        if graph.name in {other.name for other in graphs[:index]}:
            hint = 'graph._replace(name="...") gives one another name'
            raise UsageError(f"two graphs are called {shown(graph.name)}: a table could not tell them apart", hint=hint)
    sums = [_sums(graph, measure(graph), GROUPINGS[by], peaks) for graph in graphs]
    totals = [_added(rows.values(), peaks) for rows in sums]
    keys = list(dict.fromkeys(key for rows in sums for key in rows))
    if top is not None:
        first = rank or columns[0].key
        keys.sort(key=lambda key: -max(rows.get(key, {}).get(first, 0) for rows in sums))
    kept = keys if top is None else keys[:top]
    several = len(graphs) > 1
    prefixes = [f"{graph.name}." if several else "" for graph in graphs]
    keyed = [[(f"{prefix}{column.key}", column.key) for column in columns] for prefix in prefixes]
    zeros = dict.fromkeys((column.key for column in columns), 0)

    def row(name: str, counts: Sequence[Counts | None]) -> dict[str, Any]:
        cells: dict[str, Any] = {"name": name}
        for pairs, count, total in zip(keyed, counts, totals, strict=True):
            if count is not None:
                values = {**zeros, **count, **({} if derive is None else derive(count, total))}
                for cell, key in pairs:
                    cells[cell] = values[key]
        return cells

    rows = [row(key, [groups.get(key) for groups in sums]) for key in kept]
    rest = keys[len(kept) :]
    if rest:
        others = f"{len(rest):,} other{'s' if len(rest) > 1 else ''}"
        left = [[groups[key] for key in rest if key in groups] for groups in sums]
        rows.append(row(others, [_added(found, peaks) if found else None for found in left]))
    return Table(
        title=f"{title}: {'; '.join(named(graph) for graph in graphs)}",
        columns=(
            Column("name", by.capitalize()),
            *(
                column._replace(
                    key=f"{prefix}{column.key}", title=f"{graph.name}: {column.title}" if several else column.title
                )
                for graph, prefix in zip(graphs, prefixes, strict=True)
                for column in columns
            ),
        ),
        rows=rows,
        total=row("total", totals),
        notes=notes,
        about={
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
            "by": by,
            **(about or {}),
        },
    )


def named(graph: Graph) -> str:
    """``mobilenetv2 (alpha 1.0, resolution 224)``: the name of ``graph`` and its knobs."""
    knobs = ", ".join(f"{name} {shown(value)}" for name, value in graph.knobs.items())
    return f"{graph.name} ({knobs})" if knobs else graph.name


def share_of(key: str) -> Derive:
    """A cell ``share``: the part of the whole's ``key`` that is in a row; None where the whole has none."""
    return lambda count, total: {"share": count.get(key, 0) / total[key] if total.get(key) else None}


def _sums(
    graph: Graph, counts: Sequence[Counts], group: Callable[[Node], str], peaks: Collection[str]
) -> dict[str, Counts]:
    """The counts of each row. The input is no row."""
    rows: dict[str, list[Counts]] = {}
    for node, numbers in zip(graph.nodes[1:], counts[1:], strict=True):
        rows.setdefault(group(node), []).append(numbers)
    return {name: found[0] if len(found) == 1 else _added(found, peaks) for name, found in rows.items()}


def _added(rows: Iterable[Counts], peaks: Collection[str]) -> dict[str, Dim]:
    total: dict[str, Dim] = {}
    for numbers in rows:
        for key, number in numbers.items():
            total[key] = max(total.get(key, 0), number) if key in peaks else total.get(key, 0) + number
    return total
