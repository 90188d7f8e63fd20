"""Batch normalisation."""

from costcalc.layers.base import Parameter, TorchCall
from costcalc.layers.norm import BatchNorm, L2Norm


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
