"""Convolutions: known figures, groups, and every shape as torch gives it."""

from typing import Any

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from costcalc.dims import int_array
from costcalc.errors import LayerError
from costcalc.layers.base import Parameter, TorchCall
from costcalc.layers.conv import Conv
from tests.layers import torch_side

pair = st.tuples(st.integers(1, 5), st.integers(1, 5))
strides = st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4)))
paddings = st.one_of(
    st.sampled_from(("half", "same", "valid")), st.integers(0, 4), st.tuples(st.integers(0, 4), st.integers(0, 4))
)
convs = st.fixed_dictionaries(
    {
        "out": st.integers(1, 8),
        "kernel": st.one_of(st.integers(1, 5), pair),
        "stride": strides,
        "padding": paddings,
        "dilation": st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))),
        "groups": st.sampled_from((1, 1, 2, 3, 4)),
        "bias": st.booleans(),
    }
)
images = st.tuples(st.integers(1, 8), st.integers(1, 14), st.integers(1, 14))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(convs, images)
@example({"out": 4, "kernel": 7, "stride": 8, "padding": "valid"}, (4, 6, 6))
@example({"out": 4, "kernel": 3, "stride": 2, "padding": "same"}, (4, 6, 7))
@example({"out": 4, "groups": 3}, (4, 6, 7))
@example({"out": 4, "groups": 3}, (6, 6, 7))
def test_a_convolution_gives_torchs_shape_or_both_refuse(
    arguments: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    """Kernel, stride, padding, dilation and groups: the shape is torch's, and what torch refuses is refused."""
    layer = Conv(**arguments)
    groups = layer.groups
    if shape[0] % groups or layer.out % groups:
        with pytest.raises(LayerError, match="does not divide"):
            layer.out_shape(shape)
        with pytest.raises(ValueError, match="must be divisible by groups"):
            torch_side.build(layer.torch((shape,), shape))
        return
    output = layer.out_shape(shape)
    call = layer.torch((shape,), output)
    expected = torch_side.shape(torch_side.build(call), shape)
    assert (output if min(output) >= 1 else None) == expected
    if not isinstance(layer.padding, str):
        direct = nn.Conv2d(
            shape[0],
            layer.out,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.dilation,
            groups,
            device="meta",
        )
        assert torch_side.shape(direct, shape) == expected


def test_a_standard_convolution_costs_what_the_paper_says() -> None:
    """MobileNet's stem at 224."""
    stem = Conv(out=32, kernel=3, stride=2)
    assert stem.out_shape((3, 224, 224)) == (32, 112, 112)
    # 3*3*3*32*112*112 = 10838016
    assert stem.ledger(((3, 224, 224),), (32, 112, 112)) == {"macs": 10838016}


def test_a_depthwise_convolution_is_one_whose_groups_are_its_channels() -> None:
    """One filter for each channel."""
    depthwise = Conv(out=32, kernel=3, groups=32)
    shape = (32, 112, 112)
    # 3*3*32*112*112 = 3612672
    assert depthwise.ledger((shape,), shape) == {"macs": 3612672}
    assert depthwise.parameters((shape,), shape) == (Parameter("weight", "weight", (32, 1, 3, 3)),)


def test_a_bias_is_one_addition_for_each_output_element() -> None:
    """And one parameter for each output channel."""
    layer = Conv(out=5, bias=True)
    assert layer.ledger(((2, 3, 4),), (5, 3, 4)) == {"macs": 2 * 5 * 3 * 4, "adds": 5 * 3 * 4}
    assert layer.parameters(((2, 3, 4),), (5, 3, 4))[1] == Parameter("bias", "bias", (5,))


def test_even_and_odd_same_padding_name_different_classes() -> None:
    """torch's own class pads both sides alike; where `same` does not, a small one pads first."""
    layer = Conv(out=8, kernel=3, stride=2, padding="same")
    odd = layer.torch(((3, 7, 7),), (8, 4, 4))
    assert (odd.name, odd.arguments["padding"]) == ("Conv2d", (1, 1))
    even = layer.torch(((3, 8, 6),), (8, 4, 3))
    assert (even.name, even.arguments["pad"]) == ("PaddedConv2d", (0, 1, 0, 1))
    assert Conv(out=4, kernel=(1, 3)).torch(((3, 8, 8),), (4, 8, 8)) == TorchCall(
        "Conv2d",
        {
            "in_channels": 3,
            "out_channels": 4,
            "kernel_size": (1, 3),
            "stride": (1, 1),
            "padding": (0, 1),
            "dilation": (1, 1),
            "groups": 1,
            "bias": False,
        },
    )


@pytest.mark.parametrize(
    ("channels", "out", "what"),
    [(32, 30, "input channels: 3 does not divide 32"), (30, 32, "output channels: 3 does not divide 32")],
)
def test_groups_that_do_not_divide_are_refused_by_name(channels: int, out: int, what: str) -> None:
    """The message says which channels, and how many."""
    with pytest.raises(LayerError, match=f"groups and {what}") as caught:
        Conv(out=out, groups=3).out_shape((channels, 8, 8))
    assert caught.value.field == "groups"


def test_groups_that_divide_some_members_of_a_sweep_only_are_refused() -> None:
    """The check is on every member."""
    with pytest.raises(LayerError, match="groups and input channels"):
        Conv(out=8, groups=4).out_shape((int_array([8, 6]), 4, 4))


def test_the_depthwise_share_is_one_over_n_plus_one_over_k_squared() -> None:
    """The paper's section 3.1, from the formulas alone: depthwise and pointwise against standard."""
    m, n, k, f = sympy.symbols("M N k F", integer=True, positive=True)
    image = (m, f, f)
    pads: Any = {"padding": 0}
    wide = (n, f, f)
    standard = Conv(out=n, kernel=k, **pads).ledger((image,), wide)["macs"]
    depthwise = Conv(out=m, kernel=k, groups=m, **pads).ledger((image,), image)["macs"]
    pointwise = Conv(out=n, **pads).ledger((image,), wide)["macs"]
    assert sympy.simplify((depthwise + pointwise) / standard - (1 / n + 1 / k**2)) == 0
