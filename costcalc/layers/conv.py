"""Convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.dims import Dim, Shape, check_divides
from costcalc.layers.base import Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Padding, Pair, Size
from costcalc.layers.window import explicit_padding, positions

__all__ = ["Conv"]


class Conv(Layer):
    """A convolution over height and width; ``groups = cin`` makes it depthwise.

    Each output element is one dot product over (channels / groups) * kernel height * kernel width inputs, padding
    included, each term one multiply-accumulate; a bias is one addition more. Source: MobileNets, arXiv:1704.04861,
    section 3.1, equations 2 and 3, with groups as in AlexNet.
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
        if (top, left) == (bottom, right):
            return TorchCall("Conv2d", {**arguments, "padding": (top, left)})
        return TorchCall("PaddedConv2d", {**arguments, "pad": (left, right, top, bottom)})

    def _padding(self, shape: Shape) -> tuple[tuple[Dim, Dim], tuple[Dim, Dim]]:
        return explicit_padding(self.padding, (shape[1], shape[2]), self.kernel, self.stride, self.dilation)
