"""Which tensors of a graph must be materialised in full, and the largest of them at each spatial resolution."""

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
    """The tensor with the most elements at a resolution: ``channels``, ``elements`` and the ``path`` of its node."""

    channels: int
    elements: int
    path: str


def largest(graph: Graph, *, in_parts: bool = False) -> dict[int, Largest]:
    """The largest tensor at each height, excluding the input; a vector has height 1.

    ``in_parts`` excludes the tensors that `avoidable` yields.
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
    """The nodes whose outputs need not be materialised in full because they can be computed and consumed in parts.

    A convolution computes some of its channels at a time, channelwise layers follow, then a convolution accumulates
    over these channels, or the smaller result is kept. Source: Sandler et al. 2018 (MobileNetV2), arXiv:1801.04381,
    section 5.1, and the caption of Table 3 for the first layer.
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
