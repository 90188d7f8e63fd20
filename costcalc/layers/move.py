"""Layers that move, repeat, rename or keep values, and compute nothing."""

from __future__ import annotations

from costcalc.dims import Dim, Shape, check_divides, compare, holds_anywhere, product
from costcalc.errors import LayerError, shown
from costcalc.layers.allocation import NEW, SAME, Allocation, Tensors
from costcalc.layers.base import Free, Layer, Renaming, TorchCall, image
from costcalc.layers.fields import Number, Size
from costcalc.layers.tape import OFTEN, Operation, Tape

__all__ = ["Dropout", "Flatten", "Identity", "Replicate", "Shuffle", "Slice"]


class Flatten(Renaming):
    """All values of an image as one vector; a vector is itself.

    Free: it only creates a view, and moves nothing. Source: torch.nn.Flatten.
    """

    type = "flatten"

    def out_shape(self, *inputs: Shape) -> Shape:
        return (product(inputs[0]),)

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; output and gradient are other views of the same elements."""
        return (Operation(product(output), view=True, passes=True),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """Nothing: another view of the input."""
        return SAME

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Flatten", {})


class Identity(Renaming):
    """The input as it is, under a name of its own.

    Free: it does nothing and moves nothing. Source: torch.nn.Identity.
    """

    type = "identity"

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the output is the input."""
        return ()

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """Nothing: the output is the input."""
        return SAME

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return self

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

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: the mask, a factor for each element (one zero for all if p is 1). Nothing happens if p is 0."""
        if self.p == 0:
            return ()
        elements = product(output)
        mask = Operation(1, (), shared=True) if self.p == 1 else Operation(elements, ())
        return (mask, Operation(elements, (0, 1), saves=(1,)))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """Nothing: at inference the output is the input."""
        return SAME

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return self

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

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradients of the copies are parts of the output's, and are added."""
        copies, rest = divmod(self.out, inputs[0][0])
        cut = (Operation(rest * product(inputs[0][1:]), view=True),) if rest else ()
        takes = (0,) * min(copies, OFTEN) + (1,) * len(cut)
        return (*cut, Operation(product(output), takes, passes=True, precision="widest"))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the cut copy is a view."""
        return NEW

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Replicate", {"out": self.out})


class Slice(Renaming):
    """The ``size`` channels from ``start`` on, counted from 0.

    Free: it only creates a view, and moves nothing. Source: torch.Tensor.narrow along dimension 1.
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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """Nothing: a view of a part of the input, which stays whole."""
        return SAME

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is the output's, with zeros for the channels that are left out."""
        return (Operation(product(output), view=True),)

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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is shuffled back."""
        return (Operation(product(output)),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("ChannelShuffle", {"groups": self.groups})
