"""What layers say that autograd records of them."""

from __future__ import annotations

import pytest

from costcalc.layers import LAYERS
from costcalc.layers.tape import Operation, padding
from tests.measure.graphs import single_layers


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_a_tape_that_ends_in_its_output(kind: str) -> None:
    """The last operation makes the layer's elements; what is taken and saved is there before it."""
    for case in single_layers(kind):
        node = case.nodes[1]
        tape = node.tape
        names = {tensor.name for tensor in node.parameters}
        for place, operation in enumerate(tape):
            there = range(len(node.inputs) + place)
            assert all(number in there for number in operation.takes)
            assert all(number == -1 or number in operation.takes for number in operation.saves)
            assert set(operation.parameters) <= names
        elements = 1
        for dim in node.shape:
            elements *= dim
        assert not tape or tape[-1].elements == elements
        assert {name for operation in tape for name in operation.parameters} == {
            tensor.name for tensor in node.parameters if tensor.role != "statistic"
        }
        assert node.layer.tape.__doc__ is not None
        assert node.layer.tape.__doc__.startswith("Saved: ")


def test_padding_apart_is_an_operation_of_its_own() -> None:
    """3 channels of 4 x 5 with 1 and 2 columns and 0 and 1 rows around them; none without."""
    assert padding((3, 4, 5), None) == ()
    assert padding((3, 4, 5), (1, 2, 0, 1)) == (Operation(3 * 5 * 8),)
