"""The depth of a graph: the most convolutions and linear layers that lie on one path, as in the name of ResNet-50.

Source: He et al. 2015, arXiv:1512.03385, Table 1, whose depths count the layers with weights along the network, the
1x1 convolutions of shortcuts left out because they lie beside longer ways.
"""

from __future__ import annotations

from costcalc.graph import Graph

__all__ = ["depth", "on_deepest_path"]


def depth(graph: Graph) -> int:
    """The greatest number of layers with weights on a path from the input to an output."""
    return sum(on_deepest_path(graph))


def on_deepest_path(graph: Graph) -> list[int]:
    """For each node, 1 if it is counted by `depth` and 0 if not; of several deepest paths, the one declared first."""
    counted = [1 if any(tensor.role == "weight" for tensor in node.parameters) else 0 for node in graph.nodes]
    deepest: list[int] = []
    before: list[int | None] = []
    for node, own in zip(graph.nodes, counted, strict=True):
        best = max(node.inputs, key=lambda index: deepest[index], default=None)
        before.append(best)
        deepest.append(own if best is None else deepest[best] + own)
    place: int | None = max((output.node for output in graph.outputs), key=lambda index: deepest[index])
    counts = [0] * len(graph.nodes)
    while place is not None:
        counts[place] = counted[place]
        place = before[place]
    return counts
