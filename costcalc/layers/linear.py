"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape
from costcalc.layers.base import Layer, Parameter, TorchCall, vector
from costcalc.layers.fields import Flag, Size

__all__ = ["Linear"]


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
