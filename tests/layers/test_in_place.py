"""Layers that write their output over their input."""

import pytest

from costcalc.layers import LAYERS
from costcalc.layers.activation import ACTIVATIONS, IN_PLACE
from costcalc.layers.allocation import SAME, Tensors
from costcalc.layers.in_place import InPlace


def test_all_but_the_storage_is_the_layers_own() -> None:
    """Shape, parameters, work; torch is asked to do it in place."""
    relu = LAYERS["relu6"]()
    one = InPlace(relu)
    shape = (3, 4, 4)
    assert one.type == "relu6"
    assert repr(one) == "relu6() in place"
    assert one.out_shape(shape) == shape
    assert one.parameters((shape,), shape) == ()
    assert one.ledger((shape,), shape) == relu.ledger((shape,), shape)
    assert one.allocates((shape,), shape, Tensors(1, 4)) == SAME
    call = one.torch((shape,), shape)
    assert (call.name, call.arguments) == ("ReLU6", {"inplace": True})


@pytest.mark.parametrize("name", LAYERS)
def test_only_layers_whose_class_in_torch_can_are_written_in_place(name: str) -> None:
    """Eight activations, under their own names; torch's class has the argument exactly then."""
    from torch import nn

    if name in ACTIVATIONS:
        layer = LAYERS[name]()
        assert layer.in_place == (name in IN_PLACE)
        call = layer.torch(((4, 2, 2),), (4, 2, 2))
        kind = getattr(nn, call.name, None)
        assert layer.in_place == (kind is not None and "inplace" in kind.__init__.__code__.co_varnames)


def test_a_narrowed_layer_stays_in_place() -> None:
    """An activation works on each channel apart; softmax does not."""
    one = InPlace(LAYERS["relu"]()).narrowed(((8, 2, 2),), 3)
    assert isinstance(one, InPlace)
    assert LAYERS["softmax"]().narrowed(((8, 2, 2),), 3) is None
    assert InPlace(LAYERS["softmax"]()).narrowed(((8, 2, 2),), 3) is None
