"""What a closed form is about: a sum over layers, or the greatest sum of live tensors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from costcalc.dims import Dim, product
from costcalc.graph import Graph, Node
from costcalc.layers.base import PARAMETER_KINDS

__all__ = ["BYTES", "DTYPE", "QUANTITIES", "Quantity", "live", "quantity"]

DTYPE = "float32"
BYTES = 4
"""The bytes of an element of `DTYPE`."""


class Quantity(NamedTuple):
    """A cost of a graph. ``of`` gives the cost of each node.

    The cost of a graph, or of a part of it, is their sum, or with ``peak`` the greatest of them.
    """

    name: str
    title: str
    unit: str
    of: Callable[[Graph], list[Dim]]
    peak: bool = False


def live(graph: Graph, without: Collection[int] = ()) -> list[Dim]:
    """For each node, how many elements are live when it runs, in the declared order: plain liveness.

    Its output, and every earlier output (the input image too) that it or a later node takes or that is a result; the
    nodes ``without`` are not counted. Each layer makes a new tensor; nothing is done in place.
    """
    last = list(range(len(graph.nodes)))
    for index, node in enumerate(graph.nodes):
        for source in node.inputs:
            last[source] = index
    for output in graph.outputs:
        last[output.node] = len(graph.nodes)
    sizes = [product(node.shape) for node in graph.nodes]
    counts: list[Dim] = []
    alive: list[int] = []
    for index in range(len(graph.nodes)):
        alive = [*(other for other in alive if last[other] >= index), index]
        counts.append(sum((sizes[other] for other in alive if other not in without), 0))
    return counts


def _macs(node: Node) -> Dim:
    return node.ledger.get("macs", 0)


def _params(kind: str) -> Quantity:
    return Quantity(
        "params",
        f"parameters ({kind})",
        "params",
        lambda graph: [node.params[kind] for node in graph.nodes],
    )


QUANTITIES: Mapping[str, Any] = {
    "macs": Quantity("macs", "MACs", "macs", lambda graph: [_macs(node) for node in graph.nodes]),
    "params": {kind: _params(kind) for kind in PARAMETER_KINDS},
    "memory": Quantity(
        "memory",
        f"bytes of live tensors ({DTYPE})",
        "bytes",
        lambda graph: [BYTES * elements for elements in live(graph)],
        peak=True,
    ),
}
"""The quantities by name; parameters by their kind."""


def quantity(name: str, kind: str = "trainable") -> Quantity:
    """The quantity called ``name``; ``kind`` says which parameters."""
    found = QUANTITIES[name]
    chosen: Quantity = found[kind] if isinstance(found, dict) else found
    return chosen
