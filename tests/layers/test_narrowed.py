"""Layers that work on each channel apart can be had for some channels."""

import pytest
import torch

from costcalc.layers import LAYERS
from tests.measure.graphs import graph, single_layers

APART = {"batch_norm", "max_pool", "avg_pool", "sum_pool", "global_avg_pool", "global_max_pool", "pool_to", "dropout"}
MIXING = {"linear", "add", "concat", "softmax", "flatten", "lrn", "l2_norm", "shuffle", "replicate", "rbf"}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_narrowed_layer_gives_those_channels_of_the_whole(kind: str) -> None:
    """The module of the narrowed layer, with those channels of the parameters, on those channels of an image."""
    from costcalc.measure.build import build

    for whole in single_layers(kind):
        node = whole.nodes[1]
        if len(node.inputs) != 1 or len(node.shape) not in (1, 3):
            continue
        channels = node.input_shapes[0][0]
        layer = node.layer.narrowed(node.input_shapes, channels - 1) if channels > 1 else None
        if layer is None:
            continue
        part = graph((channels - 1, *node.input_shapes[0][1:]), ("it", layer))
        modules = [build(each).eval() for each in (whole, part)]
        source = dict(modules[0].state_dict())
        target = modules[1].state_dict()
        modules[1].load_state_dict(
            {key: source[key][: len(value)] if value.dim() else source[key] for key, value in target.items()}
        )
        image = torch.rand(2, *node.input_shapes[0])
        with torch.no_grad():
            outputs = [modules[0](image), modules[1](image[:, : channels - 1])]
        # torch runs exponentials of a tensor's last few elements by another routine: some end in another bit
        torch.testing.assert_close(outputs[0][:, : channels - 1], outputs[1])


def test_layers_that_mix_channels_cannot_be_narrowed() -> None:
    """And those that work on each apart can, a convolution if it has one filter per channel."""
    for kind in APART & LAYERS.keys():
        assert all(one.nodes[1].layer.narrowed(one.nodes[1].input_shapes, 1) for one in single_layers(kind)), kind
    for kind in MIXING & LAYERS.keys():
        assert all(one.nodes[1].layer.narrowed(one.nodes[1].input_shapes, 1) is None for one in single_layers(kind)), (
            kind
        )
    depthwise = LAYERS["conv"](out=6, kernel=3, groups=6)
    narrowed = depthwise.narrowed(((6, 8, 8),), 2)
    assert repr(narrowed) == repr(LAYERS["conv"](out=2, kernel=3, groups=2))
    assert depthwise.narrowed(((12, 8, 8),), 2) is None
    assert LAYERS["conv"](out=6, groups=3).narrowed(((6, 8, 8),), 2) is None
