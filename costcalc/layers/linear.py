"""Fully connected layers, of dot products and of distances."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape
from costcalc.layers.base import Layer, Parameter, TorchCall, vector
from costcalc.layers.fields import Flag, Size

__all__ = ["Linear", "RadialBasis"]


class Linear(Layer):
    """A fully connected layer, from a vector to a vector.

    Each output is one dot product over all inputs, each term one multiply-accumulate; a bias is one addition more.
    Source: torch.nn.Linear, y = x A^T + b.
    """

    type = "linear"
    fields = {"out": Size(help="output features"), "bias": Flag(True)}

    out: Dim
    bias: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        vector(inputs[0], self.type)
        return (self.out,)

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        weight = Parameter("weight", "weight", (self.out, inputs[0][0]))
        return (weight, Parameter("bias", "bias", (self.out,))) if self.bias else (weight,)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        macs = inputs[0][0] * self.out
        return {"macs": macs, "adds": self.out} if self.bias else {"macs": macs}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Linear", {"in_features": inputs[0][0], "out_features": self.out, "bias": self.bias})


class RadialBasis(Layer):
    """The squared Euclidean distances of a vector to ``out`` codes, which are fixed: stored and not trained.

    Each distance takes one subtraction, counted as an addition, and one multiplication per feature, and one addition
    less than there are features. Source: LeCun et al. 1998, section II.B, equation 7.
    """

    type = "rbf"
    fields = {"out": Size(help="how many codes")}

    out: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        vector(inputs[0], self.type)
        return (self.out,)

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return (Parameter("codes", "statistic", (self.out, inputs[0][0])),)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        features = inputs[0][0]
        return {"adds": self.out * (2 * features - 1), "muls": self.out * features}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("RadialBasis", {"features": inputs[0][0], "out": self.out})
