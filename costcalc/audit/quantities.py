"""Quantities of a model or a part of it: sums over nodes, tensor sizes, layer counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from costcalc import quantities
from costcalc.audit.document import Subject
from costcalc.dims import Dim, product
from costcalc.errors import SpecError, nearest, shown
from costcalc.graph import Graph, Node
from costcalc.layers.conv import Conv
from costcalc.layers.linear import Linear
from costcalc.spec import read as spec

__all__ = ["QUANTITIES", "Part", "Quantity", "part_of"]


class Part:
    """Some nodes of a graph, in order, excluding the input."""

    def __init__(self, graph: Graph, nodes: Sequence[Node]) -> None:
        self.graph = graph
        self.nodes = nodes

    def column(self, key: str) -> Sequence[Dim]:
        """What each node has of the quantity ``key`` of `costcalc.quantities`, which adds up."""
        counts = quantities.QUANTITIES[key].by_node(self.graph, quantities.Setting())
        paths = {node.path for node in self.nodes}
        return [count for node, count in zip(self.graph.nodes, counts, strict=True) if node.path in paths]


Quantity = Callable[[Part], Dim]


def part_of(graph: Graph, subject: Subject) -> Part:
    """The nodes of ``graph`` that ``subject`` names. Raises SpecError where there are none."""
    nodes = list(graph.nodes[1:])
    if subject.part is not None:
        nodes = [node for node in nodes if _below(node, subject.part)]
        if not nodes:
            raise _nothing(graph, subject.places["part"], subject.part)
    for path in subject.without:
        kept = [node for node in nodes if not _below(node, path)]
        if len(kept) == len(nodes):
            raise _nothing(graph, subject.places["without"], path)
        nodes = kept
    if subject.only is not None:
        nodes = [node for node in nodes if _kind(node) == subject.only]
    if subject.at is not None:
        nodes = [node for node in nodes if _height(node.shape) == subject.at]
    if not nodes:
        given = [key for key in ("part", "without", "only", "at") if key in subject.places]
        raise subject.places[given[-1]].error(f"{graph.name}: no layer matches {' and '.join(given)}")
    return Part(graph, nodes)


def _nothing(graph: Graph, place: spec.Node, path: str) -> SpecError:
    """The error that ``graph`` has no node at or below ``path``."""
    steps = [node.path.split(".") for node in graph.nodes[1:]]
    known = dict.fromkeys(".".join(each[:depth]) for each in steps for depth in range(1, len(each) + 1))
    return place.error(f"{graph.name} has no layer at {shown(path)}", nearest(path, known))


def _below(node: Node, path: str) -> bool:
    return node.path == path or node.path.startswith(f"{path}.")


def _height(shape: tuple[Dim, ...]) -> Dim:
    return shape[1] if len(shape) == 3 else 1


def _kind(node: Node) -> str | None:
    """One of `costcalc.audit.document.KINDS`, None for what is neither a convolution nor linear."""
    layer = node.layer
    if isinstance(layer, Linear):
        return "linear"
    if not isinstance(layer, Conv):
        return None
    if layer.kernel == (1, 1):
        return "pointwise"
    return "depthwise" if layer.groups == node.input_shapes[0][0] else "spatial"


def _total(key: str) -> Quantity:
    return lambda part: sum(part.column(key), 0)


def _dense(key: str) -> Quantity:
    return lambda part: sum(
        (count * _groups(node) for node, count in zip(part.nodes, part.column(key), strict=True)), 0
    )


def _count(holds: Callable[[Node], bool]) -> Quantity:
    return lambda part: sum(holds(node) for node in part.nodes)


def _groups(node: Node) -> Dim:
    return node.layer.groups if isinstance(node.layer, Conv) else 1


def _largest(part: Part) -> tuple[Dim, ...]:
    return max((node.shape for node in part.nodes), key=product)


def _in_out(node: Node) -> Dim:
    return sum(map(product, node.input_shapes), product(node.shape))


QUANTITIES: Mapping[str, Quantity] = {
    **{key: _total(key) for key, each in quantities.QUANTITIES.items() if each.column and each.adds == "sum"},
    "dense_weights": _dense("weights"),
    "dense_macs": _dense("macs"),
    "layers": _count(lambda node: _kind(node) is not None),
    "convolutions": _count(lambda node: isinstance(node.layer, Conv)),
    "channels_in": lambda part: part.nodes[0].input_shapes[0][0],
    "channels_out": lambda part: part.nodes[-1].shape[0],
    "height_in": lambda part: _height(part.nodes[0].input_shapes[0]),
    "height_out": lambda part: _height(part.nodes[-1].shape),
    "elements_in": lambda part: product(part.nodes[0].input_shapes[0]),
    "elements_out": lambda part: product(part.nodes[-1].shape),
    "largest": lambda part: product(_largest(part)),
    "largest_channels": lambda part: _largest(part)[0],
    "largest_weights": lambda part: max(part.column("weights")),
    "largest_in_out": lambda part: max(_in_out(node) for node in part.nodes if _kind(node) is not None),
}
"""By name. ``layers`` are convolutions and linear layers; ``dense_`` is as if no convolution had groups; ``_in`` is of
the first node, ``_out`` of the last one. ``largest`` are the elements of the largest output, ``largest_channels`` its
channels; ``largest_in_out`` the elements of the input and the output of one of the ``layers``, ``largest_weights`` its
weights."""
