"""The layer contract: how arguments are checked, and how parameters are counted."""

import pytest

from costcalc.errors import LayerError
from costcalc.layers import LAYERS
from costcalc.layers.base import PARAMETER_KINDS, Free, Input, image, vector
from costcalc.layers.conv import Conv
from costcalc.layers.linear import Linear
from costcalc.layers.norm import BatchNorm


def test_an_unknown_argument_is_refused_with_the_nearest_name() -> None:
    """The message names the layer and the argument; the hint is what was probably meant."""
    with pytest.raises(LayerError, match="conv has no argument strid") as caught:
        Conv(out=8, strid=2)
    assert caught.value.field == "strid"
    assert caught.value.hint == "did you mean stride?"


def test_a_missing_argument_is_named() -> None:
    """Every required argument is asked for by name."""
    with pytest.raises(LayerError, match=r"^conv needs out$"):
        Conv()


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_refuses_an_argument_that_it_does_not_have(name: str) -> None:
    """Nothing is silently ignored."""
    with pytest.raises(LayerError, match=f"{name} has no argument colour"):
        LAYERS[name](colour=1)


def test_a_layer_shows_itself_as_a_call() -> None:
    """A message or a tree can show a layer with its arguments."""
    assert repr(Linear(out=10)) == "linear(out=10, bias=true)"
    assert repr(Conv(out=8, kernel=(3, 1))).startswith("conv(out=8, kernel=[3, 1], stride=[1, 1], padding=half")


def test_parameters_are_counted_by_kind() -> None:
    """Weights leave out biases and batch norms; trainable leaves out the running statistics; stored has all."""
    conv = Conv(out=32, kernel=3, bias=True)
    inputs, output = ((3, 224, 224),), (32, 224, 224)
    # 3*3*3*32 = 864, and 32 biases
    assert conv.params(inputs, output) == {"weights": 864, "trainable": 896, "stored": 896}
    norm = BatchNorm()
    # 2*32 affine values and 2*32 statistics
    assert norm.params((output,), output) == {"weights": 0, "trainable": 64, "stored": 128}


def test_each_kind_of_count_includes_the_one_before() -> None:
    """weights, trainable and stored grow in this order."""
    assert list(PARAMETER_KINDS) == ["weights", "trainable", "stored"]
    assert set(PARAMETER_KINDS["weights"]) < set(PARAMETER_KINDS["trainable"]) < set(PARAMETER_KINDS["stored"])


def test_a_free_layer_owns_and_costs_nothing() -> None:
    """Zero is declared, by the base class, and never a default."""
    identity = LAYERS["identity"]()
    assert isinstance(identity, Free)
    assert identity.params(((3, 4, 4),), (3, 4, 4)) == {"weights": 0, "trainable": 0, "stored": 0}
    assert identity.ledger(((3, 4, 4),), (3, 4, 4)) == {}


def test_the_input_has_the_shape_it_is_given_and_no_cost() -> None:
    """The first node of a graph."""
    start = Input((3, 224, 224))
    assert start.out_shape() == (3, 224, 224)
    assert start.parameters((), start.shape) == ()
    assert repr(start) == "input(3, 224, 224)"


def test_a_vector_is_no_image_and_an_image_no_vector() -> None:
    """Both messages name the layer and the shape that came."""
    assert image((3, 4, 5), "conv") == (3, 4, 5)
    assert vector((7,), "linear") == 7
    with pytest.raises(LayerError, match=r"conv takes an image .* not a vector of 7 features"):
        image((7,), "conv")
    with pytest.raises(LayerError, match="linear takes a vector, not an image of 3 x 4 x 5") as caught:
        vector((3, 4, 5), "linear")
    assert caught.value.hint == "flatten or global_avg_pool comes first"


@pytest.mark.parametrize("name", ["conv", "max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "pool_to"])
def test_layers_over_height_and_width_refuse_a_vector(name: str) -> None:
    """A spatial layer after a flatten is an error, not a crash."""
    arguments = {"conv": {"out": 1}, "max_pool": {"kernel": 2}, "avg_pool": {"kernel": 2}, "pool_to": {"size": 1}}
    with pytest.raises(LayerError, match=f"{name} takes an image"):
        LAYERS[name](**arguments.get(name, {})).out_shape((8,))
