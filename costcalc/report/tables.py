"""The tables of a report that no analysis has alone: several of them side by side, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.analyses import cost
from costcalc.analyses.ledger import FLOPS_NOTE, bytes_note, moved, work
from costcalc.dims import Dim
from costcalc.graph import Graph, Node
from costcalc.grouping import SHARE, Counts, grouped, named
from costcalc.table import Column, Table

__all__ = ["dearest", "layers", "shares"]


def shares(graph: Graph) -> Table:
    """How much of the multiply-accumulates, the parameters and the bytes moved is in each stage."""
    return grouped(
        [graph],
        _counts,
        (
            Column("macs", "MACs", "macs"),
            Column("macs_share", "Share of MACs", "share"),
            Column("params", "Parameters (trainable)", "params"),
            Column("params_share", "Share of parameters", "share"),
            Column("bytes", "Bytes moved (float32)", "bytes"),
            Column("bytes_share", "Share of bytes", "share"),
        ),
        title="Shares of the stages",
        derive=_shares,
        notes=[cost.MACS_NOTE, f"{cost.KIND_NOTES['trainable']}.", bytes_note("fp32")],
        about=_about(graph),
    )


def layers(graph: Graph) -> Table:
    """Every layer of ``graph``: what it is, its parameters, its work, the bytes that it moves, and their ratio."""
    counted = _counts(graph)
    total = {key: sum(each[key] for each in counted) for key in counted[0]}
    rows = [
        {
            "path": node.path,
            "layer": node.layer.brief(),
            "shape": node.shape,
            **each,
            "share": each["macs"] / total["macs"] if total["macs"] else None,
            "intensity": _intensity(each),
        }
        for node, each in zip(graph.nodes[1:], counted[1:], strict=True)
    ]
    return Table(
        f"Layers of {named(graph)}",
        (
            Column("path", "Path"),
            Column("layer", "Layer"),
            Column("shape", "Output", "shape"),
            Column("params", "Parameters (trainable)", "params"),
            Column("macs", "MACs", "macs"),
            SHARE._replace(title="Share of MACs"),
            Column("flops", "FLOPs of all work", "flops"),
            Column("bytes", "Bytes moved (float32)", "bytes"),
            Column("intensity", "FLOPs per byte", "flops/byte"),
        ),
        rows,
        total={"path": "total", **total, "intensity": _intensity(total)},
        notes=[cost.MACS_NOTE, FLOPS_NOTE, bytes_note("fp32")],
        about=_about(graph),
    )


def dearest(table: Table, top: int) -> Table:
    """The ``top`` rows of a table of `layers` with the most multiply-accumulates, and the sums of the others."""
    order = sorted(table.rows, key=lambda row: -row["macs"])
    kept, others = order[:top], order[top:]
    rest = {key: sum(row[key] for row in others) for key in ("params", "macs", "flops", "bytes")}
    macs = sum(row["macs"] for row in table.rows)
    share = rest["macs"] / macs if macs else None
    intensity = rest["flops"] / rest["bytes"] if rest["bytes"] else None
    row = {"path": f"{len(others):,} others", **rest, "share": share, "intensity": intensity}
    return table._replace(title=f"The {top} layers with the most MACs", rows=[*kept, row] if others else kept, notes=())


def _counts(graph: Graph) -> list[dict[str, Dim]]:
    """What each node has of what the tables show."""

    def counts(node: Node) -> dict[str, Dim]:
        done = work(node, 1)
        return {
            "params": node.params["trainable"],
            "macs": done.get("macs", 0),
            "flops": done["flops"],
            "bytes": sum(moved(node, "fp32", 1).values()),
        }

    return graph.each(counts)


def _intensity(sums: Counts) -> float | None:
    return sums["flops"] / sums["bytes"] if sums["bytes"] else None


def _shares(sums: Counts, total: Counts) -> Mapping[str, Any]:
    return {f"{key}_share": sums[key] / total[key] if total[key] else None for key in sums}


def _about(graph: Graph) -> Mapping[str, Any]:
    return {"model": graph.name, "knobs": dict(graph.knobs), "convention": "costcalc", "dtype": "float32"}
