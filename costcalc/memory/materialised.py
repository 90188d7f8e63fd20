"""Which tensors of a graph must be there as a whole, and the largest of them at each spatial resolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from costcalc.dims import product
from costcalc.graph import Graph, Node
from costcalc.layers.base import Layer
from costcalc.layers.conv import Conv
from costcalc.memory.rewriting import only_readers

__all__ = ["Largest", "avoidable", "largest"]


class Largest(NamedTuple):
    """The tensor with most elements at a resolution: how many ``channels`` and ``elements``, and the node it is of."""

    channels: int
    elements: int
    path: str


def largest(graph: Graph, *, in_parts: bool = False) -> dict[int, Largest]:
    """The largest tensor at each height, the input left out; a vector is 1 high.

    With ``in_parts`` the tensors that `avoidable` names do not count.
    """
    left_out = set(avoidable(graph)) if in_parts else set()
    found: dict[int, Largest] = {}
    for number, node in enumerate(graph.nodes[1:], start=1):
        height = node.shape[1] if len(node.shape) == 3 else 1
        elements = product(node.shape)
        if number not in left_out and (height not in found or elements > found[height].elements):
            found[height] = Largest(node.shape[0], elements, node.path)
    return found


def avoidable(graph: Graph) -> Iterator[int]:
    """The nodes whose outputs need never be there as a whole, because they can be made and used up in parts.

    A convolution is computed for some of its channels at a time; the layers that work on each channel apart follow;
    then a convolution adds up what these channels give, or the result, which is smaller, is kept. Source: Sandler et
    al. 2018 (MobileNetV2), arXiv:1801.04381, section 5.1, and the caption of Table 3 for the first layer.
    """
    alone = only_readers(graph)
    for start, node in enumerate(graph.nodes):
        if not isinstance(node.layer, Conv) or _apart(node):
            continue
        chain = [start]
        while chain[-1] in alone and _apart(graph.nodes[alone[chain[-1]]]):
            chain.append(alone[chain[-1]])
        if chain[-1] in alone and _adds_up(graph.nodes[alone[chain[-1]]].layer):
            result = graph.nodes[alone[chain[-1]]]
        else:
            result = graph.nodes[chain.pop()]
        if product(result.shape) < product(node.shape):
            yield from chain


def _apart(node: Node) -> bool:
    return node.layer.narrowed(node.input_shapes, 1) is not None


def _adds_up(layer: Layer) -> bool:
    return isinstance(layer, Conv)
