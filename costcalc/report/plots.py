"""The table that each chart is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.outputs.charts import CHARTS
from costcalc.report import structure, tables
from costcalc.table import Table
from costcalc.words import one_of

if TYPE_CHECKING:
    from costcalc.report.roofline import Measurements

__all__ = ["NO_ROOFLINE", "charted"]


def charted(chart: str, graphs: Sequence[Graph], measured: Measurements | None = None) -> Table:
    """What the chart called ``chart`` shows of ``graphs``; the roofline, of what was ``measured`` of them.

    Raises UsageError for an unknown chart, for several graphs where a chart is of one, and where there is nothing to
    show.
    """
    one_of("chart =", chart, CHARTS)
    return _roofline(graphs, measured) if chart == "roofline" else _UNMEASURED[chart](graphs)


def _one(chart: str, table: Callable[[Graph], Table]) -> Callable[[Sequence[Graph]], Table]:
    def of(graphs: Sequence[Graph]) -> Table:
        if len(graphs) > 1:
            names = " and ".join(shown(graph.name) for graph in graphs[:2])
            raise UsageError(f"chart {chart} takes exactly one model, not {names}")
        return table(graphs[0])

    return of


def _memory(graph: Graph) -> Table:
    from costcalc.memory.inference import Inference, timeline

    return timeline(graph, Inference())


def _accuracy(graphs: Sequence[Graph]) -> Table:
    from costcalc.report.accuracy import accuracies

    found = accuracies(graphs)
    if not found:
        names = " or ".join(shown(graph.name) for graph in graphs)
        raise UsageError(f"no document of specs/papers publishes an accuracy of {names} at these knobs")
    return found[0]


def _roofline(graphs: Sequence[Graph], measured: Measurements | None) -> Table:
    if measured is None:
        raise UsageError(NO_ROOFLINE)
    from costcalc.report.roofline import roofline

    table = roofline(measured, graphs)
    if table is None:
        names = " or ".join(shown(graph.name) for graph in graphs)
        raise UsageError(f"no measured inference of {names} at these knobs", file=measured.results.file)
    return table


NO_ROOFLINE = (
    "a roofline requires measurements: --results FILE, written by costcalc bench --results FILE, "
    "and --ceilings FILE, written by costcalc roofline --save FILE"
)

_UNMEASURED: Mapping[str, Callable[[Sequence[Graph]], Table]] = {
    "shares": _one("shares", tables.shares),
    "memory": _one("memory", _memory),
    "accuracy-macs": _accuracy,
    "accuracy-params": _accuracy,
    "graph": _one("graph", structure.steps),
}
"""What each chart shows that needs no measurement, by its name."""
