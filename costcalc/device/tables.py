"""The tables of a benchmark: all cells, times by resolution, ratios to a model, layers; and those of a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple

from costcalc.device.files import CeilingsSource, Results, read, usable_ceilings
from costcalc.device.latency import binding, rests_on, total
from costcalc.device.plan import graphs_of
from costcalc.device.records import Ceilings
from costcalc.device.rows import PASSES, Row, circumstances, identity, measured, precision, untimed
from costcalc.device.statistics import ratio
from costcalc.dims import ceil_div
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.grouping import Counts, grouped
from costcalc.table import Column, Remark, Table
from costcalc.words import one_of

__all__ = ["Times", "by_resolution", "ceilings_table", "cells", "layers", "ratios", "times"]

ROOFLINE_NOTE = (
    "Floor: each layer's MACs at the GEMM rate, or its bytes at memory bandwidth, whichever takes "
    "longer; share: floor over time; bound: which of the two dominates the floor. A share above "
    "100% means cached tensors, fused layers, or algorithms with fewer multiplications. Predicted: "
    "the floor, with at least the launch overhead per layer; error: that of the prediction."
)

TIME = Column("time", "Time", "ms")

INTERVAL = (
    Column("low", "From", "ms"),
    Column("high", "To", "ms"),
    Column("iqr", "IQR", "ms"),
    Column("rounds", "Rounds", "count"),
    Column("outliers", "Outliers", "count"),
    Column("throughput", "Throughput", "images/s"),
    Column("memory", "Peak memory", "bytes"),
)

FLOOR = (Column("floor", "Floor", "ms"), Column("share", "Share", "share"), Column("bound", "Bound"))

PREDICTED = (Column("predicted", "Predicted", "ms"), Column("error", "Error", "share"))


class Times(NamedTuple):
    """The tables of a results file: a row for each cell, a column for each resolution, and what else was asked for."""

    cells: Table
    by_resolution: Table
    further: list[Table]


def times(
    results: Results | str | PathLike[str],
    *,
    by: str | None = None,
    top: int | None = None,
    vs: str | None = None,
    epoch: int | None = None,
    ceilings: CeilingsSource | None = None,
) -> Times:
    """What was measured: ``results``, or the file that has them.

    ``by`` layer, type or stage adds a table for each cell that was timed layer by layer, with its ``top`` rows; ``vs``
    one of ratios to that model. ``epoch`` is the number of images whose time is told of training steps. ``ceilings``
    are by default those in the file, or else those that ``costcalc roofline`` kept. Raises UsageError for a ``by`` or
    ``vs`` that the file has nothing of and for ceilings of another machine, CostcalcError for a file that cannot be
    read.
    """
    if not isinstance(results, Results):
        results = read(results)
    graphs, gone = graphs_of(results)
    known, why = results.header.ceilings, None
    if known is None or ceilings is not None:
        known, why = usable_ceilings(results.header.environment, ceilings)
    rows = measured(results, graphs, known)
    whole = [row for row in rows if row.cell.work != "layers"]
    notes: list[str] = [*([Remark(why)] if why else []), *(Remark(f"No floor: {reason}.") for reason in gone)]
    further = [ratios(results, rows, vs)] if vs is not None else []
    if by is not None:
        by_layer = [row for row in rows if row.cell.work == "layers"]
        at_hand = [row for row in by_layer if row.graph is not None]
        if not at_hand:
            message = f"--by {by} requires cells timed layer by layer, with unchanged specs"
            raise UsageError(message, file=results.file)
        further += [layers(row, by=by, top=top) for row in at_hand if row.summary is not None]
        notes += untimed(by_layer)
    main = cells(results, whole, known, epoch=epoch)
    return Times(main._replace(notes=(*main.notes, *notes)), by_resolution(results, whole), further)


def cells(results: Results, rows: Sequence[Row], ceilings: Ceilings | None, *, epoch: int | None = None) -> Table:
    """All that is known of every cell: time, interval, throughput, memory, floor, prediction."""
    columns = [*identity(rows), TIME, *INTERVAL]
    notes = [*circumstances(results, rows), *precision(results, rows)]
    if epoch is not None and any(row.cell.optimizer for row in rows):
        columns.append(Column("epoch", f"Epoch of {epoch:,} images", "hours"))
        notes.append("Epoch: the training steps only, a partial last step counted in full; data loading is excluded.")
    if any(row.memory is not None for row in rows):
        notes.append("Peak memory: the maximum held by torch's allocator, parameters and inputs included.")
    if ceilings is not None and any(row.floors is not None for row in rows):
        columns += (*FLOOR, *PREDICTED)
        notes += [ROOFLINE_NOTE, rests_on(ceilings)]
    return Table(
        title="Benchmark",
        columns=columns,
        rows=[_values(row, epoch) for row in rows],
        notes=notes,
        about={
            "quantity": "times",
            "environment": results.header.environment.model_dump(),
            "policy": results.header.policy.model_dump(),
            "ceilings": None if ceilings is None else ceilings.model_dump(by_alias=True),
        },
    )


def _values(row: Row, epoch: int | None) -> dict[str, Any]:
    values = {**row.named, "time": row.time, "memory": row.memory}
    found, batch = row.summary, row.cell.batch
    if found is not None:
        values |= {"iqr": 1000 * found.iqr, "rounds": found.size, "outliers": len(found.outliers)}
        values["throughput"] = batch / found.median
        if found.interval is not None:
            values |= {"low": 1000 * found.interval.low, "high": 1000 * found.interval.high}
        if epoch is not None and row.cell.optimizer is not None:
            values["epoch"] = ceil_div(epoch, batch) * found.median / 3600
    if row.floors is not None:
        floor = total(row.floors)
        values |= {"floor": 1000 * floor.floor, "bound": floor.binds, "predicted": 1000 * floor.predicted}
        if found is not None:
            values |= {"share": floor.floor / found.median, "error": floor.predicted / found.median - 1}
    return values


def by_resolution(results: Results, rows: Sequence[Row]) -> Table:
    """Median milliseconds as Mehta 2018's Figure 6 has them: a column for each resolution and pass, a row a model."""
    columns: dict[str, Column] = {}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    named = identity(rows, without=("resolution", "work"))
    for row in rows:
        cell = row.cell
        key = f"{cell.resolution}.{cell.work}"
        size = "" if cell.resolution is None else f"{cell.resolution}: "
        columns.setdefault(key, Column(key, f"{size}{cell.work}", "ms"))
        values = {column.key: getattr(cell, column.key) for column in named}
        found.setdefault(tuple(values.values()), values)[key] = row.time
    return Table(
        title="Time by resolution",
        columns=(*named, *columns.values()),
        rows=list(found.values()),
        notes=circumstances(results, rows),
        about={"quantity": "times", "environment": results.header.environment.model_dump()},
    )


def ratios(results: Results, rows: Sequence[Row], base: str) -> Table:
    """The time of every other model over that of the model ``base``, everything else equal, paired by round.

    Raises UsageError where no cell is of that model.
    """
    one_of("--vs", base, dict.fromkeys(row.cell.model for row in rows))
    confidence = results.header.policy.confidence
    compared = []
    for row in rows:
        partner = next((other for other in rows if other.cell.model == base and other.cell.beside(row.cell)), None)
        if row.cell.model == base or partner is None:
            continue
        values = row.named
        found = ratio(row.rounds, partner.rounds, confidence)
        if found is not None:
            values |= {"ratio": found.median, "rounds": found.size}
            if found.interval is not None:
                values |= {"low": found.interval.low, "high": found.interval.high}
        compared.append(values)
    return Table(
        title=f"Time relative to {base}",
        columns=(
            *identity(rows),
            Column("ratio", "Ratio", "ratio"),
            Column("low", "From", "ratio"),
            Column("high", "To", "ratio"),
            Column("rounds", "Rounds", "count"),
        ),
        rows=compared,
        notes=(
            f"Ratio: the median over rounds of the time divided by that of {base} in the same round, with its "
            f"{confidence:.0%} interval. An interval that contains 1 shows no difference.",
        ),
        about={"quantity": "ratios", "base": base},
    )


def layers(row: Row, *, by: str = "layer", top: int | None = None) -> Table:
    """A cell that was timed by layer and whose graph is at hand: times by layer, their parts of the whole, and floors.

    Raises UsageError for an unknown ``by``, CostcalcError for a round that lacks a layer of the graph.
    """
    assert row.graph is not None
    columns = [TIME, Column("part", "Part", "share")]
    counts: list[dict[str, Any]] = [{"time": 1000 * time} for time in row.layers()]
    if row.floors is not None:
        columns += FLOOR
        for count, floor in zip(counts, row.floors, strict=True):
            count |= {"floor": 1000 * floor.floor, "memory_bound": 1000 * floor.bound}

    def derive(count: Counts, total: Counts) -> Mapping[str, Any]:
        time, floor, whole = count.get("time", 0), count.get("floor", 0), total.get("time", 0)
        return {
            "part": time / whole if whole else None,
            "share": floor / time if time else None,
            "bound": binding(floor, count.get("memory_bound", 0)),
        }

    def measure(graph: Graph) -> Sequence[Counts]:
        return counts

    return grouped(
        [row.graph],
        measure,
        columns,
        title=f"Time by {by}",
        by=by,
        top=top,
        derive=derive,
        notes=[f"{row.cell.label}: {PASSES[row.cell.work]}. Part: the share of the sum of all layers' times."],
        about={"quantity": "times", "cell": row.cell.model_dump()},
    )


def ceilings_table(found: Ceilings) -> Table:
    """A row for each ceiling: what was reached, in GFLOPs or GB a second, and at which size."""
    there = found.environment
    rows = [
        {"what": f"GEMM, {dtype}", "flops": 2 * rate.per_second / 1e9, "size": f"{rate.size:,} square"}
        for dtype, rate in found.products.items()
    ]
    copy = found.copy_rate
    rows += [
        {"what": "copy", "bytes": copy.per_second / 1e9, "size": f"{copy.size:,} bytes"},
        {"what": "call", "call": found.call * 1e6, "size": "1 element"},
    ]
    settings = [("cudnn.benchmark", there.cudnn_benchmark), ("TF32", there.tf32)]
    said = "".join(f"; {name} {'on' if value else 'off'}" for name, value in settings if value is not None)
    return Table(
        title=f"Ceilings of {there.hardware}",
        columns=(
            Column("what", "Ceiling"),
            Column("flops", "GFLOP/s", "ratio"),
            Column("bytes", "GB/s", "ratio"),
            Column("call", "Microseconds", "ratio"),
            Column("size", "Size"),
        ),
        rows=rows,
        notes=(
            "The fastest run of each. A multiply-accumulate is 2 FLOPs; memory bandwidth counts bytes read and "
            "written.",
            f"Measured {found.measured} with torch {there.torch}; {there.system}{said}.",
        ),
        about={"quantity": "ceilings", "ceilings": found.model_dump(by_alias=True)},
    )
