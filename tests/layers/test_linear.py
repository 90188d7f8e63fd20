"""Fully connected layers."""

import pytest

from costcalc.errors import LayerError
from costcalc.layers.base import Parameter, TorchCall
from costcalc.layers.linear import Linear, RadialBasis


def test_a_classifier_of_1000_classes_has_known_parameters_and_work() -> None:
    """MobileNetV2's last layer."""
    layer = Linear(out=1000)
    assert layer.out_shape((1280,)) == (1000,)
    # 1280*1000 = 1280000
    assert layer.ledger(((1280,),), (1000,)) == {"macs": 1280000, "adds": 1000}
    weight, bias = layer.parameters(((1280,),), (1000,))
    assert weight == Parameter("weight", "weight", (1000, 1280))
    assert bias == Parameter("bias", "bias", (1000,))
    # 1280000 weights and 1000 biases
    assert layer.params(((1280,),), (1000,)) == {"weights": 1280000, "trainable": 1281000, "stored": 1281000}


def test_without_a_bias_there_is_no_addition_and_no_second_tensor() -> None:
    """The bias is the only addition of its own."""
    layer = Linear(out=3, bias=False)
    assert layer.ledger(((4,),), (3,)) == {"macs": 12}
    assert layer.torch(((4,),), (3,)) == TorchCall("Linear", {"in_features": 4, "out_features": 3, "bias": False})
    assert len(layer.parameters(((4,),), (3,))) == 1


def test_an_image_is_refused_with_the_way_out() -> None:
    """The most common mistake at a head."""
    with pytest.raises(LayerError, match="linear takes a vector, not an image of 1280 x 7 x 7") as caught:
        Linear(out=10).out_shape((1280, 7, 7))
    assert caught.value.hint == "flatten or global_avg_pool comes first"


def test_distances_to_fixed_codes_have_stored_parameters_and_no_multiply_accumulates() -> None:
    """LeNet-5's output: ten codes of 84 values."""
    layer = RadialBasis(out=10)
    assert layer.out_shape((84,)) == (10,)
    assert layer.params(((84,),), (10,)) == {"weights": 0, "trainable": 0, "stored": 840}
    # 10 * 84 = 840 squares; 840 differences and 10 * 83 = 830 additions of squares
    assert layer.ledger(((84,),), (10,)) == {"muls": 840, "adds": 1670}
    with pytest.raises(LayerError, match="rbf takes a vector, not an image"):
        layer.out_shape((84, 1, 1))
