"""Layers that change the height and width of an image without a window that slides: pad, crop, fold, interpolate."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape, check_divides, product
from costcalc.errors import LayerError
from costcalc.layers.allocation import NEW, Allocation, Tensors
from costcalc.layers.base import Free, Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Pair, Size, Word
from costcalc.layers.tape import Operation, Tape

__all__ = ["Crop", "Pad", "Resize", "SpaceToDepth"]


class _Border(Free):
    """What pad and crop share: rows and columns before (above, on the left) and after (below, on the right)."""

    resizes = True
    fields = {
        "before": Pair(0, "rows above and columns on the left", least=0),
        "after": Pair(0, "rows below and columns on the right", least=0),
    }

    before: tuple[Dim, Dim]
    after: tuple[Dim, Dim]


class Pad(_Border):
    """Rows and columns of zeros around an image.

    Free: it only moves values. Source: torch.nn.ZeroPad2d.
    """

    type = "pad"

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = image(inputs[0], self.type)
        return (channels, height + self.before[0] + self.after[0], width + self.before[1] + self.after[1])

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is a part of the output's, copied."""
        return (Operation(product(output)),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("ZeroPad2d", {"padding": (self.before[1], self.after[1], self.before[0], self.after[0])})


class Crop(_Border):
    """An image without its outer rows and columns.

    Free: it only drops values. Source: torch.nn.ZeroPad2d with negative padding.
    """

    type = "crop"

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = image(inputs[0], self.type)
        return (channels, height - self.before[0] - self.after[0], width - self.before[1] - self.after[1])

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor: torch copies what is left."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is the output's between zeros."""
        return (Operation(product(output)),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("ZeroPad2d", {"padding": (-self.before[1], -self.after[1], -self.before[0], -self.after[0])})


class SpaceToDepth(Free):
    """Each square of ``block`` x ``block`` pixels becomes one pixel with block * block times the channels.

    Free: it only moves values. Source: torch.nn.PixelUnshuffle, whose order of channels it has; the ``reorg`` layer of
    darknet differs from it in that order alone.
    """

    type = "space_to_depth"
    resizes = True
    fields = {"block": Size(2, "pixels along each side of a square; must divide height and width")}

    block: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = image(inputs[0], self.type)
        rows = check_divides(self.block, height, "block and height", field="block")
        columns = check_divides(self.block, width, "block and width", field="block")
        return (channels * self.block * self.block, rows, columns)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is moved back."""
        return (Operation(product(output)),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("PixelUnshuffle", {"downscale_factor": self.block})


class Resize(Layer):
    """Interpolation of each channel to a height and width.

    Bilinear: each output element is a sum of four input elements, each times its weight, which is four multiplications
    and three additions, at the border and without a change of size too; the weights, which are the same for all
    channels and images, are not counted. Nearest copies, and is free. Source: torch.nn.Upsample.
    """

    type = "resize"
    resizes = True
    fields = {
        "size": Pair(help="height and width of the output"),
        "mode": Word(("bilinear", "nearest"), "bilinear", "how values between pixels come to be"),
        "align_corners": Flag(False, "let the centres of the corner pixels coincide; for bilinear only"),
    }

    size: tuple[Dim, Dim]
    mode: str
    align_corners: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        if self.align_corners and self.mode != "bilinear":
            raise LayerError(f"align_corners = true: not for mode {self.mode}", field="align_corners")
        return (image(inputs[0], self.type)[0], *self.size)

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        if self.mode == "nearest":
            return {}
        elements = product(output)
        return {"muls": 4 * elements, "adds": 3 * elements}

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient is spread over the same neighbours."""
        return (Operation(product(output)),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        aligned = {"align_corners": self.align_corners} if self.mode == "bilinear" else {}
        return TorchCall("Upsample", {"size": self.size, "mode": self.mode, **aligned})
