"""A machine's ceilings as a table."""

from __future__ import annotations

from costcalc.device.results import Ceilings
from costcalc.table import Column, Table

__all__ = ["ceilings"]


def ceilings(found: Ceilings) -> Table:
    """A row for each ceiling: what was reached, in GFLOPs or GB a second, and at which size."""
    there = found.environment
    rows = [
        {"what": f"matrix product, {dtype}", "flops": 2 * rate.per_second / 1e9, "size": f"{rate.size:,} square"}
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
            Column("what", "What"),
            Column("flops", "GFLOPs a second", "ratio"),
            Column("bytes", "GB a second", "ratio"),
            Column("call", "Microseconds", "ratio"),
            Column("size", "At"),
        ),
        rows=rows,
        notes=(
            "Each the fastest of its runs. A multiply-accumulate is 2 FLOPs; a copy's bytes are read and written.",
            f"Measured {found.measured} with torch {there.torch}; {there.system}{said}.",
        ),
        about={"quantity": "ceilings", "ceilings": found.model_dump(by_alias=True)},
    )
