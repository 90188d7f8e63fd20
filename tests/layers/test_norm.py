"""Batch normalisation."""

from costcalc.layers.base import Parameter, TorchCall
from costcalc.layers.norm import BatchNorm


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
