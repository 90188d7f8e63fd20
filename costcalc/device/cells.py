"""All that is known of every cell of a benchmark: time, interval, throughput, memory, floor, prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.device.measured import Measured, beside, bound, circumstances, identity, statistics
from costcalc.device.results import Ceilings, Results
from costcalc.dims import ceil_div
from costcalc.table import Column, Table

__all__ = ["ROOFLINE_NOTE", "cells", "rests_on"]

ROOFLINE_NOTE = (
    "Floor: each layer's MACs at the rate of a matrix product, or its bytes at that of a copy, whichever is longer; "
    "share: the floor's of the time; bound: which of the two makes up most of it. A share beyond 100% is of tensors "
    "that caches held, of fused layers, or of products with fewer multiplications. "
    "Predicted: the floor, a layer taking no less than a call; error: of the prediction."
)

TIMES = (
    Column("time", "Time", "ms"),
    Column("low", "From", "ms"),
    Column("high", "To", "ms"),
    Column("iqr", "IQR", "ms"),
    Column("rounds", "Rounds", "count"),
    Column("outliers", "Outliers", "count"),
    Column("throughput", "Throughput", "images/s"),
    Column("memory", "Peak memory", "bytes"),
)

ROOFLINE = (
    Column("floor", "Floor", "ms"),
    Column("share", "Share", "share"),
    Column("bound", "Bound"),
    Column("predicted", "Predicted", "ms"),
    Column("error", "Error", "share"),
)


def cells(results: Results, found: Sequence[Measured], ceilings: Ceilings | None, *, epoch: int | None = None) -> Table:
    """A row for each cell. ``epoch`` is the number of images whose time is told of training steps."""
    steps = epoch is not None and any(each.cell.optimizer for each in found)
    columns = [*identity([each.cell for each in found]), *TIMES]
    if steps:
        columns.append(Column("epoch", f"Epoch of {epoch:,} images", "hours"))
    roofline = any(each.floor is not None for each in found)
    notes = [*circumstances(results, [each.cell for each in found]), *statistics(results, found)]
    if steps:
        notes.append("Epoch: its steps alone, the last one counted whole; images are in place, and none is loaded.")
    if any(each.memory is not None for each in found):
        notes.append("Peak memory: the most that torch's allocator held at once, parameters and image included.")
    if roofline and ceilings is not None:
        columns += ROOFLINE
        notes += [ROOFLINE_NOTE, rests_on(ceilings)]
    return Table(
        title="Benchmark",
        columns=columns,
        rows=[{**beside(each.cell), **_times(each), **_roofline(each), **_epoch(each, epoch)} for each in found],
        notes=notes,
        about={
            "quantity": "times",
            "environment": results.header.environment.model_dump(),
            "policy": results.header.policy.model_dump(),
            "ceilings": None if ceilings is None else ceilings.model_dump(by_alias=True),
        },
    )


def _times(each: Measured) -> dict[str, Any]:
    known = {"time": each.ms, "memory": each.memory}
    found = each.summary
    if found is None or each.failure is not None:
        return known
    low, high = (None, None) if found.interval is None else (1000 * bound for bound in found.interval)
    return {
        **known,
        "low": low,
        "high": high,
        "iqr": 1000 * found.iqr,
        "rounds": found.size,
        "outliers": len(found.outliers),
        "throughput": each.cell.batch / found.median,
    }


def _roofline(each: Measured) -> dict[str, Any]:
    if each.floor is None:
        return {}
    known = {"floor": 1000 * each.floor.floor, "bound": bound(each.floor), "predicted": 1000 * each.floor.predicted}
    if each.summary is None or each.failure is not None:
        return known
    time = each.summary.median
    return {**known, "share": each.floor.floor / time, "error": each.floor.predicted / time - 1}


def _epoch(each: Measured, images: int | None) -> dict[str, Any]:
    if images is None or each.cell.optimizer is None or each.summary is None or each.failure is not None:
        return {}
    return {"epoch": ceil_div(images, each.cell.batch) * each.summary.median / 3600}


def rests_on(ceilings: Ceilings) -> str:
    """A sentence: the ceilings, and where they were measured."""
    products = ", ".join(f"{2 * rate.per_second / 1e9:,.4g} in {dtype}" for dtype, rate in ceilings.products.items())
    copy, call = ceilings.copy_rate.per_second / 1e9, 1e6 * ceilings.call
    return (
        f"Ceilings: {products} GFLOPs a second of a matrix product (2 FLOPs a MAC), {copy:,.4g} GB a second of a copy, "
        f"{call:,.3g} microseconds a call; of {ceilings.environment.hardware}, torch {ceilings.environment.torch}, "
        f"{ceilings.measured}."
    )
