"""Parameters and multiply-accumulates: totals, and shares by stage, layer or type. Sums over nodes, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.dims import Dim
from costcalc.errors import shown
from costcalc.graph import Graph, Node, listed
from costcalc.grouping import SHARE, grouped, named, share_of
from costcalc.layers.base import PARAMETER_KINDS
from costcalc.table import Column, Table
from costcalc.wording import FLOPS_PER_MAC, count, work
from costcalc.words import one_of

__all__ = ["FLOPS_PER_MAC", "catalogue", "layers", "macs", "params", "total_macs", "total_params"]

MACS_NOTE = (
    "MACs: multiply-accumulates of convolutions and linear layers, for one image. "
    f"FLOPs: {FLOPS_PER_MAC} for each of them."
)

KIND_NOTES = {
    "weights": "weights: of convolutions and linear layers only",
    "trainable": "trainable: weights, biases, scales and shifts",
    "stored": "stored: trainable and the running statistics of batch norms",
}


def total_params(graph: Graph) -> dict[str, Dim]:
    """How many parameters ``graph`` has, for each of `PARAMETER_KINDS`."""
    counts = [node.params for node in graph.nodes]
    return {kind: sum((each[kind] for each in counts), 0) for kind in PARAMETER_KINDS}


def total_macs(graph: Graph) -> Dim:
    """The multiply-accumulates of convolutions and linear layers of ``graph``, for one image."""
    return sum((_macs(node) for node in graph.nodes), 0)


def params(
    graphs: Graph | Sequence[Graph], *, by: str = "stage", kind: str = "trainable", top: int | None = None
) -> Table:
    """The parameters of ``kind`` of each graph, and their shares, a row for each stage, layer or type.

    ``top`` keeps the most expensive rows and adds up the others. Raises UsageError for an unknown ``by`` or ``kind``.
    """
    graphs = listed(graphs)
    one_of("kind =", kind, PARAMETER_KINDS)
    totals = {graph.name: total_params(graph) for graph in graphs}
    notes = [f"{KIND_NOTES[kind]}."]
    for graph in graphs:
        kinds = ", ".join(f"{count(number)} {other}" for other, number in totals[graph.name].items())
        notes.append(f"{graph.name}: {kinds}.")
    return grouped(
        graphs,
        lambda graph: [{"params": node.params[kind]} for node in graph.nodes],
        (Column("params", "Parameters", "params"), SHARE),
        title=f"Parameters ({kind})",
        by=by,
        top=top,
        derive=share_of("params"),
        notes=notes,
        about={"quantity": "params", "convention": "costcalc", "kind": kind, "totals": totals},
    )


def macs(graphs: Graph | Sequence[Graph], *, by: str = "stage", top: int | None = None) -> Table:
    """The multiply-accumulates of each graph for one image, as MACs and as FLOPs, and their shares.

    A row for each stage, layer or type; ``top`` keeps the most expensive rows and adds up the others. Raises UsageError
    for an unknown ``by``.
    """
    graphs = listed(graphs)
    totals = {graph.name: total_macs(graph) for graph in graphs}
    notes = [MACS_NOTE]
    notes += [f"{name} by costcalc's convention: {work(total)}." for name, total in totals.items()]

    def counts(graph: Graph) -> list[dict[str, Dim]]:
        found = [_macs(node) for node in graph.nodes]
        return [{"macs": number, "flops": FLOPS_PER_MAC * number} for number in found]

    return grouped(
        graphs,
        counts,
        (Column("macs", "MACs", "macs"), Column("flops", "FLOPs", "flops"), SHARE),
        title="Multiply-accumulates",
        by=by,
        top=top,
        derive=share_of("macs"),
        notes=notes,
        about={
            "quantity": "macs",
            "convention": "costcalc",
            "totals": {name: {"macs": total, "flops": FLOPS_PER_MAC * total} for name, total in totals.items()},
        },
    )


def catalogue(graphs: Sequence[Graph], sources: Mapping[str, str]) -> Table:
    """A row for each graph: title, trainable parameters, MACs for one image, knobs, and its source by its name."""
    rows = []
    for graph in graphs:
        rows.append(
            {
                "model": graph.name,
                "title": graph.title,
                "params": total_params(graph)["trainable"],
                "macs": total_macs(graph),
                "knobs": " ".join(f"{knob}={shown(value)}" for knob, value in graph.knobs.items()),
                "source": sources[graph.name],
            }
        )
    return Table(
        title="Shipped models",
        columns=(
            Column("model", "Model"),
            Column("title", "Title"),
            Column("params", "Parameters", "params"),
            Column("macs", "MACs", "macs"),
            Column("knobs", "Knobs"),
            Column("source", "Source"),
        ),
        rows=rows,
        notes=(
            "Trainable parameters, and multiply-accumulates (MACs) for one image, at the knobs' defaults.",
            "FLOPs are twice the MACs.",
        ),
        about={"kind": "trainable", "knobs": {graph.name: dict(graph.knobs) for graph in graphs}},
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
        title=named(graph),
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
