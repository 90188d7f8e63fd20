"""Which tensors must be there as a whole."""

from costcalc.inference import infer
from costcalc.memory.materialised import Largest, avoidable, largest
from costcalc.spec import load
from tests.measure.graphs import graph, layer


def names(one, **words) -> set[str]:
    """The paths of the nodes that need not be there as a whole."""
    return {one.nodes[number].path for number in avoidable(one)}


def test_the_inner_tensors_of_a_bottleneck_are_avoidable() -> None:
    """What an expansion gives is worked on channel by channel until a smaller tensor is left."""
    one = graph(
        (4, 8, 8),
        ("expand", layer("conv", out=24)),
        ("act", layer("relu6")),
        ("filter", layer("conv", out=24, kernel=3, groups=24)),
        ("project", layer("conv", out=4)),
        ("add", layer("add"), ("input", "project")),
    )
    assert names(one) == {"expand", "act", "filter"}
    assert largest(one, in_parts=True) == {8: Largest(4, 256, "project")}
    assert largest(one) == {8: Largest(24, 1536, "expand")}


def test_a_first_layer_before_a_pooling_is_avoidable() -> None:
    """The pooled tensor, which two layers take, is the one that is kept."""
    one = graph(
        (3, 8, 8),
        ("conv", layer("conv", out=16)),
        ("pool", layer("max_pool", kernel=2, stride=2)),
        ("a", layer("relu")),
        ("b", layer("add"), ("a", "pool")),
    )
    assert names(one) == {"conv"}


def test_a_tensor_that_grows_is_not() -> None:
    """Parts of it are no smaller than what they are added to."""
    one = graph((4, 8, 8), ("first", layer("conv", out=8)), ("act", layer("relu")), ("second", layer("conv", out=16)))
    assert names(one) == set()


def test_a_tensor_with_two_readers_is_not() -> None:
    """It has to wait for the second."""
    one = graph(
        (4, 8, 8),
        ("wide", layer("conv", out=16)),
        ("narrow", layer("conv", out=4)),
        ("other", layer("conv", out=4), ("wide",)),
        ("add", layer("add"), ("narrow", "other")),
    )
    assert names(one) == set()


def test_a_vector_is_one_pixel_high() -> None:
    """After the pooling of a classifier only vectors are left; the image itself does not count."""
    found = largest(infer(load("mobilenetv1")))
    assert sorted(found) == [1, 7, 14, 28, 56, 112]
    assert found[1] == Largest(1024, 1024, "global_avg_pool")
