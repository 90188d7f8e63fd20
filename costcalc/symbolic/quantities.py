"""What a closed form is about: a sum over layers, or the peak of live bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from costcalc.dims import Dim
from costcalc.graph import Graph, Node
from costcalc.layers.allocation import Tensors
from costcalc.layers.base import PARAMETER_KINDS
from costcalc.memory.inference import Setting
from costcalc.memory.liveness import liveness
from costcalc.memory.program import Program, program
from costcalc.words import width

__all__ = ["MEMORY", "QUANTITIES", "Quantity", "default_program", "quantity"]

MEMORY = Setting()
"""How a model runs whose memory is meant: as ``costcalc memory`` runs it without options."""


class Quantity(NamedTuple):
    """A cost of a graph. ``of`` gives the cost of each node, the input's included.

    The cost of a graph, or of a part of it, is the sum over its layers, or with ``peak`` the greatest of them.
    """

    name: str
    title: str
    unit: str
    of: Callable[[Graph], list[Dim]]
    peak: bool = False


def default_program(graph: Graph) -> Program:
    """What ``graph`` does to memory as ``costcalc memory`` runs it without options; sizes in bytes, over any `Dim`."""
    tensors = Tensors(MEMORY.batch, width(MEMORY.dtype))
    return program(graph, tensors, hold_input=MEMORY.hold_input)


def _live_bytes(graph: Graph) -> list[Dim]:
    found = liveness(default_program(graph))
    return [found.before, *(step.during for step in found.steps)]


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
        f"peak memory at inference ({MEMORY.dtype})",
        "bytes",
        _live_bytes,
        peak=True,
    ),
}
"""The quantities by name; parameters by their kind."""


def quantity(name: str, kind: str = "trainable") -> Quantity:
    """The quantity called ``name``; ``kind`` says which parameters."""
    found = QUANTITIES[name]
    chosen: Quantity = found[kind] if isinstance(found, dict) else found
    return chosen
