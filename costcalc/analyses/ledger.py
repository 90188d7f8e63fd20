"""The ledger: every kind of work, the bytes that are moved, and how much work there is for a byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc import wording
from costcalc.dims import Dim, product
from costcalc.errors import UsageError
from costcalc.graph import Graph, Node, listed
from costcalc.grouping import Counts, grouped
from costcalc.layers.base import INT8_WIDTHS, WORK_KINDS
from costcalc.table import Column, Table
from costcalc.words import DTYPES, one_of, width

__all__ = ["FLOPS", "counts", "ledger", "moved", "total", "work"]

FLOPS: Mapping[str, int] = {**dict.fromkeys(WORK_KINDS, 1), "macs": wording.FLOPS_PER_MAC}
"""How many floating-point operations one of each kind of work is: a multiply-accumulate is two."""

FLOPS_NOTE = (
    "FLOPs: 2 for a multiply-accumulate (MAC), 1 for an add, a multiply, a compare, a divide or an exponential."
)

COLUMNS = (
    Column("macs", "MACs", "macs"),
    Column("adds", "Adds", "count"),
    Column("muls", "Muls", "count"),
    Column("compares", "Compares", "count"),
    Column("divides", "Divides", "count"),
    Column("exps", "Exps", "count"),
    Column("flops", "FLOPs", "flops"),
    Column("read", "Bytes read", "bytes"),
    Column("written", "Bytes written", "bytes"),
    Column("intensity", "Intensity", "flops/byte"),
)


def ledger(
    graphs: Graph | Sequence[Graph],
    *,
    by: str = "stage",
    top: int | None = None,
    dtype: str = "fp32",
    batch: int = 1,
) -> Table:
    """The work of each graph for ``batch`` images, by kind, the bytes moved, and the arithmetic intensity.

    Intensity is FLOPs per byte read or written; every kind of work is one FLOP, a multiply-accumulate two. Parameters
    are read once for all images of the batch. Raises UsageError for an unknown ``by`` or ``dtype``, or a batch below 1.
    """
    graphs = listed(graphs)
    dtype = one_of("dtype =", dtype, DTYPES)
    if batch < 1:
        raise UsageError(f"batch = {batch}: must be at least 1")
    totals = {graph.name: total(graph, dtype=dtype, batch=batch) for graph in graphs}
    once = "" if batch == 1 else ", parameters read once for all of them"
    notes = [
        FLOPS_NOTE,
        bytes_note(dtype),
        f"All for {wording.images(batch)}{once}.",
    ]
    for name, sums in totals.items():
        moved = sums["read"] + sums["written"]
        every = wording.count(sums["flops"])
        notes.append(
            f"{name} by costcalc's convention: {wording.work(sums['macs'])}; with all other work {every} FLOPs; "
            f"{wording.count(moved)} bytes moved."
        )
    return grouped(
        graphs,
        lambda graph: counts(graph, dtype, batch),
        COLUMNS,
        title="Ledger",
        by=by,
        top=top,
        derive=_intensity,
        notes=notes,
        about={
            "quantity": "ledger",
            "convention": "costcalc",
            "dtype": dtype,
            "batch": batch,
            "totals": {name: {**sums, **_intensity(sums, sums)} for name, sums in totals.items()},
        },
    )


def total(graph: Graph, *, dtype: str = "fp32", batch: int = 1) -> dict[str, Dim]:
    """The sums over ``graph``, for ``batch`` images: each kind of work, ``flops``, bytes ``read`` and ``written``."""
    sums: dict[str, Dim] = dict.fromkeys((*WORK_KINDS, "flops", "read", "written"), 0)
    for node in counts(graph, dtype, batch):
        for kind, count in node.items():
            sums[kind] += count
    return sums


def counts(graph: Graph, dtype: str, batch: int) -> list[dict[str, Dim]]:
    """For each node what `total` adds up."""
    return graph.each(lambda node: {**work(node, batch), **moved(node, dtype, batch)})


def work(node: Node, batch: int) -> dict[str, Dim]:
    """The work of ``node`` for ``batch`` images, by kind, and its ``flops``."""
    found = {kind: batch * count for kind, count in node.ledger.items()}
    found["flops"] = sum((FLOPS[kind] * count for kind, count in found.items()), 0)
    return found


def moved(node: Node, dtype: str, batch: int) -> dict[str, Dim]:
    """The bytes that ``node`` moves for ``batch`` images: ``read`` and ``written``."""
    each = width(dtype)
    traffic = node.traffic
    read = each * (batch * traffic.read + traffic.parameters)
    if dtype == "int8":
        read += sum(((INT8_WIDTHS[tensor.role] - each) * product(tensor.shape) for tensor in node.parameters), 0)
    return {"read": read, "written": each * batch * traffic.written}


def bytes_note(dtype: str) -> str:
    """How bytes moved are counted at ``dtype``."""
    wider = ", but 4 for a bias (int32) and any other parameter that is no weight" if dtype == "int8" else ""
    return (
        f"Bytes: {width(dtype)} for an element ({dtype}){wider}; a layer reads its inputs and its parameters "
        "once and writes its output once; what only renames values moves nothing. Intensity: FLOPs per byte read or "
        "written."
    )


def _intensity(counts: Counts, total: Counts) -> Mapping[str, Any]:
    moved = counts.get("read", 0) + counts.get("written", 0)
    return {"intensity": counts.get("flops", 0) / moved if moved else None}
