"""Layers that move, repeat, rename or keep values, and compute nothing."""

from __future__ import annotations

from costcalc.dims import Dim, Shape, product
from costcalc.layers.base import Free, Renaming, TorchCall
from costcalc.layers.fields import Number, Size

__all__ = ["Dropout", "Flatten", "Identity", "Replicate"]


class Flatten(Renaming):
    """All values of an image as one vector; a vector is itself.

    Free: it only renames values, and moves none. Source: torch.nn.Flatten.
    """

    type = "flatten"

    def out_shape(self, *inputs: Shape) -> Shape:
        return (product(inputs[0]),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Flatten", {})


class Identity(Renaming):
    """The input as it is, under a name of its own.

    Free: nothing happens, and nothing is moved. Source: torch.nn.Identity.
    """

    type = "identity"

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Identity", {})


class Dropout(Renaming):
    """Values dropped with probability ``p`` while training.

    Free: at inference it is the identity, and moves nothing. Source: torch.nn.Dropout.
    """

    type = "dropout"
    fields = {"p": Number(0.5, help="the probability that a value is dropped", least=0, most=1)}

    p: float

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Dropout", {"p": self.p})


class Replicate(Free):
    """The channels over and over until there are ``out``: output channel i is input channel i mod cin.

    The last copy is cut where ``out`` is no multiple of the input channels. Free: it only copies values. Source:
    torch.cat of copies of the input, and a slice.
    """

    type = "replicate"
    fields = {"out": Size(help="output channels")}

    out: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        return (self.out, *inputs[0][1:])

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Replicate", {"out": self.out})
