"""A layer that writes its output over its input."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape
from costcalc.layers.allocation import SAME, Allocation, Tensors
from costcalc.layers.base import Layer, Parameter, TorchCall

__all__ = ["InPlace"]


class InPlace(Layer):
    """``layer``, which can do so (`Layer.in_place`), with its output in its input's storage. A spec cannot call it.

    All it computes is the same. Source: the argument ``inplace`` of the activations in torch.nn.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.type = layer.type  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"{self.layer!r} in place"

    def out_shape(self, *inputs: Shape) -> Shape:
        return self.layer.out_shape(*inputs)

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return self.layer.parameters(inputs, output)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return self.layer.ledger(inputs, output)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """The output is the input, changed."""
        return SAME

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        layer = self.layer.narrowed(inputs, channels)
        return layer and InPlace(layer)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        call = self.layer.torch(inputs, output)
        return TorchCall(call.name, {**call.arguments, "inplace": True})
