"""Graph rewrites that preserve the function: batch norms folded, activations in place or fused.

The result is an ordinary graph: it can be planned, built and measured like any other.
"""

from __future__ import annotations

from collections.abc import Callable

from costcalc.graph import Graph, Node, Output
from costcalc.layers.allocation import Tensors
from costcalc.layers.base import Layer
from costcalc.layers.in_place import InPlace

__all__ = ["Copy", "fold", "fuse", "in_place", "with_arguments"]

BIAS = "bias"
"""The bias argument: a batch norm can be folded into any layer that has it."""


class Copy:
    """A copy of a graph, built node by node; ``place[i]`` is the new index of node i of the original."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Node] = [graph.nodes[0]]
        self.place: dict[int, int] = {0: 0}

    def add(self, like: Node, layer: Layer, inputs: tuple[int, ...], path: str | None = None) -> int:
        """Add a node that runs ``layer`` on ``inputs`` of the copy, in place of ``like``; returns its index."""
        shapes = tuple(self.nodes[index].shape for index in inputs)
        self.nodes.append(Node(path or like.path, like.stage, layer, inputs, shapes, layer.out_shape(*shapes)))
        return len(self.nodes) - 1

    def keep(self, number: int, layer: Layer | None = None) -> None:
        """Copy node ``number`` of the original, with another ``layer`` if one is given."""
        node = self.graph.nodes[number]
        inputs = tuple(self.place[index] for index in node.inputs)
        self.place[number] = self.add(node, layer or node.layer, inputs)

    def finish(self) -> Graph:
        """The graph, with the outputs of the original."""
        outputs = tuple(Output(name, self.place[node]) for name, node in self.graph.outputs)
        return self.graph._replace(nodes=tuple(self.nodes), outputs=outputs)


def with_arguments(layer: Layer, **changes: object) -> Layer:
    """The same layer with other arguments."""
    return type(layer)(**{name: changes.get(name, getattr(layer, name)) for name in layer.fields})


def only_readers(graph: Graph) -> dict[int, int]:
    """The only consumer of node i, keyed by i, for nodes that have exactly one and are not outputs."""
    readers: dict[int, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        for index in node.inputs:
            readers.setdefault(index, []).append(number)
    outputs = {output.node for output in graph.outputs}
    return {index: users[0] for index, users in readers.items() if len(users) == 1 and index not in outputs}


def fold(graph: Graph) -> Graph:
    """``graph`` with every batch norm folded into the convolution or linear layer before it, which gets a bias.

    Only if nothing else reads that layer's output. At inference batch norm is a scale and a shift per channel.
    """
    alone = only_readers(graph)
    copy = Copy(graph)
    for number, node in enumerate(graph.nodes[1:], start=1):
        if node.layer.type == "batch_norm" and alone.get(node.inputs[0]) == number:
            before = graph.nodes[node.inputs[0]]
            if BIAS in before.layer.fields:
                copy.place[number] = copy.place[node.inputs[0]]
                continue
        folds = BIAS in node.layer.fields and number in alone and graph.nodes[alone[number]].layer.type == "batch_norm"
        copy.keep(number, with_arguments(node.layer, bias=True) if folds else None)
    return copy.finish()


def in_place(graph: Graph) -> Graph:
    """``graph`` with every activation in place, where torch supports it and nothing else reads its input.

    The image is never overwritten: it belongs to the caller.
    """
    return _in_place(graph, lambda before: True)


def fuse(graph: Graph) -> Graph:
    """``graph`` with batch norms folded and the activations after convolutions and linear layers fused.

    The three become one operation, whose result is the convolution's output, changed in place.
    """
    return _in_place(fold(graph), lambda before: BIAS in before.fields)


def _in_place(graph: Graph, wanted: Callable[[Layer], bool]) -> Graph:
    alone = only_readers(graph)
    copy = Copy(graph)
    for number, node in enumerate(graph.nodes[1:], start=1):
        change = node.layer.in_place and wanted(graph.nodes[node.inputs[0]].layer) and _owns(graph, alone, number)
        copy.keep(number, InPlace(node.layer) if change else None)
    return copy.finish()


def _owns(graph: Graph, alone: dict[int, int], number: int) -> bool:
    """Is node ``number`` the only reader of the storage of its input, including views?"""
    one = Tensors(1, 1)
    while True:
        source = graph.nodes[number].inputs[0]
        if source == 0 or alone.get(source) != number:
            return False
        node = graph.nodes[source]
        if not node.layer.allocates(node.input_shapes, node.shape, one).shared:
            return True
        number = source
