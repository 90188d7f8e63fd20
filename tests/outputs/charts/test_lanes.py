"""Where nodes stand in the picture of a graph."""

import pytest

import costcalc
from costcalc.outputs.charts.lanes import lanes


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([], []),
        ([[], [0], [1]], [0, 0, 0]),  # a chain
        ([[], [0], [1], [2, 0]], [0, 1, 1, 0]),  # a shortcut stays where it is, the branch beside it
        ([[], [0], [0], [0], [1, 2, 3]], [0, 1, 2, 0, 0]),  # the last branch takes over the lane of what it alone reads
        ([[], [0, 0]], [0, 0]),  # the same tensor twice
        ([[], [0], [0]], [0, 1, 0]),  # two results
    ],
)
def test_a_lane_is_a_tensors_own_as_long_as_it_is_read(inputs: list[list[int]], expected: list[int]) -> None:
    """The leftmost that is free; a node takes over the lane of what it is the last to read."""
    assert lanes(inputs) == expected


@pytest.mark.parametrize("name", ["mobilenetv2", "inception-v3", "nasnet-mobile", "ssd300-vgg16"])
def test_no_line_runs_through_a_node(name: str) -> None:
    """Between a tensor's maker and its last reader no other node stands in its lane."""
    inputs = [node.inputs for node in costcalc.infer(costcalc.load(name)).nodes]
    places = lanes(inputs)
    for reader, sources in enumerate(inputs):
        for source in sources:
            assert places[source] not in places[source + 1 : reader]
