"""Normalisations."""

import pytest
import sympy
import torch

from costcalc.errors import LayerError
from costcalc.layers.base import Parameter, TorchCall
from costcalc.layers.norm import BatchNorm, L2Norm, LocalResponseNorm, Scale
from tests.layers import brute, torch_side


def test_a_channel_has_two_affine_values_and_two_statistics() -> None:
    """Their names and their order are torch's."""
    shape = (8, 5, 5)
    assert BatchNorm().parameters((shape,), shape) == (
        Parameter("weight", "affine", (8,)),
        Parameter("bias", "affine", (8,)),
        Parameter("running_mean", "statistic", (8,)),
        Parameter("running_var", "statistic", (8,)),
    )


def test_without_affine_values_only_the_statistics_are_left() -> None:
    """The work stays: a scale and a shift that come from the statistics alone."""
    shape = (8, 5, 5)
    plain = BatchNorm(affine=False)
    assert plain.params((shape,), shape) == {"weights": 0, "trainable": 0, "stored": 16}
    # 8*5*5 = 200 elements
    assert plain.ledger((shape,), shape) == {"muls": 200, "adds": 200}


def test_the_torch_class_follows_the_rank() -> None:
    """Images and vectors have classes of their own in torch."""
    assert BatchNorm().torch(((8, 5, 5),), (8, 5, 5)) == TorchCall("BatchNorm2d", {"num_features": 8, "affine": True})
    assert BatchNorm().torch(((8,),), (8,)) == TorchCall("BatchNorm1d", {"num_features": 8, "affine": True})


def test_local_response_normalisation_costs_a_window_of_squares_for_each_element() -> None:
    """AlexNet's first: five channels around each of 96*55*55 = 290400 values."""
    shape = (96, 55, 55)
    layer = LocalResponseNorm()
    assert layer.out_shape(shape) == shape
    assert layer.parameters((shape,), shape) == ()
    # a square and the factor; 4 additions of squares and the constant; a power; a division
    expected = {"muls": 2 * 290400, "adds": 5 * 290400, "exps": 290400, "divides": 290400}
    assert layer.ledger((shape,), shape) == expected
    with pytest.raises(LayerError, match="lrn takes an image"):
        layer.out_shape((96,))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_torchs_local_response_normalisation_is_the_one_of_alexnet(size: int) -> None:
    """The loops' formula is equation (1) of the paper's section 3.3; torch's alpha is divided by the size."""
    layer, shape = LocalResponseNorm(size=size), (7, 1, 2)
    image = {index: 100 * x for index, x in brute.filled(shape).items()}
    loops, _ = brute.run(layer, [image], {})
    exact = [float(sympy.N(loops[index], 30)) for index in sorted(loops)]
    values = torch.tensor([float(image[index]) for index in sorted(image)], dtype=torch.float64).reshape(1, *shape)
    result = torch_side.build(layer.torch((shape,), shape), "cpu")(values)
    assert torch.equal(result.flatten().float(), torch.tensor(exact, dtype=torch.float64).float())


def test_a_trained_scale_has_a_coefficient_and_a_bias_per_channel() -> None:
    """LeNet-5's S2 has 12 trainable parameters for 6 maps of 14 x 14."""
    shape = (6, 14, 14)
    assert Scale().params((shape,), shape) == {"weights": 0, "trainable": 12, "stored": 12}
    # 6*14*14 = 1176
    assert Scale().ledger((shape,), shape) == {"muls": 1176, "adds": 1176}


def test_an_l2_norm_has_a_scale_for_each_channel() -> None:
    """SSD's on conv4_3: 512 of them, trained, and no weights of a convolution."""
    shape = (512, 38, 38)
    assert L2Norm().params((shape,), shape) == {"weights": 0, "trainable": 512, "stored": 512}
    # per position of 38*38 = 1444: 512 squares and 512 scales, 511 sums, 1 root, 512 divisions
    assert L2Norm().ledger((shape,), shape) == {
        "muls": 1024 * 1444,
        "adds": 511 * 1444,
        "exps": 1444,
        "divides": 512 * 1444,
    }
