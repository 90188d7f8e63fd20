"""What was measured of some graphs, below the ceilings of the machine that measured it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.device.files import Results, ceilings_of, read
from costcalc.device.latency import rests_on
from costcalc.device.plan import digest
from costcalc.device.records import Ceilings, Cell
from costcalc.device.rows import Row, circumstances, measured
from costcalc.device.tables import cells
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.quantities import QUANTITIES, Setting
from costcalc.table import Column, Table
from costcalc.wording import FLOPS_PER_MAC

__all__ = ["Measurements", "measurements", "roofline", "times"]


class Measurements(NamedTuple):
    """A benchmark's results, and the ceilings of the machine that it ran on."""

    results: Results
    ceilings: Ceilings


def measurements(results: str | None, ceilings: str | None) -> Measurements | None:
    """What the two files hold; None where neither is named.

    Raises UsageError for one without the other and for those of different machines, CostcalcError for a file that
    cannot be read.
    """
    if results is None and ceilings is None:
        return None
    if results is None:
        raise UsageError("--ceilings requires --results FILE, written by costcalc bench")
    if ceilings is None:
        raise UsageError("--results requires --ceilings FILE, written by costcalc roofline --save FILE")
    found = read(results)
    return Measurements(found, ceilings_of(found.header.environment, ceilings))


def roofline(found: Measurements, graphs: Sequence[Graph]) -> Table | None:
    """A row for each inference that was timed of one of ``graphs``, and for each layer that was timed and multiplies.

    ``intensity`` are FLOPs for each byte moved, ``attained`` FLOPs a second, both of the multiply-accumulates alone, as
    the roofs are. ``about`` has the roofs. None where nothing was measured of the graphs.
    """
    timed = [row for row in _rows(found, graphs) if row.cell.work in ("forward", "layers") and row.summary is not None]
    if not timed:
        return None
    roofs = {
        f"GEMM, {dtype}": FLOPS_PER_MAC * found.ceilings.products[dtype].per_second
        for dtype in dict.fromkeys(row.cell.dtype for row in timed)
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
            Column("attained", "FLOP/s", "ratio"),
        ),
        [point for row in timed for point in _points(row)],
        notes=[
            "FLOPs: 2 per multiply-accumulate, other operations excluded; bytes: every layer reads its "
            "inputs and parameters once and writes its output once. A point above a roof means cached "
            "tensors, fused layers, or algorithms with fewer multiplications.",
            rests_on(found.ceilings),
            *circumstances(found.results, timed),
        ],
        about={"roofs": roofs, "bandwidth": found.ceilings.copy_rate.per_second},
    )


def times(found: Measurements, graphs: Sequence[Graph]) -> Table | None:
    """All that was measured of ``graphs``, a row for each cell; None where nothing was."""
    rows = _rows(found, graphs)
    return cells(found.results, rows, found.ceilings) if rows else None


def _rows(found: Measurements, graphs: Sequence[Graph]) -> list[Row]:
    """The cells of ``graphs``: those whose architecture is the same to the last argument."""
    digests = {digest(graph): graph for graph in graphs}
    known = {index: digests[cell.graph] for index, cell in enumerate(found.results.cells) if cell.graph in digests}
    return [row for row in measured(found.results, known, found.ceilings) if row.graph is not None]


def _points(row: Row) -> Iterator[dict[str, Any]]:
    assert row.graph is not None
    assert row.summary is not None
    setting = Setting(dtype=row.cell.dtype, batch=row.cell.batch)
    flops, moved = (QUANTITIES[key].by_node(row.graph, setting) for key in ("flops", "bytes"))
    if row.cell.work == "forward":
        yield _point(row.graph.name, "model", row.cell, sum(flops), sum(moved), row.summary.median)
        return
    for node, work, bytes, seconds in zip(row.graph.nodes, flops, moved, row.layers(), strict=True):
        if work and seconds:
            yield _point(node.path, "layer", row.cell, work, bytes, seconds)


def _point(name: str, kind: str, cell: Cell, flops: int, moved: int, seconds: float) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "dtype": cell.dtype,
        "batch": cell.batch,
        "intensity": flops / moved,
        "attained": flops / seconds,
    }
