"""Torch modules for the layers that have no single class in ``torch.nn``. A layer names one in its `TorchCall`.

Shapes have the batch in front: ``(images, channels, height, width)`` or ``(images, features)``.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "Accumulate",
    "Add",
    "Concat",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "L2Norm",
    "Multiply",
    "PaddedAvgPool2d",
    "PaddedConv2d",
    "PaddedMaxPool2d",
    "RadialBasis",
    "Replicate",
    "Scale",
    "ScaledTanh",
    "Slice",
]

Pad = tuple[int, int, int, int]
"""Rows and columns added around an image, in the order of `torch.nn.functional.pad`: left, right, top, bottom."""


class _Padded(nn.Module):
    """What comes before a torch class to pad its input by ``pad`` first, with ``fill``."""

    fill = 0.0

    def __init__(self, *args: Any, pad: Pad, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = super().forward(functional.pad(input, self.pad, value=self.fill))
        return output

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, pad={self.pad}"


class PaddedConv2d(_Padded, nn.Conv2d):
    """A convolution whose zero padding may differ between the two sides of an axis."""


class PaddedMaxPool2d(_Padded, nn.MaxPool2d):
    """Max pooling whose padding, which never wins, may differ between the two sides of an axis."""

    fill = -torch.inf


class PaddedAvgPool2d(_Padded, nn.AvgPool2d):
    """Average pooling whose padding may differ between the two sides of an axis.

    The padding counts as zeros if ``count_include_pad``, and not at all otherwise, as in TensorFlow.
    """

    def forward(self, input: Tensor) -> Tensor:
        means = super().forward(input)
        if self.count_include_pad:
            return means
        # The mean of a window of ones is the part of it that lies inside the image.
        return means / super().forward(input.new_ones(1, 1, *input.shape[2:]))


class GlobalAvgPool2d(nn.Module):
    """The mean of every channel: ``(images, channels)``."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.adaptive_avg_pool2d(input, 1).flatten(1)


class GlobalMaxPool2d(nn.Module):
    """The greatest element of every channel: ``(images, channels)``."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.adaptive_max_pool2d(input, 1).flatten(1)


class L2Norm(nn.Module):
    """The channels of every position at Euclidean length 1, each times a weight of its own, ``scale`` at first."""

    def __init__(self, channels: int, scale: float = 20.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), scale))

    def forward(self, input: Tensor) -> Tensor:
        return functional.normalize(input, dim=1) * self.weight.reshape(-1, *[1] * (input.dim() - 2))

    def extra_repr(self) -> str:
        return f"{len(self.weight)}"


class Add(nn.Module):
    """The sum of its inputs, element by element."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return reduce(torch.add, inputs)


class Accumulate(nn.Module):
    """The sum of its inputs, written over the first."""

    def forward(self, total: Tensor, more: Tensor) -> Tensor:
        return total.add_(more)


class Multiply(nn.Module):
    """The product of its inputs, element by element."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return reduce(torch.mul, inputs)


class Concat(nn.Module):
    """Its inputs one after the other along the channels."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, 1)


class Replicate(nn.Module):
    """``out`` channels, of which channel i is channel i modulo the input's: copies of the input, the last one cut."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.out = out

    def forward(self, input: Tensor) -> Tensor:
        copies, rest = divmod(self.out, int(input.shape[1]))
        return torch.cat([input] * copies + [input[:, :rest]] * (rest > 0), 1)

    def extra_repr(self) -> str:
        return f"out={self.out}"


class Slice(nn.Module):
    """The ``size`` channels from ``start`` on."""

    def __init__(self, start: int, size: int) -> None:
        super().__init__()
        self.start = start
        self.size = size

    def forward(self, input: Tensor) -> Tensor:
        return input.narrow(1, self.start, self.size)

    def extra_repr(self) -> str:
        return f"start={self.start}, size={self.size}"


class Scale(nn.Module):
    """A coefficient and a bias for each channel, 1 and 0 at first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, input: Tensor) -> Tensor:
        shape = (-1, *[1] * (input.dim() - 2))
        return input * self.weight.view(shape) + self.bias.view(shape)

    def extra_repr(self) -> str:
        return f"channels={self.weight.numel()}"


class ScaledTanh(nn.Module):
    """1.7159 tanh(2/3 x), which is 1 at 1 and -1 at -1."""

    def forward(self, input: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(input * (2 / 3))


class RadialBasis(nn.Module):
    """Squared Euclidean distances to fixed codes of -1 and 1, drawn at random."""

    codes: Tensor

    def __init__(self, features: int, out: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.randint(2, (out, features)) * 2.0 - 1.0)

    def forward(self, input: Tensor) -> Tensor:
        return (input[:, None] - self.codes).square().sum(-1)

    def extra_repr(self) -> str:
        return f"features={self.codes.shape[1]}, out={self.codes.shape[0]}"
