"""Layers that move, repeat, rename or keep values, and compute nothing."""

from __future__ import annotations

from costcalc.dims import Dim, Shape, check_divides, compare, holds_anywhere, product
from costcalc.errors import LayerError, shown
from costcalc.layers.base import Free, Renaming, TorchCall, image
from costcalc.layers.fields import Number, Size

__all__ = ["Dropout", "Flatten", "Identity", "Replicate", "Shuffle", "Slice"]


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


class Slice(Renaming):
    """The ``size`` channels from ``start`` on, counted from 0.

    Free: it only leaves values out, and moves none. Source: torch.Tensor.narrow along dimension 1.
    """

    type = "slice"
    fields = {
        "start": Size(0, help="the first channel, counted from 0", least=0),
        "size": Size(help="how many channels"),
    }

    start: Dim
    size: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        channels = inputs[0][0]
        if holds_anywhere(compare(">", self.start + self.size, channels)):
            message = f"slice of {shown(self.size)} channels from {shown(self.start)} on: there are {shown(channels)}"
            raise LayerError(message, field="size")
        return (self.size, *inputs[0][1:])

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Slice", {"start": self.start, "size": self.size})


class Shuffle(Free):
    """The channels of ``groups`` groups dealt out in turn: the first of each group, then the second of each, and so on.

    Free: it only moves values. Source: Zhang et al. (ShuffleNet), arXiv:1707.01083, section 3.1.
    """

    type = "shuffle"
    fields = {"groups": Size(help="groups of channels; must divide the channels")}

    groups: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, *_ = image(inputs[0], self.type)
        check_divides(self.groups, channels, "groups and channels", field="groups")
        return inputs[0]

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("ChannelShuffle", {"groups": self.groups})
