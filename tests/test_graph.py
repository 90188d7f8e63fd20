"""Graphs: what is measured of nodes that are alike is measured once."""

from costcalc.graph import Node
from tests.report.graphs import graph


def test_nodes_that_are_alike_are_measured_once() -> None:
    """VGG-16 has 13 convolutions: two different ones of 64, 128, 256 and 512 channels, and one more at 14 x 14."""
    whole = graph("vgg16")
    asked: list[Node] = []

    def output(node: Node) -> object:
        asked.append(node)
        return node.shape

    assert whole.each(output) == [node.shape for node in whole.nodes]
    convolutions = [node for node in asked if node.layer.type == "conv"]
    assert len(convolutions) == 9
    assert sum(node.layer.type == "conv" for node in whole.nodes) == 13
