"""Poolings: every shape as torch gives it, torch's bounds, and what the modules are called."""

from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from costcalc.dims import Shape, int_array
from costcalc.errors import LayerError
from costcalc.layers import LAYERS
from costcalc.layers.base import TorchCall
from costcalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool, PoolTo, SumPool
from tests.layers import torch_side

some = settings(max_examples=250, deadline=None, derandomize=True)

paddings = st.one_of(
    st.sampled_from(("half", "same", "valid")), st.integers(0, 4), st.tuples(st.integers(0, 3), st.integers(0, 3))
)
common = {
    "kernel": st.one_of(st.integers(1, 7), st.tuples(st.integers(1, 5), st.integers(1, 5))),
    "stride": st.one_of(st.integers(1, 7), st.tuples(st.integers(1, 4), st.integers(1, 4))),
    "padding": paddings,
    "ceil_mode": st.booleans(),
}
images = st.tuples(st.integers(1, 3), st.integers(1, 14), st.integers(1, 14))


def check(layer: MaxPool | AvgPool | SumPool, shape: Shape, direct: nn.Module | None) -> None:
    """``layer`` gives the shape of its torch module, and of ``direct``, torch's own class with the same arguments."""
    try:
        output = layer.out_shape(shape)
    except LayerError:
        assert direct is not None
        assert torch_side.shape(direct, shape) is None
        return
    expected = output if min(output) >= 1 else None
    assert torch_side.shape(torch_side.build(layer.torch((shape,), output)), shape) == expected
    if direct is not None:
        assert torch_side.shape(direct, shape) == expected


@some
@given(st.fixed_dictionaries({**common, "dilation": st.integers(1, 3)}), images)
@example({"kernel": 3, "stride": 5, "ceil_mode": True, "padding": "valid"}, (1, 1, 2))
@example({"kernel": 3, "stride": 1, "ceil_mode": True, "padding": "valid"}, (1, 2, 2))
@example({"kernel": 3, "stride": 7, "ceil_mode": True, "padding": "half", "dilation": 2}, (1, 5, 5))
@example({"kernel": 2, "stride": 2, "ceil_mode": True, "padding": "half", "dilation": 3}, (1, 1, 1))
def test_max_pooling_gives_torchs_shape_or_both_refuse(arguments: dict[str, Any], shape: tuple[int, int, int]) -> None:
    """Ceil mode on tiny inputs, dilation and each padding included."""
    layer = MaxPool(**arguments)
    direct = None
    if not isinstance(layer.padding, str):
        direct = nn.MaxPool2d(layer.kernel, layer.stride, layer.padding, layer.dilation, ceil_mode=layer.ceil_mode)
    check(layer, shape, direct)


@some
@given(st.fixed_dictionaries({**common, "count_include_pad": st.booleans()}), images)
@example({"kernel": 3, "stride": 5, "ceil_mode": True, "padding": 1}, (1, 1, 2))
def test_avg_pooling_gives_torchs_shape_or_both_refuse(arguments: dict[str, Any], shape: tuple[int, int, int]) -> None:
    """The same for means."""
    layer = AvgPool(**arguments)
    direct = None
    if not isinstance(layer.padding, str):
        direct = nn.AvgPool2d(layer.kernel, layer.stride, layer.padding, layer.ceil_mode)
    check(layer, shape, direct)


@some
@given(st.fixed_dictionaries(common), images)
@example({"kernel": 3, "stride": 5, "ceil_mode": True, "padding": 1}, (1, 1, 2))
def test_sum_pooling_gives_torchs_shape_or_both_refuse(arguments: dict[str, Any], shape: tuple[int, int, int]) -> None:
    """The same for sums, which in torch are means divided by one."""
    layer = SumPool(**arguments)
    direct = None
    if not isinstance(layer.padding, str):
        direct = nn.AvgPool2d(layer.kernel, layer.stride, layer.padding, layer.ceil_mode, divisor_override=1)
    check(layer, shape, direct)


@some
@given(images, st.tuples(st.integers(1, 16), st.integers(1, 16)))
def test_pooling_to_a_size_gives_torchs_shape(shape: tuple[int, int, int], size: tuple[int, int]) -> None:
    """Larger sizes than the input's too."""
    layer = PoolTo(size=size)
    output = layer.out_shape(shape)
    assert torch_side.shape(torch_side.build(layer.torch((shape,), output)), shape) == output


@given(images)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_global_poolings_leave_one_value_per_channel(shape: tuple[int, int, int]) -> None:
    """An image becomes a vector of its channels, as in the torch modules."""
    for layer in (GlobalAvgPool(), GlobalMaxPool()):
        assert layer.out_shape(shape) == shape[:1]
        assert torch_side.shape(torch_side.build(layer.torch((shape,), shape[:1])), shape) == shape[:1]


@pytest.mark.parametrize("name", ["max_pool", "avg_pool", "sum_pool"])
def test_padding_of_more_than_half_the_kernel_is_refused(name: str) -> None:
    """torch's bound, with the argument, its value and the rule."""
    pool = LAYERS[name](kernel=(3, 2), padding=(1, 1))
    assert pool.out_shape((4, 8, 8)) == (4, 8, 9)
    with pytest.raises(LayerError) as caught:
        LAYERS[name](kernel=3, padding=2).out_shape((4, 8, 8))
    assert str(caught.value) == "padding = [2, 2]: must be at most half the kernel [3, 3]"
    assert caught.value.field == "padding"
    with pytest.raises(LayerError, match="must be at most half the kernel"):
        LAYERS[name](kernel=int_array([5, 3]), padding=2).out_shape((4, 8, 8))


def test_a_dilated_window_with_half_padding_is_padded_by_a_module_of_its_own() -> None:
    """torch bounds its own padding by half the kernel, dilated or not; DeepLab needs dilation * (kernel - 1) // 2."""
    layer = MaxPool(kernel=3, dilation=2)
    assert layer.out_shape((4, 8, 8)) == (4, 8, 8)
    call = layer.torch(((4, 8, 8),), (4, 8, 8))
    assert (call.name, call.arguments["pad"]) == ("PaddedMaxPool2d", (2, 2, 2, 2))
    with pytest.raises(RuntimeError, match="pad should be smaller than or equal to half of kernel size"):
        nn.MaxPool2d(3, 1, 2, dilation=2)(torch.empty(1, 4, 8, 8, device="meta"))


def test_same_padding_that_differs_between_sides_is_padded_by_a_module_of_its_own() -> None:
    """The order of the sides is torch's: left, right, top, bottom."""
    for layer, name in (
        (MaxPool(kernel=3, stride=2, padding="same"), "PaddedMaxPool2d"),
        (AvgPool(kernel=3, stride=2, padding="same", count_include_pad=False), "PaddedAvgPool2d"),
    ):
        call = layer.torch(((4, 8, 7),), (4, 4, 4))
        assert (call.name, call.arguments["pad"]) == (name, (1, 1, 0, 1))
    assert call.arguments["count_include_pad"] is False


def test_the_calls_carry_torchs_own_keywords() -> None:
    """A pooling that torch can do alone is torch's own class."""
    assert MaxPool(kernel=3, stride=2, padding=1, ceil_mode=True).torch(((4, 8, 8),), (4, 5, 5)) == TorchCall(
        "MaxPool2d",
        {"kernel_size": (3, 3), "stride": (2, 2), "dilation": (1, 1), "padding": (1, 1), "ceil_mode": True},
    )
    assert AvgPool(kernel=2, stride=2, padding="valid").torch(((4, 8, 8),), (4, 4, 4)) == TorchCall(
        "AvgPool2d",
        {"kernel_size": (2, 2), "stride": (2, 2), "count_include_pad": True, "padding": (0, 0), "ceil_mode": False},
    )
    assert MaxPool(kernel=2, padding=1).torch(((4, 8, 8),), (4, 9, 9)).name == "MaxPool2d"
    assert PoolTo(size=(1, 2)).torch(((4, 8, 8),), (4, 1, 2)) == TorchCall("AdaptiveAvgPool2d", {"output_size": (1, 2)})


def test_a_mean_over_known_windows_costs_what_can_be_counted_by_hand() -> None:
    """One addition less than a window has values, and one division."""
    # 2*4*4 outputs of 3*3 values: 32 * 8 additions, 32 divisions
    assert AvgPool(kernel=3, stride=2).ledger(((2, 8, 8),), (2, 4, 4)) == {"adds": 256, "divides": 32}
    # 1280 channels of 7*7 values: 1280 * 48 additions
    assert GlobalAvgPool().ledger(((1280, 7, 7),), (1280,)) == {"adds": 61440, "divides": 1280}
    # 5 rows into 3 windows 0-1, 1-3, 3-4 and 4 columns into 2 windows 0-1, 2-3: 7 * 4 values, 3 * 2 windows
    assert PoolTo(size=(3, 2)).ledger(((1, 5, 4),), (1, 3, 2)) == {"adds": 22, "divides": 6}


def test_pooling_to_one_by_one_costs_what_global_pooling_costs() -> None:
    """Two names of one operation, but for the shape."""
    shape = (6, 5, 7)
    assert PoolTo(size=1).ledger((shape,), (6, 1, 1)) == GlobalAvgPool().ledger((shape,), (6,))
