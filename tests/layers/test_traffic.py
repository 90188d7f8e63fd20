"""What a layer says it moves is what torch's module moves."""

import pytest
import torch

from costcalc.dims import product
from costcalc.layers.base import Traffic
from tests.layers import torch_side
from tests.layers.cases import CASES, Case
from tests.measure.graphs import layer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_layer_moves_nothing_exactly_where_torch_gives_back_the_same_memory(case: Case) -> None:
    """Else it reads every input and every stored parameter once, and writes its output once."""
    for setting in case.settings(3):
        operation, inputs = case.build(**setting)
        output = operation.out_shape(*inputs)
        module = torch_side.build(operation.torch(inputs, output), "cpu")
        images = [torch.zeros(1, *shape) for shape in inputs]
        result = module(*images)
        shared = result.untyped_storage().data_ptr() in {image.untyped_storage().data_ptr() for image in images}
        stored = sum(product(shape) for _, shape in torch_side.tensors(module).values())
        read = sum(image.numel() for image in images)
        assert operation.traffic(inputs, output) == (
            Traffic(0, 0, 0) if shared else Traffic(read, result.numel(), stored)
        )


def test_the_traffic_of_a_convolution_counts_one_by_one() -> None:
    """An image of 2 x 4 x 4 to 3 x 4 x 4 by 3 x 3 weights and biases."""
    conv = layer("conv", out=3, kernel=3, bias=True)
    # read 2*4*4 = 32; written 3*4*4 = 48; parameters 3*2*3*3 + 3 = 57
    assert conv.traffic(((2, 4, 4),), (3, 4, 4)) == (32, 48, 57)
    assert layer("flatten").traffic(((2, 4, 4),), (32,)) == (0, 0, 0)
