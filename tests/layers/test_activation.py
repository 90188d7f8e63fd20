"""Activation functions: that each is counted by a formula of itself, and the table's figures."""

from typing import Any

import pytest
import sympy
import torch

from costcalc.errors import LayerError
from costcalc.layers.activation import ACTIVATIONS, RULES, Activation
from costcalc.layers.base import TorchCall
from tests.layers import torch_side
from tests.layers.brute import Machine, function

x = sympy.Symbol("x", real=True)

DEFINITIONS: dict[str, Any] = {
    "relu": sympy.Max(x, 0),
    "relu6": sympy.Min(sympy.Max(x, 0), 6),
    "leaky_relu": sympy.Piecewise((x, x > 0), (x / 100, True)),
    "sigmoid": sympy.exp(x) / (1 + sympy.exp(x)),
    "tanh": sympy.sinh(x) / sympy.cosh(x),
    "scaled_tanh": sympy.Rational(17159, 10000) * sympy.tanh(2 * x / 3),
    "hard_sigmoid": sympy.Min(sympy.Max(x + 3, 0), 6) / 6,
    "hard_swish": x * sympy.Min(sympy.Max(x + 3, 0), 6) / 6,
    "silu": x * sympy.exp(x) / (1 + sympy.exp(x)),
    "gelu": x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "elu": sympy.Piecewise((x, x > 0), (sympy.exp(x) - 1, True)),
    "mish": x * sympy.tanh(sympy.log(1 + sympy.exp(x))),
}


@pytest.mark.parametrize("fn", [fn for fn in ACTIVATIONS if fn != "softmax"])
def test_the_counted_formula_is_the_function(fn: str) -> None:
    """The operations that are counted compute the function as torch.nn documents it, symbolically."""
    difference = function(Machine(), fn, x) - DEFINITIONS[fn]
    assert sympy.simplify(difference.rewrite(sympy.exp)) == 0


@pytest.mark.parametrize("fn", [fn for fn in ACTIVATIONS if fn != "softmax"])
def test_the_torch_module_is_the_function(fn: str) -> None:
    """In float64, at points of every branch, down to the last digit of a float32."""
    points = [-5.0, -3.5, -1.25, -0.5, 0.0, 0.375, 1.0, 2.75, 6.5]
    module = torch_side.build(Activation(fn=fn).torch(((9,),), (9,)), "cpu")
    values = module(torch.tensor([points], dtype=torch.float64))[0].float().tolist()
    exact = [sympy.N(DEFINITIONS[fn].subs(x, sympy.Rational(point)), 30) for point in points]
    assert values == torch.tensor([float(value) for value in exact], dtype=torch.float64).float().tolist()


def test_the_words_are_those_of_the_table() -> None:
    """Every rule is a word of the spec language."""
    assert ACTIVATIONS == tuple(RULES)
    assert set(DEFINITIONS) | {"softmax"} == set(ACTIVATIONS)


def test_a_known_activation_costs_its_operations_for_each_element() -> None:
    """relu6 of a small image."""
    shape = (4, 3, 2)
    # 4*3*2 = 24 elements, two comparisons each
    assert Activation(fn="relu6").ledger((shape,), shape) == {"compares": 48}


def test_softmax_runs_over_the_channels_of_each_position() -> None:
    """Two reductions over the channels save one comparison and one addition per position."""
    shape = (10, 2, 3)
    # 6 positions: 9 comparisons, 10 + 9 additions, 10 exponentials, 10 divisions each
    expected = {"compares": 54, "adds": 114, "exps": 60, "divides": 60}
    assert Activation(fn="softmax").ledger((shape,), shape) == expected
    assert Activation(fn="softmax").torch((shape,), shape) == TorchCall("Softmax", {"dim": 1})


def test_an_unknown_function_is_answered_with_the_nearest() -> None:
    """A typo in a function."""
    with pytest.raises(LayerError, match="fn = rellu6: must be one of relu, relu6") as caught:
        Activation(fn="rellu6")
    assert caught.value.hint == "did you mean relu6?"


def test_lecuns_scaled_tanh_costs_one_multiplication_more_than_tanh() -> None:
    """The amplitude; the slope goes into the doubling that tanh does anyway."""
    more = {kind: count - RULES["tanh"].per_element[kind] for kind, count in RULES["scaled_tanh"].per_element.items()}
    assert more == {"muls": 1, "exps": 0, "adds": 0, "divides": 0}
    # f(1) = 1.7159 tanh(2/3) = 1.000003..., the reason for the two constants (appendix A of the paper)
    one = torch_side.build(Activation(fn="scaled_tanh").torch(((1,),), (1,)), "cpu")(torch.ones(1, 1))
    assert f"{one.item():.4f}" == "1.0000"
