"""Every layer type as plain loops, on a machine that counts what it does: the truth that the formulas are held to.

A tensor is a dict from index, ``(channel, row, column)`` or ``(feature,)``, to value, so that a shape is where the
loops went and not what a formula said. The loops visit the padding too: a kernel position outside the image is
multiplied, added or compared like any other, as the ledgers count it.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy

from costcalc.layers import ACTIVATIONS
from costcalc.layers.base import Layer
from tests.layers.brute_spatial import SPATIAL
from tests.layers.machine import Machine, Tensor, filled, shape_of

__all__ = ["BRUTE", "Machine", "Tensor", "filled", "function", "run", "shape_of"]


def run(layer: Layer, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> tuple[Tensor, Counter[str]]:
    """The output of ``layer`` and the work that it took."""
    machine = Machine()
    output = BRUTE[layer.type](machine, layer, inputs, parameters)
    return output, +machine.work


def pads(layer: Any, size: Sequence[int]) -> list[tuple[int, int]]:
    """The padding before and after each axis, from the words' definitions."""
    found = []
    for axis, n in enumerate(size):
        kernel, stride = layer.kernel[axis], layer.stride[axis]
        reach = 1 + sum(layer.dilation[axis] for _ in range(kernel - 1))
        if layer.padding == "valid":
            found.append((0, 0))
        elif layer.padding == "half":
            found.append(((reach - 1) // 2, (reach - 1) // 2))
        elif layer.padding == "same":
            outputs = len(range(0, n, stride))
            missing = max(0, (outputs - 1) * stride + reach - n)
            found.append((missing // 2, missing - missing // 2))
        else:
            found.append((layer.padding[axis], layer.padding[axis]))
    return found


def windows(layer: Any, size: Sequence[int]) -> Iterator[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """The sliding windows over an image: the output position, and the (row, column) of every kernel position."""
    axes = []
    for axis, (n, (before, after)) in enumerate(zip(size, pads(layer, size), strict=True)):
        taps = [layer.dilation[axis] * k for k in range(layer.kernel[axis])]
        starts = []
        start = -before
        while start + taps[-1] < n + after:
            starts.append(start)
            start += layer.stride[axis]
        previous_end = start - layer.stride[axis] + taps[-1]
        if getattr(layer, "ceil_mode", False) and previous_end < n + after - 1 and start < n:
            starts.append(start)
        axes.append([[start + tap for tap in taps] for start in starts])
    for (y, rows), (x, columns) in itertools.product(enumerate(axes[0]), enumerate(axes[1])):
        yield (y, x), list(itertools.product(rows, columns))


def conv(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Cross-correlation, position by position, each group on its own channels."""
    image = inputs[0]
    channels, *size = shape_of(image)
    weight = parameters["weight"]
    output: Tensor = {}
    for out in range(layer.out):
        group = out // (layer.out // layer.groups)
        members = [c for c in range(channels) if c // (channels // layer.groups) == group]
        for position, taps in windows(layer, size):
            total = 0
            for c, channel in enumerate(members):
                kernel = itertools.product(range(layer.kernel[0]), range(layer.kernel[1]))
                for (row, column), tap in zip(taps, kernel, strict=True):
                    total = machine.mac(total, image.get((channel, row, column), 0), weight[(out, c, *tap)])
            output[(out, *position)] = machine.add(total, parameters["bias"][(out,)]) if layer.bias else total
    return output


def linear(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """A dot product over all features for each output."""
    output: Tensor = {}
    for out in range(layer.out):
        total = 0
        for (feature,), value in inputs[0].items():
            total = machine.mac(total, value, parameters["weight"][(out, feature)])
        output[(out,)] = machine.add(total, parameters["bias"][(out,)]) if layer.bias else total
    return output


def rbf(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The squared distance to each code: a difference per feature, squared, and the squares summed."""
    output: Tensor = {}
    for out in range(layer.out):
        differences = [machine.add(x, -parameters["codes"][(out, feature)]) for (feature,), x in inputs[0].items()]
        squares = [machine.mul(difference, difference) for difference in differences]
        output[(out,)] = summed(machine, squares)
    return output


def batch_norm(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """A scale and a shift per channel; which ones is of no matter to the work."""
    scale, shift = parameters["running_var"], parameters["running_mean"]
    return {i: machine.add(machine.mul(x, scale[i[:1]]), shift[i[:1]]) for i, x in inputs[0].items()}


def lrn(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Each value by the power of the squares around it, from half the size before it on; zeros beyond the channels."""
    squares = {index: machine.mul(x, x) for index, x in inputs[0].items()}
    output = {}
    for (channel, *position), x in inputs[0].items():
        first = channel - layer.size // 2
        window = [squares.get((c, *position), 0) for c in range(first, first + layer.size)]
        scaled = machine.mul(sympy.Rational(1, 10000), summed(machine, window))
        power = machine.power(machine.add(2, scaled), sympy.Rational(3, 4))
        output[(channel, *position)] = machine.divide(sympy.Integer(x), power)
    return output


def scale(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """A coefficient and a bias per channel."""
    weight, bias = parameters["weight"], parameters["bias"]
    return {i: machine.add(machine.mul(x, weight[i[:1]]), bias[i[:1]]) for i, x in inputs[0].items()}


def function(machine: Machine, fn: str, x: Any) -> Any:
    """One value of an elementwise activation, from the formula in torch's documentation or an equal one."""
    m = machine
    if fn == "relu":
        return m.greater(x, 0)
    if fn == "relu6":
        return m.less(m.greater(x, 0), 6)
    if fn == "leaky_relu":
        return m.above_zero(x, x, m.mul(sympy.Rational(1, 100), x))
    if fn == "sigmoid":
        return m.divide(1, m.add(1, m.exp(-x)))
    if fn == "tanh":
        w = m.exp(m.mul(2, x))
        return m.divide(m.add(w, -1), m.add(w, 1))
    if fn == "scaled_tanh":
        w = m.exp(m.mul(sympy.Rational(4, 3), x))
        return m.mul(sympy.Rational(17159, 10000), m.divide(m.add(w, -1), m.add(w, 1)))
    if fn == "hard_sigmoid":
        return m.divide(m.less(m.greater(m.add(x, 3), 0), 6), 6)
    if fn == "hard_swish":
        return m.divide(m.mul(x, m.less(m.greater(m.add(x, 3), 0), 6)), 6)
    if fn == "silu":
        return m.divide(x, m.add(1, m.exp(-x)))
    if fn == "gelu":
        return m.mul(m.mul(sympy.Rational(1, 2), x), m.add(1, m.erf(m.mul(1 / sympy.sqrt(2), x))))
    if fn == "elu":
        return m.above_zero(x, x, m.add(m.exp(x), -1))
    assert fn == "mish"
    root = m.add(1, m.exp(x))
    w = m.mul(root, root)
    return m.divide(m.mul(x, m.add(w, -1)), m.add(w, 1))


def activation(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The function on each value; softmax over the channels of each position."""
    if layer.fn != "softmax":
        return {index: function(machine, layer.fn, sympy.Integer(x)) for index, x in inputs[0].items()}
    output: Tensor = {}
    for position in {index[1:] for index in inputs[0]}:
        column = [(index, x) for index, x in inputs[0].items() if index[1:] == position]
        greatest = column[0][1]
        for _, x in column[1:]:
            greatest = machine.greater(greatest, x)
        powers = [(index, machine.exp(machine.add(x, -greatest))) for index, x in column]
        total = powers[0][1]
        for _, power in powers[1:]:
            total = machine.add(total, power)
        output.update({index: machine.divide(power, total) for index, power in powers})
    return output


def max_pool(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The greatest of each window, minus infinity outside the image."""
    image = inputs[0]
    channels, *size = shape_of(image)
    output: Tensor = {}
    for channel in range(channels):
        for position, taps in windows(layer, size):
            values = [image.get((channel, *tap), -math.inf) for tap in taps]
            greatest = values[0]
            for value in values[1:]:
                greatest = machine.greater(greatest, value)
            output[(channel, *position)] = greatest
    return output


def avg_pool(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The mean of each window, zero outside the image."""
    image = inputs[0]
    channels, *size = shape_of(image)
    padded = [range(-before, n + after) for n, (before, after) in zip(size, pads(layer, size), strict=True)]
    output: Tensor = {}
    for channel in range(channels):
        for position, taps in windows(layer, size):
            if layer.count_include_pad:
                counted = [tap for tap in taps if tap[0] in padded[0] and tap[1] in padded[1]]
            else:
                counted = [tap for tap in taps if (channel, *tap) in image]
            mean = average(machine, [image.get((channel, *tap), 0) for tap in taps], len(counted))
            output[(channel, *position)] = mean
    return output


def sum_pool(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The sum of each window, zero outside the image."""
    image = inputs[0]
    channels, *size = shape_of(image)
    output: Tensor = {}
    for channel in range(channels):
        for position, taps in windows(layer, size):
            output[(channel, *position)] = summed(machine, [image.get((channel, *tap), 0) for tap in taps])
    return output


def summed(machine: Machine, values: Sequence[Any]) -> Any:
    """The sum of ``values``, one after the other."""
    total = values[0]
    for value in values[1:]:
        total = machine.add(total, value)
    return total


def average(machine: Machine, values: Sequence[int], count: int) -> Any:
    """The sum of ``values`` divided by ``count``."""
    return machine.divide(summed(machine, values), count)


def global_avg_pool(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The mean of each channel."""
    channels, *size = shape_of(inputs[0])
    per_channel = [[x for index, x in inputs[0].items() if index[0] == c] for c in range(channels)]
    return {(c,): average(machine, values, math.prod(size)) for c, values in enumerate(per_channel)}


def global_max_pool(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The greatest of each channel."""
    output: Tensor = {}
    for (c, *_), x in inputs[0].items():
        output[(c,)] = machine.greater(output[(c,)], x) if (c,) in output else x
    return output


def pool_to(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The means of torch's adaptive windows."""
    image = inputs[0]
    channels, *size = shape_of(image)

    def reach(i: int, n: int, m: int) -> range:
        return range(math.floor(Fraction(i * n, m)), math.ceil(Fraction((i + 1) * n, m)))

    output: Tensor = {}
    for c, y, x in itertools.product(range(channels), range(layer.size[0]), range(layer.size[1])):
        rows, columns = reach(y, size[0], layer.size[0]), reach(x, size[1], layer.size[1])
        values = [image[(c, row, column)] for row in rows for column in columns]
        output[(c, y, x)] = average(machine, values, len(values))
    return output


def add(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The sum, element by element."""
    output = dict(inputs[0])
    for other in inputs[1:]:
        output = {index: machine.add(x, other[index]) for index, x in output.items()}
    return output


def multiply(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The product, element by element."""
    output = dict(inputs[0])
    for other in inputs[1:]:
        output = {index: machine.mul(x, other[index]) for index, x in output.items()}
    return output


def concat(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The channels of the inputs, one input after the other."""
    output: Tensor = {}
    channels = 0
    for tensor in inputs:
        output.update({(channels + c, *rest): x for (c, *rest), x in tensor.items()})
        channels += shape_of(tensor)[0]
    return output


def flatten(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The values in the order of their indices."""
    return {(place,): inputs[0][index] for place, index in enumerate(sorted(inputs[0]))}


def same(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The input."""
    return dict(inputs[0])


def replicate(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """Channel i is channel i modulo the input channels."""
    channels, *size = shape_of(inputs[0])
    rest = [range(n) for n in size]
    return {(i, *p): inputs[0][(i % channels, *p)] for i in range(layer.out) for p in itertools.product(*rest)}


def slice_(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The channels that are kept, under new numbers."""
    kept = {c: i for i, c in enumerate(range(layer.start, layer.start + layer.size))}
    return {(kept[c], *rest): x for (c, *rest), x in inputs[0].items() if c in kept}


def shuffle(machine: Machine, layer: Any, inputs: Sequence[Tensor], parameters: dict[str, Tensor]) -> Tensor:
    """The groups as hands of cards, of which one card each is laid down in turn."""
    channels, *size = shape_of(inputs[0])
    hands = [
        list(range(channels))[g * channels // layer.groups :][: channels // layer.groups] for g in range(layer.groups)
    ]
    order = [hand[turn] for turn in range(channels // layer.groups) for hand in hands]
    rest = [range(n) for n in size]
    return {(i, *p): inputs[0][(c, *p)] for i, c in enumerate(order) for p in itertools.product(*rest)}


BRUTE: dict[str, Callable[[Machine, Any, Sequence[Tensor], dict[str, Tensor]], Tensor]] = {
    "conv": conv,
    "linear": linear,
    "rbf": rbf,
    "batch_norm": batch_norm,
    "lrn": lrn,
    "scale": scale,
    "activation": activation,
    **dict.fromkeys(ACTIVATIONS, activation),
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "sum_pool": sum_pool,
    "global_avg_pool": global_avg_pool,
    "global_max_pool": global_max_pool,
    "pool_to": pool_to,
    "add": add,
    "multiply": multiply,
    "concat": concat,
    "flatten": flatten,
    "identity": same,
    "dropout": same,
    "replicate": replicate,
    "slice": slice_,
    "shuffle": shuffle,
    **SPATIAL,
}
