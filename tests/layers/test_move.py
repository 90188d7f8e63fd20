"""Layers that compute nothing."""

from typing import Any

import pytest
import torch
from torch import nn

from costcalc.errors import LayerError
from costcalc.layers.move import Dropout, Flatten, Identity, Replicate, Shuffle, Slice
from tests.layers import torch_side


def test_flatten_has_all_values() -> None:
    """Channels, then rows, then columns."""
    assert Flatten().out_shape((1280, 7, 7)) == (62720,)  # 1280*7*7
    assert Flatten().out_shape((10,)) == (10,)


def test_identity_and_dropout_keep_the_shape() -> None:
    """Of images and of vectors."""
    for layer in (Identity(), Dropout(), Dropout(p=0)):
        assert layer.out_shape((3, 4, 5)) == (3, 4, 5)
        assert layer.out_shape((7,)) == (7,)


@pytest.mark.parametrize(("p", "rule"), [(-0.1, "at least 0"), (1.1, "at most 1"), ("half", "a number")])
def test_a_probability_is_between_none_and_all(p: object, rule: str) -> None:
    """torch's own bound."""
    with pytest.raises(LayerError, match=rf"p = .*: must be {rule}"):
        Dropout(p=p)
    assert Dropout(p=1).torch(((3,),), (3,)).arguments == {"p": 1}


@pytest.mark.parametrize(
    ("out", "expected"),
    [(3, [0, 1, 2]), (6, [0, 1, 2, 0, 1, 2]), (7, [0, 1, 2, 0, 1, 2, 0]), (2, [0, 1]), (1, [0])],
)
def test_replicate_repeats_the_channels_and_cuts_the_last_copy(out: int, expected: list[int]) -> None:
    """Fractional repeats, and fewer channels than there were."""
    layer = Replicate(out=out)
    assert layer.out_shape((3, 2, 2)) == (out, 2, 2)
    image = torch.arange(3.0)[None, :, None, None].expand(1, 3, 2, 2)
    result = torch_side.build(layer.torch(((3, 2, 2),), (out, 2, 2)), "cpu")(image)
    assert result[0, :, 0, 0].tolist() == expected


def test_slice_keeps_neighbouring_channels() -> None:
    """Channels 3 and 4 of six."""
    layer = Slice(start=3, size=2)
    assert layer.out_shape((6, 2, 2)) == (2, 2, 2)
    assert channels_after(layer, 6) == [3, 4]
    assert channels_after(Slice(size=1), 6) == [0]


@pytest.mark.parametrize(
    ("arguments", "shown"), [({"start": 4, "size": 3}, "3 channels from 4"), ({"size": 7}, "7 channels from 0")]
)
def test_a_slice_beyond_the_channels_is_refused(arguments: dict[str, int], shown: str) -> None:
    """The last channel is one that is there."""
    with pytest.raises(LayerError, match=rf"slice of {shown} on: there are 6") as caught:
        Slice(**arguments).out_shape((6, 2, 2))
    assert caught.value.field == "size"
    assert Slice(start=3, size=3).out_shape((6, 2, 2)) == (3, 2, 2)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [(1, [0, 1, 2, 3, 4, 5]), (2, [0, 3, 1, 4, 2, 5]), (3, [0, 2, 4, 1, 3, 5]), (6, [0, 1, 2, 3, 4, 5])],
)
def test_shuffle_deals_the_groups_out_in_turn(groups: int, expected: list[int]) -> None:
    """ShuffleNet's figure 1: the next group convolution sees a channel of every group."""
    assert channels_after(Shuffle(groups=groups), 6) == expected


def test_a_shuffle_needs_groups_that_divide_the_channels() -> None:
    """As torch's does."""
    with pytest.raises(LayerError, match="groups and channels: 4 does not divide 6"):
        Shuffle(groups=4).out_shape((6, 2, 2))
    with pytest.raises(LayerError, match="shuffle takes an image"):
        Shuffle(groups=3).out_shape((6,))
    assert torch_side.shape(nn.ChannelShuffle(3), (6, 2, 2)) == (6, 2, 2)


def channels_after(layer: Any, channels: int) -> list[float]:
    """Which of ``channels`` channels stand where after the torch module of ``layer``."""
    shape = (channels, 2, 2)
    image = torch.arange(float(channels))[None, :, None, None].expand(1, *shape)
    values: list[float] = torch_side.build(layer.torch((shape,), layer.out_shape(shape)), "cpu")(image)[
        0, :, 1, 0
    ].tolist()
    return values
