"""Layers of several inputs: what fits, and what the message says where it does not."""

import pytest
import sympy
import torch

from costcalc.dims import Shape, int_array
from costcalc.errors import LayerError
from costcalc.layers import LAYERS
from costcalc.layers.merge import Add, Concat, Multiply
from tests.layers import torch_side

MERGES = pytest.mark.parametrize("name", ["add", "multiply", "concat"])


@MERGES
def test_merges_take_any_number_of_inputs_but_none(name: str) -> None:
    """One input is a merge too: what is left of a merge whose other inputs a `when` dropped."""
    assert LAYERS[name].arity == (1, None)


@MERGES
def test_a_merge_of_one_input_is_the_identity_and_costs_nothing(name: str) -> None:
    """Shape, work, parameters and values."""
    layer, shape = LAYERS[name](), (2, 3, 4)
    assert layer.out_shape(shape) == shape
    assert sum(layer.ledger((shape,), shape).values()) == 0
    assert layer.parameters((shape,), shape) == ()
    values = torch.arange(24.0).reshape(1, *shape)
    assert torch.equal(torch_side.build(layer.torch((shape,), shape), "cpu")(values), values)


@pytest.mark.parametrize(("layer", "kind"), [(Add(), "adds"), (Multiply(), "muls")])
def test_each_input_after_the_first_is_one_operation_per_element(layer: Add | Multiply, kind: str) -> None:
    """A NASNet cell adds five pairs; a sum of five is four additions."""
    shape = (8, 4, 4)
    # 4 * 8*4*4 = 512
    assert layer.ledger((shape,) * 5, shape) == {kind: 512}


@pytest.mark.parametrize("name", ["add", "multiply"])
@pytest.mark.parametrize(
    ("other", "text"),
    [
        ((32, 56, 56), "32 x 56 x 56"),
        ((24, 28, 56), "24 x 28 x 56"),
        ((24, 56, 1), "24 x 56 x 1"),
        ((24,), "a vector of 24"),
    ],
)
def test_shapes_that_do_not_add_are_named_both(name: str, other: Shape, text: str) -> None:
    """torch would stretch a size of 1; costcalc does not: it says which input differs."""
    layer, shape = LAYERS[name](), (24, 56, 56)
    with pytest.raises(LayerError) as caught:
        layer.out_shape(shape, shape, other)
    assert str(caught.value) == f"{name} of different shapes: input 1 is 24 x 56 x 56, input 3 is {text}"


def test_shapes_that_do_not_concatenate_are_named_both() -> None:
    """Channels may differ; heights, widths and rank may not."""
    concat = Concat()
    assert concat.out_shape((64, 28, 28), (96, 28, 28), (32, 28, 28)) == (192, 28, 28)
    assert concat.out_shape((10,), (5,)) == (15,)
    with pytest.raises(LayerError) as caught:
        concat.out_shape((64, 28, 28), (96, 14, 28))
    assert str(caught.value) == (
        "concat of different heights and widths: input 1 is 64 x 28 x 28, input 2 is 96 x 14 x 28"
    )
    with pytest.raises(
        LayerError, match="concat of different shapes: input 1 is a vector of 10, input 2 is 10 x 1 x 1"
    ):
        concat.out_shape((10,), (10, 1, 1))


def test_arrays_that_differ_in_one_member_are_refused() -> None:
    """Every member of a sweep must fit."""
    assert Add().out_shape((int_array([8, 16]), 4, 4), (int_array([8, 16]), 4, 4))[0].tolist() == [8, 16]  # type: ignore[attr-defined]
    with pytest.raises(LayerError, match="add of different shapes"):
        Add().out_shape((int_array([8, 16]), 4, 4), (int_array([8, 24]), 4, 4))


def test_symbols_that_are_known_to_differ_are_refused() -> None:
    """Those that may be equal are not: that they are is a condition of the closed form."""
    c, d = sympy.symbols("c d", integer=True, positive=True)
    assert Add().out_shape((c, 4, 4), (c, 4, 4)) == (c, 4, 4)
    assert Add().out_shape((c, 4, 4), (d, 4, 4)) == (c, 4, 4)
    with pytest.raises(LayerError, match=r"input 1 is c x 4 x 4, input 2 is c \+ 1 x 4 x 4"):
        Add().out_shape((c, 4, 4), (c + 1, 4, 4))
