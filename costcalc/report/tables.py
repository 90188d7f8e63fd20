"""The tables of a report that no command prints: quantities side by side, stage by stage and layer by layer."""

from __future__ import annotations

from costcalc.analyses.frame import frame
from costcalc.graph import Graph
from costcalc.table import Column, Table

__all__ = ["layers", "shares"]


def shares(graph: Graph) -> Table:
    """How much of the multiply-accumulates, the parameters and the bytes moved is in each stage."""
    keys = ("macs", "params", "bytes")
    return frame(
        graph, keys, title="Shares of the stages", shares={key: f"{key}_share" for key in keys}, about=_about(graph)
    )


def layers(graph: Graph, top: int | None = None) -> Table:
    """Every layer of ``graph``: what it is, its parameters, its work, the bytes that it moves, and their ratio.

    ``top`` keeps the layers with the most multiply-accumulates, and adds up the others.
    """
    columns = {"params": "params", "macs": "macs", "flops": "all_flops", "bytes": "bytes", "intensity": "intensity"}
    title = "Layers" if top is None else f"The {top} layers with the most MACs"
    table = frame(graph, columns, title=title, by="layer", top=top, shares={"macs": "share"}, about=_about(graph))
    briefs = graph.each(lambda node: node.layer.brief())
    known = {node.path: {"layer": brief, "shape": node.shape} for node, brief in zip(graph.nodes, briefs, strict=True)}
    rows = [{"path": row["name"], **known.get(row["name"], {}), **row} for row in table.rows]
    described = (Column("path", "Path"), Column("layer", "Layer"), Column("shape", "Output", "shape"))
    return table._replace(
        columns=[*described, *table.columns[1:]], rows=rows, total={"path": "total", **(table.total or {})}
    )


def _about(graph: Graph) -> dict[str, object]:
    return {"model": graph.name, "knobs": dict(graph.knobs), "dtype": "fp32"}
