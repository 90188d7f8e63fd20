"""Parameters, multiply-accumulates and the ledger by stage, layer or type; the catalogue; the layers of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.analyses.frame import frame
from costcalc.dims import Dim
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, listed
from costcalc.grouping import named
from costcalc.quantities import KINDS, QUANTITIES, Setting, notes, quantity
from costcalc.table import Column, Remark, Table
from costcalc.wording import count, work
from costcalc.words import one_of

__all__ = ["catalogue", "layers", "ledger", "macs", "params", "total", "total_macs", "total_params"]

LEDGER = ("macs", "adds", "muls", "compares", "divides", "exps", "flops", "read", "written", "intensity")
"""The columns of a ledger: ``flops`` are those of all work."""

BOTH = ("params", "macs")

FREEZABLE = ("trained", "frozen")
"""The parts of the trainable parameters."""


def total(graph: Graph, key: str, setting: Setting | None = None) -> Dim:
    """What ``graph`` has of the quantity ``key``. Raises UsageError for an unknown one."""
    found: Dim = quantity(key).value(graph, setting or Setting())  # type: ignore[assignment]
    return found


def total_params(graph: Graph) -> dict[str, Dim]:
    """How many parameters ``graph`` has, of each kind."""
    return {kind: total(graph, key) for kind, key in KINDS.items()}


def total_macs(graph: Graph) -> Dim:
    """The multiply-accumulates of convolutions and linear layers of ``graph``, for one image."""
    return total(graph, "macs")


def params(
    graphs: Graph | Sequence[Graph],
    *,
    by: str = "stage",
    kind: str = "trainable",
    top: int | None = None,
    freeze: Sequence[str] = (),
) -> Table:
    """The parameters of ``kind`` of each graph, and their shares, a row for each stage, layer or type.

    ``top`` keeps the most expensive rows and adds up the others. ``freeze`` adds columns of the trained and the frozen
    parameters: patterns as in `costcalc.gradients`. Raises UsageError for an unknown ``by`` or ``kind``, for ``freeze``
    with a kind other than trainable, and for a pattern that matches no layer with parameters.
    """
    graphs = listed(graphs)
    key = KINDS[one_of("kind =", kind, KINDS)]
    if freeze and kind != "trainable":
        raise UsageError(f"kind = {kind}: only trainable parameters can be frozen")
    setting = Setting(freeze=tuple(freeze))
    totals = {graph.name: total_params(graph) for graph in graphs}
    for graph in graphs if freeze else ():
        totals[graph.name] |= {part: total(graph, part, setting) for part in FREEZABLE}
    kinds = {name: ", ".join(f"{count(sums[kind])} {kind}" for kind in sums) for name, sums in totals.items()}
    return frame(
        graphs,
        {"params": key, **({part: part for part in FREEZABLE} if freeze else {})},
        setting,
        title=f"Parameters ({kind})",
        by=by,
        top=top,
        shares={"params": "share"},
        said=[
            *([f"Frozen: {', '.join(freeze)}."] if freeze else []),
            *(f"{name}: {text}." for name, text in kinds.items()),
        ],
        about={"quantity": "params", "kind": kind, "freeze": list(freeze), "totals": totals},
    )


def macs(graphs: Graph | Sequence[Graph], *, by: str = "stage", top: int | None = None) -> Table:
    """The multiply-accumulates of each graph for one image, as MACs and as FLOPs, and their shares.

    A row for each stage, layer or type; ``top`` keeps the most expensive rows and adds up the others. Raises UsageError
    for an unknown ``by``.
    """
    graphs = listed(graphs)
    return frame(
        graphs,
        ("macs", "flops"),
        title="Multiply-accumulates",
        by=by,
        top=top,
        shares={"macs": "share"},
        said=[Remark(f"{graph.name} by costcalc's convention: {work(total_macs(graph))}.") for graph in graphs],
        about={"quantity": "macs"},
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
    columns = {key: "all_flops" if key == "flops" else key for key in LEDGER}
    table = frame(graphs, columns, Setting(dtype, batch), title="Ledger", by=by, top=top)
    said = [
        Remark(
            f"{name} by costcalc's convention: {work(sums['macs'])}; with all other work {count(sums['flops'])} FLOPs; "
            f"{count(sums['read'] + sums['written'])} bytes moved."
        )
        for name, sums in table.about["totals"].items()
    ]
    about = {"quantity": "ledger", "dtype": dtype, "batch": batch}
    return table._replace(notes=[*table.notes, *said], about={**table.about, **about})


def catalogue(graphs: Sequence[Graph], sources: Mapping[str, str]) -> Table:
    """A row for each graph: title, trainable parameters, MACs for one image, knobs, and its source by its name."""
    rows = []
    for graph in graphs:
        rows.append(
            {
                "model": graph.name,
                "title": graph.title,
                **{key: total(graph, key) for key in BOTH},
                "knobs": " ".join(f"{knob}={shown(value)}" for knob, value in graph.knobs.items()),
                "source": sources[graph.name],
            }
        )
    return Table(
        title="Shipped models",
        columns=(
            Column("model", "Model"),
            Column("title", "Title"),
            *(QUANTITIES[key].as_column(key) for key in BOTH),
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
    both = [QUANTITIES[key] for key in BOTH]
    rows = []
    for node, *counts in zip(graph.nodes, *(each.by_node(graph, Setting()) for each in both), strict=True):
        rows.append(
            {
                "path": node.path,
                "type": node.layer.type,
                "layer": repr(node.layer),
                "inputs": ", ".join(graph.nodes[index].path for index in node.inputs),
                "shape": node.shape,
                **dict(zip(BOTH, counts, strict=True)),
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
            *(each.as_column(each.key) for each in both),
        ),
        rows=rows,
        total={"path": "total", **{key: total(graph, key) for key in BOTH}},
        notes=(
            f"Outputs: {', '.join(f'{output.name} ({graph.nodes[output.node].path})' for output in graph.outputs)}.",
            *notes(both, Setting()),
        ),
        about={
            "model": graph.name,
            "knobs": dict(graph.knobs),
            "outputs": [{"name": output.name, "path": graph.nodes[output.node].path} for output in graph.outputs],
        },
    )
