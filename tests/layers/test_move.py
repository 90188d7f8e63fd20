"""Layers that compute nothing."""

import pytest
import torch

from costcalc.errors import LayerError
from costcalc.layers.move import Dropout, Flatten, Identity, Replicate
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
