"""Fully connected layers, of dot products and of distances."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape
from costcalc.layers.allocation import NEW, Allocation, Tensors
from costcalc.layers.base import Layer, Parameter, TorchCall, vector
from costcalc.layers.fields import Flag, Size
from costcalc.layers.tape import Made, Operation, Tape

__all__ = ["Linear", "RadialBasis"]


class Linear(Layer):
    """A fully connected layer, from a vector to a vector.

    Each output is one dot product over all inputs, each term one multiply-accumulate; a bias adds an addition to each.
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

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, because the weight's gradient is the product of that and the output's gradient."""
        names = tuple(tensor.name for tensor in self.parameters(inputs, output))
        return (Operation(self.out, saves=(0,), parameters=names, crosswise=True, precision="low"),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Linear", {"in_features": inputs[0][0], "out_features": self.out, "bias": self.bias})


class RadialBasis(Layer):
    """The squared Euclidean distances of a vector to ``out`` codes, which are fixed: stored and not trained.

    Each distance takes one subtraction, counted as an addition, and one multiplication per feature, and one addition
    fewer than there are features. Source: LeCun et al. 1998, section II.B, equation 7.
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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the differences to all codes and their squares are temporary."""
        differences = tensors.bytes((self.out, inputs[0][0]))
        return Allocation(transient=2 * differences - tensors.bytes(output))

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: the differences of features and codes, which the gradient of their squares is made from."""
        differences = self.out * inputs[0][0]
        return (
            Operation(differences, precision="wide"),
            Operation(differences, (1,), saves=(1,), scratch=(Made(3 * differences),)),
            Operation(self.out, (2,), passes=True),
        )

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("RadialBasis", {"features": inputs[0][0], "out": self.out})
