"""The table that each chart is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from costcalc.errors import UsageError, nearest, shown
from costcalc.graph import Graph
from costcalc.report import structure, tables
from costcalc.table import Table

__all__ = ["PLOTS", "charted"]


def charted(chart: str, graphs: Sequence[Graph]) -> Table:
    """What the chart called ``chart`` shows of ``graphs``.

    Raises UsageError for an unknown chart, for several graphs where a chart is of one, and where there is nothing to
    show.
    """
    if chart not in PLOTS:
        raise UsageError(f"chart = {shown(chart)}: must be one of {', '.join(PLOTS)}", hint=nearest(chart, PLOTS))
    return PLOTS[chart](graphs)


def _one(chart: str, table: Callable[[Graph], Table]) -> Callable[[Sequence[Graph]], Table]:
    def of(graphs: Sequence[Graph]) -> Table:
        if len(graphs) > 1:
            names = " and ".join(shown(graph.name) for graph in graphs[:2])
            raise UsageError(f"the chart {chart} is of one model, not of {names}")
        return table(graphs[0])

    return of


def _memory(graph: Graph) -> Table:
    from costcalc.analyses.memory.inference import Setting, timeline

    return timeline(graph, Setting())


def _steps(graph: Graph) -> Table:
    table = structure.steps(graph)
    if len(table.rows) > structure.LIMIT:
        most = f"more than a picture of {structure.LIMIT} can show"
        raise UsageError(f"{shown(graph.name)} has {len(table.rows):,} steps, {most}")
    return table


def _accuracy(graphs: Sequence[Graph]) -> Table:
    from costcalc.report.accuracy import accuracies

    found = accuracies(graphs)
    if not found:
        names = " or ".join(shown(graph.name) for graph in graphs)
        raise UsageError(f"no document of specs/papers publishes an accuracy of {names} at these knobs")
    return found[0]


PLOTS: Mapping[str, Callable[[Sequence[Graph]], Table]] = {
    "shares": _one("shares", tables.shares),
    "memory": _one("memory", _memory),
    "accuracy-macs": _accuracy,
    "accuracy-params": _accuracy,
    "graph": _one("graph", _steps),
}
"""What each chart shows, by the chart's name."""
