"""Convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.dims import Dim, Shape, check_divides, compare, decide, holds_anywhere, maximum, product
from costcalc.errors import LayerError, shown
from costcalc.layers.allocation import NEW, Allocation, Tensors, surrounded
from costcalc.layers.base import Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Padding, Pair, Size
from costcalc.layers.tape import Operation, Tape, padding
from costcalc.layers.window import Two, explicit_padding, positions, span

__all__ = ["Conv", "ConvTranspose"]


class Conv(Layer):
    """A convolution over height and width; ``groups = cin`` makes it depthwise.

    Each output element is one dot product over (channels / groups) * kernel height * kernel width inputs, padding
    included, each term one multiply-accumulate; a bias adds one addition per output element. Source: MobileNets,
    arXiv:1704.04861, section 3.1, equations 2 and 3, with groups as in AlexNet.
    """

    type = "conv"
    fields = {
        "out": Size(help="output channels"),
        "kernel": Pair(1),
        "stride": Pair(1),
        "padding": Padding(),
        "dilation": Pair(1),
        "groups": Size(1, help="groups of channels that do not mix; must divide input and output channels"),
        "bias": Flag(False),
    }

    out: Dim
    kernel: tuple[Dim, Dim]
    stride: tuple[Dim, Dim]
    padding: str | tuple[Dim, Dim]
    dilation: tuple[Dim, Dim]
    groups: Dim
    bias: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, *size = image(inputs[0], "conv")
        check_divides(self.groups, channels, "groups and input channels", field="groups")
        check_divides(self.groups, self.out, "groups and output channels", field="groups")
        pads = self._padding(inputs[0])
        axes = zip(size, pads, self.kernel, self.stride, self.dilation, strict=True)
        return (self.out, *(positions(*axis) for axis in axes))

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        per_group = check_divides(self.groups, inputs[0][0], "groups and input channels", field="groups")
        weight = Parameter("weight", "weight", (self.out, per_group, *self.kernel))
        return (weight, Parameter("bias", "bias", (self.out,))) if self.bias else (weight,)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        channels, height, width = output
        per_group = check_divides(self.groups, inputs[0][0], "groups and input channels", field="groups")
        elements = channels * height * width
        macs = elements * per_group * self.kernel[0] * self.kernel[1]
        return {"macs": macs, "adds": elements} if self.bias else {"macs": macs}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, padded if torch pads first: the weight's gradient correlates it with the output's."""
        padded = padding(inputs[0], self.torch(inputs, output).arguments.get("pad"))
        names = tuple(tensor.name for tensor in self.parameters(inputs, output))
        source = len(padded)
        conv = Operation(product(output), (source,), saves=(source,), parameters=names, precision="low")
        return (*padded, conv)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the padded input where torch pads first is temporary."""
        pad = self.torch(inputs, output).arguments.get("pad")
        return Allocation(transient=surrounded(inputs[0], pad, tensors))

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        """A convolution of one filter per channel works on each apart."""
        if not self.groups == self.out == inputs[0][0]:
            return None
        arguments = {name: getattr(self, name) for name in self.fields}
        return Conv(**{**arguments, "out": channels, "groups": channels})

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        (top, bottom), (left, right) = self._padding(inputs[0])
        arguments: dict[str, Any] = {
            "in_channels": inputs[0][0],
            "out_channels": self.out,
            "kernel_size": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "groups": self.groups,
            "bias": self.bias,
        }
        if decide(compare("==", top, bottom)) and decide(compare("==", left, right)):
            return TorchCall("Conv2d", {**arguments, "padding": (top, left)})
        return TorchCall("PaddedConv2d", {**arguments, "pad": (left, right, top, bottom)})

    def _padding(self, shape: Shape) -> tuple[tuple[Dim, Dim], tuple[Dim, Dim]]:
        return explicit_padding(self.padding, (shape[1], shape[2]), self.kernel, self.stride, self.dilation)


class _SymmetricPadding(Padding):
    """``half``, ``valid``, a number for all four sides, or a pair ``[vertical, horizontal]``."""

    WORDS = ("half", "valid")


class ConvTranspose(Layer):
    """A transposed convolution: the backward pass of a convolution towards its input, as a layer.

    Each input element is multiplied by kernel height * kernel width * (out / groups) weights and each product added to
    an output element, one multiply-accumulate each; those that fall on the padding, which is cut off, are counted. A
    bias is one addition more per output element. Source: Dumoulin and Visin, arXiv:1603.07285, chapter 4; sizes and
    ``output_padding`` as in torch.nn.ConvTranspose2d.
    """

    type = "conv_transpose"
    resizes = True
    fields = {
        "out": Size(help="output channels"),
        "kernel": Pair(),
        "stride": Pair(1),
        "padding": _SymmetricPadding(help="half, valid, or how many rows and columns to cut off on each side"),
        "output_padding": Pair(0, "rows below and columns on the right to add", least=0),
        "dilation": Pair(1),
        "groups": Size(1, help="groups of channels that do not mix; must divide input and output channels"),
        "bias": Flag(False),
    }

    out: Dim
    kernel: Two
    stride: Two
    padding: str | Two
    output_padding: Two
    dilation: Two
    groups: Dim
    bias: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, *size = image(inputs[0], self.type)
        check_divides(self.groups, channels, "groups and input channels", field="groups")
        check_divides(self.groups, self.out, "groups and output channels", field="groups")
        shape = [self.out]
        axes = zip(size, self._padding(), self.kernel, self.stride, self.dilation, self.output_padding, strict=True)
        for n, pad, kernel, stride, dilation, extra in axes:
            if holds_anywhere(compare(">=", extra, maximum(stride, dilation))):
                rule = "must be less than the stride or the dilation"
                raise LayerError(f"output_padding = {shown(self.output_padding)}: {rule}", field="output_padding")
            shape.append((n - 1) * stride + span(kernel, dilation) - 2 * pad + extra)
        return tuple(shape)

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        weight = Parameter("weight", "weight", (inputs[0][0], self._per_group(), *self.kernel))
        return (weight, Parameter("bias", "bias", (self.out,))) if self.bias else (weight,)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        macs = product(inputs[0]) * self._per_group() * self.kernel[0] * self.kernel[1]
        return {"macs": macs, "adds": product(output)} if self.bias else {"macs": macs}

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, because the weight's gradient correlates it with the output's."""
        names = tuple(tensor.name for tensor in self.parameters(inputs, output))
        return (Operation(product(output), saves=(0,), parameters=names, precision="low"),)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        arguments: dict[str, Any] = {
            "in_channels": inputs[0][0],
            "out_channels": self.out,
            "kernel_size": self.kernel,
            "stride": self.stride,
            "padding": self._padding(),
            "output_padding": self.output_padding,
            "dilation": self.dilation,
            "groups": self.groups,
            "bias": self.bias,
        }
        return TorchCall("ConvTranspose2d", arguments)

    def _per_group(self) -> Dim:
        return check_divides(self.groups, self.out, "groups and output channels", field="groups")

    def _padding(self) -> Two:
        if isinstance(self.padding, str):
            ends = explicit_padding(self.padding, (1, 1), self.kernel, self.stride, self.dilation)
            return ends[0][0], ends[1][0]
        return self.padding
