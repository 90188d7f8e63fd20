"""max_stride: a layer that would exceed the cap on a model's stride gets stride 1, and what follows is dilated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.errors import LayerError
from costcalc.layers import Layer

__all__ = ["Region", "State", "capped"]

State = tuple[int, int]
"""How far a tensor has been strided since the region's input, and the dilation of the layers that take it."""


class Region:
    """A model whose stride is capped at ``limit``, and the states of the tensors inside."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.states: dict[int, State] = {}

    def state(self, inputs: Iterable[int]) -> State:
        """The state of a layer's input; of several, the greatest stride and the greatest dilation."""
        states = [self.states.get(index, (1, 1)) for index in inputs]
        return max((stride for stride, _ in states), default=1), max((dilation for _, dilation in states), default=1)


def capped(type: type[Layer], values: Mapping[str, Any], limit: int, state: State) -> tuple[Layer, State]:
    """The layer with ``values`` as it is in a region, and the state of its output. Raises LayerError if it cannot be.

    The layer whose stride is dropped keeps its own dilation; those after it are dilated by that stride, and explicit
    padding with them. Source: torchvision's ``replace_stride_with_dilation``, models/resnet.py.
    """
    if type.resizes:
        raise LayerError(f"max_stride = {limit}: {type.type} changes the size of the image, and not by a stride")
    layer = type(**values)
    arguments = layer.__dict__
    total, dilation = state
    changed: dict[str, Any] = {}
    if dilation > 1 and any(item != 1 for item in arguments.get("kernel", ())):
        if "dilation" not in type.fields:
            raise LayerError(f"max_stride = {limit}: {type.type} cannot be dilated", field="max_stride")
        # An axis with a kernel of 1 has nothing to dilate, and padding of its own.
        scale = tuple(1 if item == 1 else dilation for item in arguments["kernel"])
        changed["dilation"] = _scaled(arguments["dilation"], scale)
        if isinstance(arguments["padding"], tuple):
            changed["padding"] = _scaled(arguments["padding"], scale)
    if "stride" in type.fields:
        stride, horizontal = arguments["stride"]
        if stride != horizontal:
            raise LayerError(f"max_stride = {limit}: strides must be equal on both axes", field="max_stride")
        if total * stride <= limit:
            total *= stride
        elif limit % total:
            raise LayerError(f"max_stride = {limit}: cannot be kept, the stride is {total} here", field="max_stride")
        else:
            changed["stride"] = 1
            dilation *= stride
    if changed:
        layer = type(**{**{name: arguments[name] for name in type.fields}, **changed})
    return layer, (total, dilation)


def _scaled(pair: tuple[int, int], scale: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(item * factor for item, factor in zip(pair, scale, strict=True))
