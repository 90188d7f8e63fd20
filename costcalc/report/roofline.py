"""What was measured of some graphs, below the ceilings of the machine that measured it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.analyses.cost import FLOPS_PER_MAC
from costcalc.device.cells import cells, rests_on
from costcalc.device.layers import layers
from costcalc.device.measured import circumstances, measured
from costcalc.device.results import Ceilings, Cell, Results
from costcalc.device.results.digest import digest
from costcalc.graph import Graph
from costcalc.quantities import QUANTITIES, Setting
from costcalc.table import Column, Table

__all__ = ["Measurements", "roofline", "times"]


class Measurements(NamedTuple):
    """A benchmark's results, and the ceilings of the machine that it ran on."""

    results: Results
    ceilings: Ceilings


def roofline(found: Measurements, graphs: Sequence[Graph]) -> Table | None:
    """A row for each inference that was timed of one of ``graphs``, and for each layer that was timed and multiplies.

    ``intensity`` are FLOPs for each byte moved, ``attained`` FLOPs a second, both of the multiply-accumulates alone, as
    the roofs are. ``about`` has the roofs. None where nothing was measured of the graphs.
    """
    rows = [row for index, graph in _timed(found.results, graphs).items() for row in _rows(found, index, graph)]
    if not rows:
        return None
    dtypes = dict.fromkeys(row["dtype"] for row in rows)
    roofs = {
        f"matrix product, {dtype}": FLOPS_PER_MAC * found.ceilings.products[dtype].per_second
        for dtype in dtypes
        if dtype in found.ceilings.products
    }
    return Table(
        "Roofline",
        (
            Column("name", "What"),
            Column("kind", "Kind"),
            Column("dtype", "Dtype"),
            Column("batch", "Batch", "count"),
            Column("intensity", "FLOPs per byte", "flops/byte"),
            Column("attained", "FLOPs a second", "ratio"),
        ),
        rows,
        notes=[
            "FLOPs: 2 for each multiply-accumulate, other work left out; bytes: every layer reads its inputs and "
            "parameters once and writes its output once. A point above a roof is of tensors that caches "
            "held, of fused layers, or of products with fewer multiplications.",
            rests_on(found.ceilings),
            *circumstances(found.results, [found.results.cells[index] for index in _timed(found.results, graphs)]),
        ],
        about={"roofs": roofs, "bandwidth": found.ceilings.copy_rate.per_second},
    )


def times(found: Measurements, graphs: Sequence[Graph]) -> Table | None:
    """All that was measured of ``graphs``, a row for each cell; None where nothing was."""
    known = _of(found.results, graphs)
    if not known:
        return None
    every = measured(found.results, known, found.ceilings)
    return cells(found.results, [each for each in every if each.number in known], found.ceilings)


def _of(results: Results, graphs: Sequence[Graph]) -> dict[int, Graph]:
    """The cells of ``graphs``: those whose architecture is the same to the last argument."""
    digests = {digest(graph): graph for graph in graphs}
    return {index: digests[cell.graph] for index, cell in enumerate(results.cells) if cell.graph in digests}


def _timed(results: Results, graphs: Sequence[Graph]) -> dict[int, Graph]:
    """The cells of ``graphs`` that are inferences and have a time."""
    return {
        index: graph
        for index, graph in _of(results, graphs).items()
        if results.cells[index].work in ("forward", "layers") and results.summary(index) is not None
    }


def _rows(found: Measurements, index: int, graph: Graph) -> Iterator[dict[str, Any]]:
    cell = found.results.cells[index]
    setting = Setting(dtype=cell.dtype, batch=cell.batch)
    flops = _parts("flops", graph, setting)
    moved = _parts("bytes", graph, setting)
    if cell.work == "forward":
        summary = found.results.summary(index)
        assert summary is not None
        yield _row(graph.name, "model", cell, sum(flops), sum(moved), summary.median)
        return
    by_path: Mapping[str, int] = {node.path: number for number, node in enumerate(graph.nodes)}
    for row in layers(found.results, index, graph, None).rows:
        number = by_path[row["name"]]
        if flops[number] and row["time"]:
            yield _row(row["name"], "layer", cell, flops[number], moved[number], row["time"] / 1000)


def _parts(key: str, graph: Graph, setting: Setting) -> Sequence[int]:
    count = QUANTITIES[key].column
    assert count is not None
    return count(graph, setting)


def _row(name: str, kind: str, cell: Cell, flops: int, moved: int, seconds: float) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "dtype": cell.dtype,
        "batch": cell.batch,
        "intensity": flops / moved,
        "attained": flops / seconds,
    }
