"""The tables of a report that no analysis has alone: several of them side by side, row by row."""

from __future__ import annotations

from costcalc.analyses import cost
from costcalc.analyses.ledger import ledger
from costcalc.graph import Graph
from costcalc.grouping import SHARE, named
from costcalc.table import Column, Table

__all__ = ["dearest", "layers", "shares"]


def shares(graph: Graph) -> Table:
    """How much of the multiply-accumulates, the parameters and the bytes moved is in each stage."""
    macs, params, moved = (cost.macs([graph]), cost.params([graph]), ledger([graph]))
    assert moved.total is not None
    whole = moved.total["read"] + moved.total["written"]
    rows = []
    for one, other, third in zip(macs.rows, params.rows, moved.rows, strict=True):
        bytes_ = third["read"] + third["written"]
        rows.append(
            {
                "name": one["name"],
                "macs": one["macs"],
                "macs_share": one["share"],
                "params": other["params"],
                "params_share": other["share"],
                "bytes": bytes_,
                "bytes_share": bytes_ / whole if whole else None,
            }
        )
    totals = cost.total_params(graph)["trainable"], cost.total_macs(graph)
    total = {"name": "total", "macs": totals[1], "params": totals[0], "bytes": whole}
    return Table(
        f"Shares of the stages: {named(graph)}",
        (
            Column("name", "Stage"),
            Column("macs", "MACs", "macs"),
            Column("macs_share", "Share of MACs", "share"),
            Column("params", "Parameters (trainable)", "params"),
            Column("params_share", "Share of parameters", "share"),
            Column("bytes", "Bytes moved (float32)", "bytes"),
            Column("bytes_share", "Share of bytes", "share"),
        ),
        rows,
        total=total,
        notes=[macs.notes[0], params.notes[0], moved.notes[1]],
        about={"model": graph.name, "knobs": dict(graph.knobs), "convention": "costcalc", "dtype": "float32"},
    )


def layers(graph: Graph) -> Table:
    """Every layer of ``graph``: what it is, its parameters, its work, the bytes that it moves, and their ratio."""
    work = ledger([graph], by="layer")
    macs = cost.macs([graph], by="layer")
    rows = [
        {
            "path": node.path,
            "layer": node.layer.brief(),
            "shape": node.shape,
            "params": node.params["trainable"],
            "macs": one["macs"],
            "share": one["share"],
            "flops": counts["flops"],
            "bytes": counts["read"] + counts["written"],
            "intensity": counts["intensity"],
        }
        for node, one, counts in zip(graph.nodes[1:], macs.rows, work.rows, strict=True)
    ]
    assert work.total is not None
    total = {
        "path": "total",
        "params": cost.total_params(graph)["trainable"],
        "bytes": work.total["read"] + work.total["written"],
        **{key: work.total[key] for key in ("macs", "flops", "intensity")},
    }
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
        total=total,
        notes=[macs.notes[0], *work.notes[:2]],
        about={"model": graph.name, "knobs": dict(graph.knobs), "convention": "costcalc", "dtype": "float32"},
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
