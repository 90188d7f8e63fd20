"""The time of each layer, stage or type of layer, beside its floor."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from costcalc.device.floors import floors
from costcalc.device.measured import PASSES
from costcalc.device.results import Ceilings, Results
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.grouping import Counts, grouped
from costcalc.table import Column, Table

__all__ = ["layers"]

TIME = (Column("time", "Time", "ms"), Column("part", "Part", "share"))
ROOFLINE = (Column("floor", "Floor", "ms"), Column("share", "Share", "share"), Column("bound", "Bound"))


def layers(
    results: Results,
    index: int,
    graph: Graph,
    ceilings: Ceilings | None,
    *,
    by: str = "layer",
    top: int | None = None,
) -> Table:
    """The cell number ``index``, which was timed by layer: the time of each row, its part of the whole, its floor.

    A layer's time is the median over rounds, each the median of its runs. Raises UsageError for an unknown ``by``,
    CostcalcError for a round that lacks a layer of ``graph``.
    """
    cell = results.cells[index]
    times = _times(results, index, graph)
    known = ceilings if ceilings is not None and cell.dtype in ceilings.products else None
    parts = floors(graph, known, batch=cell.batch, dtype=cell.dtype) if known else None

    def measure(graph: Graph) -> list[Counts]:
        counts: list[Counts] = []
        for number, time in enumerate(times):
            count: dict[str, Any] = {"time": 1000 * time}
            if parts is not None:
                count |= {"floor": 1000 * parts[number].floor, "memory_bound": 1000 * parts[number].bound}
            counts.append(count)
        return counts

    notes = [f"{cell.label}: {PASSES[cell.work].partition(': ')[2]}. Part: of the sum of all layers' times."]
    return grouped(
        [graph],
        measure,
        TIME if parts is None else (*TIME, *ROOFLINE),
        title=f"Time by {by}",
        by=by,
        top=top,
        derive=_derived,
        notes=notes,
        about={"quantity": "times", "cell": cell.model_dump()},
    )


def _times(results: Results, index: int, graph: Graph) -> list[float]:
    """Seconds by node; the input takes none."""
    rounds = [turn.layers for turn in results.turns if turn.cell == index and turn.layers is not None]
    found = [0.0]
    for node in graph.nodes[1:]:
        if not rounds or not all(node.path in layers for layers in rounds):
            raise CostcalcError("a round or more has no time of it", file=results.file, path=node.path)
        found.append(median([layers[node.path] for layers in rounds]))
    return found


def _derived(count: Counts, total: Counts) -> Mapping[str, Any]:
    time, floor, whole = count.get("time", 0), count.get("floor", 0), total.get("time", 0)
    binding = "memory" if 2 * count.get("memory_bound", 0) > floor else "arithmetic"
    return {
        "part": time / whole if whole else None,
        "share": floor / time if time else None,
        "bound": binding if floor else None,
    }
