"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from costcalc.dims import Dim, Shape, compare, holds_anywhere, product
from costcalc.errors import LayerError, shown
from costcalc.layers.allocation import NEW, SAME, Allocation, Tensors
from costcalc.layers.base import Free, Layer, Parameter, TorchCall, Traffic
from costcalc.layers.tape import Operation, Tape

__all__ = ["Add", "Concat", "Multiply"]


def _check_same(layer: str, inputs: tuple[Shape, ...], first_axis: int) -> None:
    """Raises LayerError if the inputs differ in rank, or in an axis from ``first_axis`` on."""
    first = inputs[0]
    for place, shape in enumerate(inputs[1:], 2):
        axes = zip(first[first_axis:], shape[first_axis:], strict=False)
        if len(first) != len(shape) or any(holds_anywhere(compare("!=", a, b)) for a, b in axes):
            what = "heights and widths" if first_axis and len(first) == len(shape) else "shapes"
            raise LayerError(f"{layer} of different {what}: input 1 is {_text(first)}, input {place} is {_text(shape)}")


def _text(shape: Shape) -> str:
    return " x ".join(shown(dim) for dim in shape) if len(shape) > 1 else f"a vector of {shown(shape[0])}"


def _one_by_one(count: int) -> list[tuple[int, int]]:
    """The two values that each operation of a chain takes: the first two inputs, then a result and the next input."""
    return [(place if place == 0 else count + place - 1, place + 1) for place in range(count - 1)]


class _Elementwise(Layer):
    """What add and multiply share: n inputs of one shape, n - 1 operations per element."""

    arity: ClassVar[tuple[int, int | None]] = (1, None)
    work: str

    def out_shape(self, *inputs: Shape) -> Shape:
        _check_same(self.type, inputs, 0)
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor, and from the third input on the result so far; a single input is the output."""
        if len(inputs) == 1:
            return SAME
        return NEW if len(inputs) == 2 else Allocation(transient=tensors.bytes(output))

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {self.work: (len(inputs) - 1) * product(output)}

    def traffic(self, inputs: tuple[Shape, ...], output: Shape) -> Traffic:
        return super().traffic(inputs, output) if len(inputs) > 1 else Traffic(0, 0, 0)


class Add(_Elementwise):
    """The sum of inputs of one shape; one input is itself.

    One addition per element for each input after the first. Source: He et al., arXiv:1512.03385, section 3.2.
    """

    type = "add"
    work = "adds"

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; each input's gradient is the very one of the sum. Three and more are added one by one."""
        return tuple(Operation(product(output), takes, passes=True) for takes in _one_by_one(len(inputs)))

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Add", {})


class Accumulate(Add):
    """The sum of two inputs of one shape, written over the first. A spec cannot call it.

    One addition per element. Source: torch.Tensor.add_.
    """

    type = "accumulate"
    arity = (2, 2)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """Nothing: the output is the first input, changed."""
        return SAME

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Accumulate", {})


class Multiply(_Elementwise):
    """The product of inputs of one shape, element by element; one input is itself.

    One multiplication per element for each input after the first. Source: torch.mul.
    """

    type = "multiply"
    work = "muls"

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: both factors, each for the gradient of the other; of three, the product of two as well."""
        return tuple(
            Operation(product(output), takes, saves=takes, crosswise=True) for takes in _one_by_one(len(inputs))
        )

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Multiply", {})


class Concat(Free):
    """The channels of all inputs, one after the other; heights and widths must be equal.

    Free: it only moves values. Source: torch.cat over dimension 1.
    """

    type = "concat"
    arity = (1, None)

    def out_shape(self, *inputs: Shape) -> Shape:
        _check_same(self.type, inputs, 1)
        channels = inputs[0][0]
        for shape in inputs[1:]:
            channels = channels + shape[0]
        return (channels, *inputs[0][1:])

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient of each input is a part of the output's."""
        takes = tuple(range(len(inputs)))
        return (Operation(product(output), takes, passes=True, precision="widest"),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor, even of a single input."""
        return NEW

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Concat", {})
