"""The torch module that a layer names, and what torch says of shapes: nothing here reads a formula of costcalc."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from costcalc.dims import Shape
from costcalc.layers.base import TorchCall
from costcalc.measure import modules

REFUSALS = (RuntimeError, ValueError)


def build(call: TorchCall, device: str = "meta") -> nn.Module:
    """The module of ``call``: of torch.nn, or else of `costcalc.measure.modules`."""
    cls = getattr(nn, call.name, None) or getattr(modules, call.name)
    with torch.device(device):
        module: nn.Module = cls(**call.arguments)
    return module.eval()


def shape(module: nn.Module, *inputs: Shape) -> Shape | None:
    """The shape that ``module`` gives for one image; None if torch refuses or the output would be empty."""
    try:
        result = module(*(torch.empty(1, *sizes, device="meta") for sizes in inputs))
    except REFUSALS:
        return None
    sizes = tuple(result.shape[1:])
    return sizes if all(sizes) else None


def tensors(module: nn.Module) -> dict[str, tuple[bool, Shape]]:
    """Every tensor that ``module`` stores: is it trained, and its shape. The counter of batches is no statistic."""
    trained: dict[str, Any] = {name: (True, tuple(tensor.shape)) for name, tensor in module.named_parameters()}
    stored = {name: (False, tuple(t.shape)) for name, t in module.named_buffers() if name != "num_batches_tracked"}
    return {**trained, **stored}
