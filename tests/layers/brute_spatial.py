"""Loops for the layers that pad, crop, fold, interpolate and scatter; see `tests.layers.brute`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from tests.layers.machine import Machine, Tensor, shape_of

__all__ = ["SPATIAL"]


def pad(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Zeros everywhere, and the image over them."""
    channels, height, width = shape_of(inputs[0])
    (top, left), (bottom, right) = layer.before, layer.after
    rows, columns = range(top + height + bottom), range(left + width + right)
    zeros: Tensor = dict.fromkeys(itertools.product(range(channels), rows, columns), 0)
    return {**zeros, **{(c, y + top, x + left): value for (c, y, x), value in inputs[0].items()}}


def crop(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """What lies neither in the first rows and columns nor in the last."""
    _, height, width = shape_of(inputs[0])
    rows = range(height)[layer.before[0] : height - layer.after[0]]
    columns = range(width)[layer.before[1] : width - layer.after[1]]
    inside = {index: value for index, value in inputs[0].items() if index[1] in rows and index[2] in columns}
    return {(c, y - rows[0], x - columns[0]): value for (c, y, x), value in inside.items()}


def space_to_depth(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Pixel by pixel to its place, the channels of one input channel side by side."""
    output: Tensor = {}
    for (c, y, x), value in inputs[0].items():
        (row, dy), (column, dx) = divmod(y, layer.block), divmod(x, layer.block)
        output[((c * layer.block + dy) * layer.block + dx, row, column)] = value
    return output


def resize(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Every output element from its place in the input: the pixel that it falls into, or the four around it."""
    image = inputs[0]
    channels, *size = shape_of(image)

    def place(i: int, n: int, m: int) -> Fraction:
        if layer.mode == "nearest":
            return Fraction(i * n, m)
        if layer.align_corners:
            return Fraction(i * (n - 1), m - 1) if m > 1 else Fraction(0)
        return max(Fraction(2 * i + 1, 2) * Fraction(n, m) - Fraction(1, 2), Fraction(0))

    output: Tensor = {}
    for c, i, j in itertools.product(range(channels), range(layer.size[0]), range(layer.size[1])):
        y, x = place(i, size[0], layer.size[0]), place(j, size[1], layer.size[1])
        top, left = math.floor(y), math.floor(x)
        if layer.mode == "nearest":
            output[(c, i, j)] = image[(c, top, left)]
            continue
        rows = [(top, 1 - y + top), (min(top + 1, size[0] - 1), y - top)]
        columns = [(left, 1 - x + left), (min(left + 1, size[1] - 1), x - left)]
        terms = [machine.mul(image[(c, row, column)], a * b) for row, a in rows for column, b in columns]
        total = terms[0]
        for term in terms[1:]:
            total = machine.add(total, term)
        output[(c, i, j)] = total
    return output


def l2_norm(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Each position by itself: its length, then its channels over that, then the scales."""
    output = {}
    for position in {index[1:] for index in inputs[0]}:
        column = [(index, x) for index, x in inputs[0].items() if index[1:] == position]
        squares = [machine.mul(x, x) for _, x in column]
        total = squares[0]
        for square in squares[1:]:
            total = machine.add(total, square)
        length = machine.power(total, Fraction(1, 2))
        for index, x in column:
            output[index] = machine.mul(machine.divide(x, length), parameters["weight"][index[:1]])
    return output


def conv_transpose(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Every input element times the kernel, added onto a canvas; then the canvas without its border."""
    channels, *size = shape_of(inputs[0])
    canvas: list[list[int]] = []
    for axis, n in enumerate(size):
        kernel, stride, dilation = layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
        words = {"valid": 0, "half": (dilation * kernel - dilation) // 2}
        cut = words[layer.padding] if isinstance(layer.padding, str) else layer.padding[axis]
        touched = {i * stride + k * dilation for i in range(n) for k in range(kernel)}
        canvas.append([*range(cut, max(touched) + 1 - cut + layer.output_padding[axis])])
    output: Tensor = dict.fromkeys(itertools.product(range(layer.out), canvas[0], canvas[1]), 0)
    per_group, members = layer.out // layer.groups, channels // layer.groups
    kernels = list(itertools.product(range(layer.kernel[0]), range(layer.kernel[1])))
    for (c, row, column), value in inputs[0].items():
        for out, (ky, kx) in itertools.product(range(per_group), kernels):
            y = row * layer.stride[0] + ky * layer.dilation[0]
            x = column * layer.stride[1] + kx * layer.dilation[1]
            index = (c // members * per_group + out, y, x)
            total = machine.mac(output.get(index, 0), value, parameters["weight"][(c, out, ky, kx)])
            if index in output:
                output[index] = total
    moved: Tensor = {(out, y - canvas[0][0], x - canvas[1][0]): value for (out, y, x), value in output.items()}
    if layer.bias:
        return {index: machine.add(value, parameters["bias"][index[:1]]) for index, value in moved.items()}
    return moved


SPATIAL: dict[str, Callable[[Machine, Any, Sequence[Tensor], dict[str, Tensor]], Tensor]] = {
    "pad": pad,
    "crop": crop,
    "space_to_depth": space_to_depth,
    "resize": resize,
    "l2_norm": l2_norm,
    "conv_transpose": conv_transpose,
}
