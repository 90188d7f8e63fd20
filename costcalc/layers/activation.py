"""Activation functions: one class, a table of rules, and a layer named after each function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from costcalc.dims import Dim, Shape, product
from costcalc.layers.allocation import NEW, Allocation, Tensors
from costcalc.layers.base import Layer, Parameter, TorchCall
from costcalc.layers.fields import Word
from costcalc.layers.tape import RESULT, Operation, Tape

__all__ = ["ACTIVATIONS", "NAMED", "RULES", "Activation", "Rule"]


class Rule(NamedTuple):
    """How one function is counted: its class in torch, the formula as it is counted, the operations per element.

    ``less`` operations are saved once per position: a reduction over C channels takes C - 1. ``source`` is where the
    function comes from, if not from torch.nn.
    """

    torch: str
    formula: str
    per_element: Mapping[str, int]
    less: Mapping[str, int] = {}
    source: str | None = None


RULES: Mapping[str, Rule] = {
    "relu": Rule("ReLU", "max(x, 0)", {"compares": 1}),
    "relu6": Rule("ReLU6", "min(max(x, 0), 6)", {"compares": 2}),
    "leaky_relu": Rule("LeakyReLU", "x if x > 0 else 0.01 x", {"compares": 1, "muls": 1}),
    "sigmoid": Rule("Sigmoid", "1 / (1 + exp(-x))", {"exps": 1, "adds": 1, "divides": 1}),
    "tanh": Rule("Tanh", "(w - 1) / (w + 1) with w = exp(2 x)", {"muls": 1, "exps": 1, "adds": 2, "divides": 1}),
    "scaled_tanh": Rule(
        "ScaledTanh",
        "1.7159 (w - 1) / (w + 1) with w = exp(4/3 x)",
        {"muls": 2, "exps": 1, "adds": 2, "divides": 1},
        source="LeCun et al. 1998, section II.B, equations 5 and 6, appendix A",
    ),
    "softmax": Rule(
        "Softmax",
        "exp(x - m) / s over the channels of a position, with m the greatest x and s the sum of the exponentials",
        {"compares": 1, "adds": 2, "exps": 1, "divides": 1},
        less={"compares": 1, "adds": 1},
    ),
    "hard_sigmoid": Rule("Hardsigmoid", "min(max(x + 3, 0), 6) / 6", {"adds": 1, "compares": 2, "divides": 1}),
    "hard_swish": Rule("Hardswish", "x min(max(x + 3, 0), 6) / 6", {"adds": 1, "compares": 2, "muls": 1, "divides": 1}),
    "silu": Rule("SiLU", "x / (1 + exp(-x))", {"exps": 1, "adds": 1, "divides": 1}),
    "gelu": Rule("GELU", "0.5 x (1 + erf(0.7071 x)), an erf counted as one exp", {"muls": 3, "exps": 1, "adds": 1}),
    "elu": Rule("ELU", "x if x > 0 else exp(x) - 1", {"compares": 1, "exps": 1, "adds": 1}),
    "mish": Rule(
        "Mish",
        "x (w - 1) / (w + 1) with w = (1 + exp(x))^2",
        {"exps": 1, "adds": 3, "muls": 2, "divides": 1},
    ),
}
"""The functions, as torch.nn documents them where it has them, at its default slopes. A change of sign is free."""

ACTIVATIONS: tuple[str, ...] = tuple(RULES)

KEEP_RESULT = frozenset({"relu", "sigmoid", "tanh", "softmax"})
"""The functions whose derivative torch computes from their result; the others', from their input."""

IN_PLACE = frozenset({"relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_swish", "silu", "elu", "mish"})
"""The functions whose class in torch has the argument ``inplace``."""


class Activation(Layer):
    """A function of each element; softmax runs over the channels of each position.

    The operations of the function's formula, as it stands in `RULES`, for each element. Source: torch.nn, "Non-linear
    Activations".
    """

    type = "activation"
    fields = {"fn": Word(ACTIVATIONS, help="the function")}

    fn: str

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        rule = RULES[self.fn]
        positions = product(output[1:])
        return {
            kind: (output[0] * count - rule.less.get(kind, 0)) * positions for kind, count in rule.per_element.items()
        }

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: the result where the derivative follows from it, as s (1 - s) does for a sigmoid s, else the input.

        Of a scaled tanh, the tanh: what is multiplied by a number before and after is not kept.
        """
        elements = product(output)
        if self.fn == "scaled_tanh":
            return (Operation(elements), Operation(elements, (1,), saves=(RESULT,)), Operation(elements, (2,)))
        return (Operation(elements, saves=(RESULT,) if self.fn in KEEP_RESULT else (0,)),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the tanh of a scaled_tanh is temporary; in place, see `InPlace`."""
        return Allocation(transient=tensors.bytes(output)) if self.fn == "scaled_tanh" else NEW

    @property
    def in_place(self) -> bool:
        return self.fn in IN_PLACE

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return None if self.fn == "softmax" else self

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        arguments: dict[str, Any] = {"dim": 1} if self.fn == "softmax" else {}
        return TorchCall(RULES[self.fn].torch, arguments)


def _named(word: str, rule: Rule) -> type[Activation]:
    source = rule.source or f"torch.nn.{rule.torch}"
    doc = f"{word}: {rule.formula}; each operation counted for each element. Source: {source}."
    return cast("type[Activation]", type(word, (Activation,), {"__doc__": doc, "type": word, "fields": {}, "fn": word}))


NAMED: tuple[type[Activation], ...] = tuple(_named(word, rule) for word, rule in RULES.items())
"""A layer for each function, so that a spec may say ``- relu``."""
