"""Parameters and multiply-accumulates: totals, and shares by stage, layer or type. Sums over nodes, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc.dims import Dim
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, Node
from costcalc.layers.base import PARAMETER_KINDS
from costcalc.table import Column, Table

__all__ = ["GROUPINGS", "layers", "macs", "params", "total_macs", "total_params"]

GROUPINGS: Mapping[str, Callable[[Node], str]] = {
    "stage": lambda node: node.stage,
    "layer": lambda node: node.path,
    "type": lambda node: node.layer.type,
}
"""How rows are formed, and the row that a node belongs to."""

KIND_NOTES = {
    "weights": "weights: of convolutions and linear layers only",
    "trainable": "trainable: weights, biases, scales and shifts",
    "stored": "stored: trainable and the running statistics of batch norms",
}

FLOPS_PER_MAC = 2
"""A multiply-accumulate is one multiplication and one addition."""


def total_params(graph: Graph) -> dict[str, Dim]:
    """How many parameters ``graph`` has, for each of `PARAMETER_KINDS`."""
    counts = [node.params for node in graph.nodes]
    return {kind: sum((count[kind] for count in counts), 0) for kind in PARAMETER_KINDS}


def total_macs(graph: Graph) -> Dim:
    """The multiply-accumulates of convolutions and linear layers of ``graph``, for one image."""
    return sum((_macs(node) for node in graph.nodes), 0)


def params(graphs: Sequence[Graph], *, by: str = "stage", kind: str = "trainable", top: int | None = None) -> Table:
    """The parameters of ``kind`` of each graph, and their shares, a row for each stage, layer or type.

    ``top`` keeps the most expensive rows and adds up the others. Raises UsageError for an unknown ``by`` or ``kind``.
    """
    if kind not in PARAMETER_KINDS:
        raise UsageError(f"kind = {shown(kind)}: must be one of {', '.join(PARAMETER_KINDS)}")
    totals = {graph.name: total_params(graph) for graph in graphs}
    notes = [f"{KIND_NOTES[kind]}."]
    for graph in graphs:
        listed = ", ".join(f"{count:,} {other}" for other, count in totals[graph.name].items())
        notes.append(f"{graph.name}: {listed}.")
    return _table(
        graphs,
        by,
        top,
        measure=lambda node: node.params[kind],
        column=Column("params", "Parameters", "params"),
        title=f"Parameters ({kind})",
        notes=notes,
        about={"quantity": "params", "kind": kind, "totals": totals},
    )


def macs(graphs: Sequence[Graph], *, by: str = "stage", top: int | None = None) -> Table:
    """The multiply-accumulates of each graph for one image, and their shares, a row for each stage, layer or type.

    ``top`` keeps the most expensive rows and adds up the others. Raises UsageError for an unknown ``by``.
    """
    totals = {graph.name: total_macs(graph) for graph in graphs}
    notes = ["MACs: multiply-accumulates of convolutions and linear layers, for one image."]
    for name, count in totals.items():
        notes.append(f"{name}: {count:,} MACs = {FLOPS_PER_MAC * count:,} FLOPs at {FLOPS_PER_MAC} per MAC.")
    return _table(
        graphs,
        by,
        top,
        measure=_macs,
        column=Column("macs", "MACs", "macs"),
        title="Multiply-accumulates",
        notes=notes,
        about={
            "quantity": "macs",
            "convention": "costcalc",
            "totals": {name: {"macs": count, "flops": FLOPS_PER_MAC * count} for name, count in totals.items()},
        },
    )


def layers(graph: Graph) -> Table:
    """Every layer of ``graph``: path, type, arguments, inputs, shape, trainable parameters, MACs."""
    rows = []
    for node in graph.nodes:
        rows.append(
            {
                "path": node.path,
                "type": node.layer.type,
                "layer": repr(node.layer),
                "inputs": ", ".join(graph.nodes[index].path for index in node.inputs),
                "shape": node.shape,
                "params": node.params["trainable"],
                "macs": _macs(node),
            }
        )
    return Table(
        title=_named(graph),
        columns=(
            Column("path", "Path"),
            Column("type", "Type"),
            Column("layer", "Layer"),
            Column("inputs", "Inputs"),
            Column("shape", "Output", "shape"),
            Column("params", "Parameters (trainable)", "params"),
            Column("macs", "MACs", "macs"),
        ),
        rows=rows,
        total={"path": "total", "params": total_params(graph)["trainable"], "macs": total_macs(graph)},
        notes=(
            f"Outputs: {', '.join(f'{output.name} ({graph.nodes[output.node].path})' for output in graph.outputs)}.",
            f"{KIND_NOTES['trainable']}; MACs and shapes for one image.",
        ),
        about={
            "model": graph.name,
            "knobs": dict(graph.knobs),
            "outputs": [{"name": output.name, "path": graph.nodes[output.node].path} for output in graph.outputs],
        },
    )


def _macs(node: Node) -> Dim:
    return node.ledger.get("macs", 0)


def _named(graph: Graph) -> str:
    knobs = ", ".join(f"{name} {shown(value)}" for name, value in graph.knobs.items())
    return f"{graph.name} ({knobs})" if knobs else graph.name


def _table(
    graphs: Sequence[Graph],
    by: str,
    top: int | None,
    *,
    measure: Callable[[Node], Dim],
    column: Column,
    title: str,
    notes: Sequence[str],
    about: Mapping[str, Any],
) -> Table:
    if by not in GROUPINGS:
        raise UsageError(f"by = {shown(by)}: must be one of {', '.join(GROUPINGS)}")
    if top is not None and top < 1:
        raise UsageError(f"top = {top}: must be at least 1")
    sums = [_grouped(graph, GROUPINGS[by], measure) for graph in graphs]
    totals = [sum(groups.values(), 0) for groups in sums]
    keys = list(dict.fromkeys(key for groups in sums for key in groups))
    if top is not None:
        keys.sort(key=lambda key: -max(groups.get(key, 0) for groups in sums))
    kept = keys if top is None else keys[:top]
    columns = [Column("name", by.capitalize())]
    several = len(graphs) > 1
    for graph in graphs:
        prefix = f"{graph.name}." if several else ""
        heading = f"{graph.name}: " if several else ""
        columns.append(Column(f"{prefix}{column.key}", f"{heading}{column.title}", column.unit))
        columns.append(Column(f"{prefix}share", f"{heading}Share" if several else "Share", "share"))

    def row(name: str, counts: Sequence[Dim | None]) -> dict[str, Any]:
        cells: dict[str, Any] = {"name": name}
        for index, count in enumerate(counts):
            total = totals[index]
            cells[columns[1 + 2 * index].key] = count
            cells[columns[2 + 2 * index].key] = None if count is None or not total else count / total
        return cells

    rows = [row(key, [groups.get(key) for groups in sums]) for key in kept]
    rest = keys[len(kept) :]
    if rest:
        others = f"{len(rest)} other{'s' if len(rest) > 1 else ''}"
        rows.append(row(others, [sum((groups.get(key, 0) for key in rest), 0) for groups in sums]))
    return Table(
        title=f"{title}: {'; '.join(_named(graph) for graph in graphs)}",
        columns=columns,
        rows=rows,
        total=row("total", totals),
        notes=notes,
        about={"models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs], "by": by, **about},
    )


def _grouped(graph: Graph, group: Callable[[Node], str], measure: Callable[[Node], Dim]) -> dict[str, Dim]:
    sums: dict[str, Dim] = {}
    for node in graph.nodes[1:]:
        key = group(node)
        sums[key] = sums.get(key, 0) + measure(node)
    return sums
