"""Transposed convolutions: a known figure, and every shape as torch gives it."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from costcalc.dims import int_array
from costcalc.errors import LayerError
from costcalc.layers.base import Parameter
from costcalc.layers.conv import Conv, ConvTranspose
from tests.layers import torch_side


def pairs(least: int, most: int) -> st.SearchStrategy[Any]:
    """One number, or one for each axis."""
    one = st.integers(least, most)
    return st.one_of(one, st.tuples(one, one))


layers = st.fixed_dictionaries(
    {
        "out": st.sampled_from((1, 2, 3, 6)),
        "kernel": pairs(1, 5),
        "stride": pairs(1, 4),
        "padding": st.one_of(st.sampled_from(("half", "valid")), pairs(0, 3)),
        "output_padding": pairs(0, 3),
        "dilation": pairs(1, 3),
        "groups": st.sampled_from((1, 1, 2, 3)),
        "bias": st.booleans(),
    }
)
images = st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 9))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(layers, images)
def test_a_transposed_convolution_gives_torchs_shape_or_both_refuse(
    arguments: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    """Kernel, stride, padding, output padding, dilation and groups."""
    layer = ConvTranspose(**arguments)
    try:
        output = layer.out_shape(shape)
    except LayerError:
        with pytest.raises((RuntimeError, ValueError)):  # on meta tensors torch does not look at the output padding
            torch_side.build(layer.torch((shape,), shape), "cpu")(torch.zeros(1, *shape))
        return
    expected = torch_side.shape(torch_side.build(layer.torch((shape,), output)), shape)
    assert (output if min(output) >= 1 else None) == expected
    if not isinstance(layer.padding, str):
        direct = nn.ConvTranspose2d(
            shape[0],
            layer.out,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.output_padding,
            layer.groups,
            layer.bias,
            layer.dilation,
            device="meta",
        )
        assert torch_side.shape(direct, shape) == expected


def test_it_undoes_the_shape_of_the_convolution_and_costs_the_same() -> None:
    """U-Net's up-convolution; each of its multiply-accumulates is one of the convolution's, the other way round."""
    up = ConvTranspose(out=64, kernel=2, stride=2)
    assert up.out_shape((128, 56, 56)) == (64, 112, 112)
    # 128*64*2*2*56*56 = 102760448
    assert up.ledger(((128, 56, 56),), (64, 112, 112)) == {"macs": 102760448}
    down = Conv(out=128, kernel=2, stride=2, padding="valid")
    assert down.out_shape((64, 112, 112)) == (128, 56, 56)
    assert down.ledger(((64, 112, 112),), (128, 56, 56)) == {"macs": 102760448}


def test_the_weight_has_the_input_channels_first() -> None:
    """torch's order; groups divide the output channels."""
    layer = ConvTranspose(out=6, kernel=(3, 4), groups=2, bias=True)
    shape = (4, 5, 5)
    assert layer.parameters((shape,), layer.out_shape(shape)) == (
        Parameter("weight", "weight", (4, 3, 3, 4)),
        Parameter("bias", "bias", (6,)),
    )


@pytest.mark.parametrize("extra", [2, (0, 2), int_array([0, 2])])
def test_output_padding_must_be_less_than_the_stride_or_the_dilation(extra: Any) -> None:
    """More would add rows that no input reaches: torch's rule."""
    with pytest.raises(LayerError, match="must be less than the stride or the dilation") as caught:
        ConvTranspose(out=4, kernel=3, stride=2, output_padding=extra).out_shape((4, 5, 5))
    assert caught.value.field == "output_padding"


@pytest.mark.parametrize(("channels", "out", "what"), [(5, 4, "input"), (4, 5, "output")])
def test_groups_must_divide_the_channels(channels: int, out: int, what: str) -> None:
    """On both sides."""
    with pytest.raises(LayerError, match=f"groups and {what} channels: 2 does not divide 5"):
        ConvTranspose(out=out, kernel=2, groups=2).out_shape((channels, 5, 5))


def test_same_is_no_padding_of_a_transposed_convolution() -> None:
    """Which rows it would cut off is not agreed on."""
    with pytest.raises(LayerError, match="padding = same: not a padding"):
        ConvTranspose(out=4, kernel=3, padding="same")
