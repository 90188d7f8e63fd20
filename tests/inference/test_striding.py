"""max_stride on single layers; whole backbones are in tests/spec/test_architectures.py."""

from __future__ import annotations

import pytest

from costcalc.errors import LayerError
from costcalc.inference.striding import Region, State, capped
from costcalc.layers import LAYERS


def _capped(type: str, limit: int, state: State, **values: object) -> tuple[dict[str, object], State]:
    layer, after = capped(LAYERS[type], values, limit, state)
    return {name: getattr(layer, name) for name in ("stride", "dilation", "padding") if name in layer.fields}, after


def test_a_stride_below_the_cap_is_kept_and_counted() -> None:
    """2 * 2 = 4 of 8."""
    conv, after = _capped("conv", 8, (2, 1), out=8, kernel=3, stride=2)
    assert (conv["stride"], conv["dilation"], after) == ((2, 2), (1, 1), (4, 1))


def test_a_stride_above_the_cap_becomes_dilation_of_what_follows() -> None:
    """The layer itself keeps the dilation so far."""
    conv, after = _capped("conv", 8, (8, 2), out=8, kernel=3, stride=2)
    assert (conv["stride"], conv["dilation"], after) == ((1, 1), (2, 2), (8, 4))


def test_explicit_padding_grows_with_the_dilation_and_words_do_not() -> None:
    """``half`` is half of the dilated kernel by itself."""
    assert _capped("conv", 8, (8, 4), out=8, kernel=3, padding=1)[0]["padding"] == (4, 4)
    assert _capped("conv", 8, (8, 4), out=8, kernel=3)[0]["padding"] == "half"
    assert _capped("conv", 8, (8, 4), out=8, kernel=3, padding="same")[0]["padding"] == "same"


def test_an_axis_with_a_kernel_of_one_is_not_dilated() -> None:
    """Nor is its padding scaled."""
    conv, _ = _capped("conv", 8, (8, 4), out=8, kernel=(1, 7), padding=(2, 3))
    assert (conv["dilation"], conv["padding"]) == ((1, 4), (2, 12))


def test_a_dilation_of_its_own_is_multiplied() -> None:
    """2 * 4 = 8."""
    assert _capped("conv", 8, (8, 4), out=8, kernel=3, dilation=2)[0]["dilation"] == (8, 8)


def test_layers_without_a_kernel_pass_the_state_on() -> None:
    """An activation strides nothing."""
    assert _capped("relu", 8, (8, 4)) == ({}, (8, 4))


@pytest.mark.parametrize(
    ("type", "values", "state", "message"),
    [
        ("conv", {"out": 8, "stride": (2, 1)}, (1, 1), "strides must be equal on both axes"),
        ("conv", {"out": 8, "stride": 2}, (6, 1), "cannot be kept, the stride is 6 here"),
        ("avg_pool", {"kernel": 3}, (8, 2), "avg_pool cannot be dilated"),
    ],
)
def test_what_cannot_be_capped_is_refused(type: str, values: dict[str, object], state: State, message: str) -> None:
    """Rather than counted wrongly."""
    with pytest.raises(LayerError, match=f"^max_stride = 8: {message}$") as caught:
        capped(LAYERS[type], values, 8, state)
    assert caught.value.field == "max_stride"


def test_a_pooling_that_only_strides_takes_part() -> None:
    """With a stride of its own that is dropped, it is not dilated itself."""
    pool, after = _capped("avg_pool", 8, (8, 1), kernel=2, stride=2)
    assert (pool["stride"], after) == ((1, 1), (8, 2))


def test_several_inputs_count_by_the_greatest() -> None:
    """A tensor from outside the region has stride 1."""
    region = Region(8)
    region.states = {4: (8, 1), 5: (4, 2)}
    assert region.state((4, 5)) == (8, 2)
    assert region.state((5, 0)) == (4, 2)
    assert region.state((0,)) == (1, 1)
