"""Layers that pad, crop, fold and interpolate: known shapes, what is refused, and every shape as torch gives it."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from costcalc.dims import int_array
from costcalc.errors import LayerError
from costcalc.layers.base import Layer
from costcalc.layers.spatial import Crop, Pad, Resize, SpaceToDepth
from tests.layers import torch_side

sizes = st.integers(0, 4)
amounts = st.one_of(sizes, st.tuples(sizes, sizes))
images = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
targets = st.integers(1, 9)
layers: st.SearchStrategy[Layer] = st.one_of(
    st.builds(Pad, before=amounts, after=amounts),
    st.builds(Crop, before=amounts, after=amounts),
    st.builds(Resize, size=st.one_of(targets, st.tuples(targets, targets)), align_corners=st.booleans()),
    st.builds(Resize, size=targets, mode=st.just("nearest")),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(layers, images)
def test_the_shape_is_torchs_or_both_have_none(layer: Layer, shape: tuple[int, int, int]) -> None:
    """Where nothing is left of an image, torch refuses or gives no elements."""
    output = layer.out_shape(shape)
    expected = torch_side.shape(torch_side.build(layer.torch((shape,), output)), shape)
    assert (output if min(output) >= 1 else None) == expected


def test_a_crop_after_a_pad_shifts_an_image_by_one_pixel() -> None:
    """What NASNet does before it takes every second pixel."""
    image = torch.arange(6.0).reshape(1, 1, 2, 3)
    shifted = image
    for layer in (Pad(after=1), Crop(before=1)):
        shape = tuple(shifted.shape[1:])
        shifted = torch_side.build(layer.torch((shape,), layer.out_shape(shape)), "cpu")(shifted)
    assert shifted.tolist() == [[[[4.0, 5.0, 0.0], [0.0, 0.0, 0.0]]]]


def test_a_pair_is_vertical_then_horizontal() -> None:
    """As everywhere in a spec."""
    assert Pad(before=(1, 2), after=(0, 4)).out_shape((3, 10, 10)) == (3, 11, 16)
    assert Crop(before=(1, 2), after=(0, 4)).out_shape((3, 10, 10)) == (3, 9, 4)


def test_space_to_depth_has_darknets_reorg_shape() -> None:
    """YOLOv2's passthrough: 26 x 26 x 512 becomes 13 x 13 x 2048."""
    assert SpaceToDepth().out_shape((512, 26, 26)) == (2048, 13, 13)


@pytest.mark.parametrize(("shape", "axis"), [((4, 7, 8), "height: 2 does not divide 7"), ((4, 8, 5), "width: 2 does")])
def test_a_block_that_does_not_divide_the_image_is_refused(shape: tuple[int, int, int], axis: str) -> None:
    """The message says which axis, and how long it is."""
    with pytest.raises(LayerError, match=f"block and {axis}") as caught:
        SpaceToDepth(block=2).out_shape(shape)
    assert caught.value.field == "block"


def test_a_block_must_divide_every_member_of_a_sweep() -> None:
    """One odd resolution among many is refused too."""
    with pytest.raises(LayerError, match="block and height"):
        SpaceToDepth().out_shape((4, int_array([8, 9]), 8))


def test_bilinear_interpolation_takes_four_multiplications_and_three_additions() -> None:
    """For each element of the output, whatever the size of the input."""
    for side in (1, 33, 513):
        # 21*513*513 = 5526549
        work = Resize(size=513).ledger(((21, side, side),), (21, 513, 513))
        assert work == {"muls": 4 * 5526549, "adds": 3 * 5526549}


def test_the_nearest_pixel_is_copied_for_nothing() -> None:
    """There is no arithmetic in it."""
    assert Resize(size=26, mode="nearest").ledger(((4, 13, 13),), (4, 26, 26)) == {}


def test_aligned_corners_are_for_bilinear_interpolation_only() -> None:
    """torch refuses them for the nearest pixel as well."""
    with pytest.raises(LayerError, match="align_corners = true: not for mode nearest") as caught:
        Resize(size=4, mode="nearest", align_corners=True).out_shape((1, 2, 2))
    assert caught.value.field == "align_corners"
    with pytest.raises(ValueError, match="align_corners option can only be set"):
        functional.interpolate(torch.zeros(1, 1, 2, 2), 4, mode="nearest", align_corners=True)


@pytest.mark.parametrize("layer", [Pad(), Crop(), SpaceToDepth(), Resize(size=4)], ids=lambda layer: layer.type)
def test_a_vector_is_refused(layer: Any) -> None:
    """It has no height."""
    with pytest.raises(LayerError, match=f"{layer.type} takes an image"):
        layer.out_shape((8,))


@pytest.mark.parametrize("wrong", [{"before": -1}, {"after": (1, -2)}, {"before": (1, 2, 3)}])
def test_a_border_is_not_negative(wrong: dict[str, Any]) -> None:
    """A crop is a layer of its own."""
    with pytest.raises(LayerError, match=next(iter(wrong))):
        Pad(**wrong)
