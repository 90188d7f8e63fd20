"""What torch and other people's counters say of a module, by the names of its submodules.

All of it runs on meta tensors: the real modules at the real sizes, without memory or arithmetic.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from costcalc.measure.extras import reason, require

with warnings.catch_warnings():
    # fvcore compiles losses of its own with a part of torch that torch deprecates: nothing that a user could change.
    warnings.simplefilter("ignore", DeprecationWarning)
    require("fvcore.nn")

from fvcore.nn import FlopCountAnalysis

__all__ = ["FVCORE_MAC_OPERATORS", "Forward", "TraceableOnMeta", "fvcore_macs", "torch_forward"]

FVCORE_MAC_OPERATORS = ("conv", "linear", "addmm", "mm", "bmm", "matmul", "einsum")
"""The operators of fvcore that are sums of products. It counts a multiply-accumulate as one flop."""


class Forward(NamedTuple):
    """One forward run of a module: output shapes for one image, and torch's FLOPs, by the names of submodules.

    The entry ``""`` is the module itself; where it gives several tensors by name, their shapes stand in ``outputs``.
    ``refused`` is the submodule that raised, and what it said; what would have come after it is missing.
    """

    shapes: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    flops: Mapping[str, int]
    refused: tuple[str, str] | None


def torch_forward(model: nn.Module, image: Tensor) -> Forward:
    """Run ``model`` on ``image`` under `torch.utils.flop_counter`, where a multiply-accumulate is two FLOPs."""
    shapes: dict[str, tuple[int, ...]] = {}
    outputs: dict[str, tuple[int, ...]] = {}
    running = [""]

    def entering(name: str) -> Any:
        return lambda module, inputs: running.append(name)

    def leaving(name: str) -> Any:
        def note(module: nn.Module, inputs: Any, output: Any) -> None:
            running.pop()
            if isinstance(output, Tensor):
                shapes[name] = tuple(output.shape[1:])
            else:
                outputs.update({key: tuple(value.shape[1:]) for key, value in output.items()})

        return note

    hooks = []
    for name, module in model.named_modules():
        hooks += [module.register_forward_pre_hook(entering(name)), module.register_forward_hook(leaving(name))]
    counter = FlopCounterMode(display=False)
    refused = None
    try:
        with counter, torch.no_grad():
            model(image)
    except Exception as error:  # whatever torch raises over a wrong module is what we came to hear
        refused = (running[-1], reason(error))
    finally:
        for hook in hooks:
            hook.remove()
    prefix = f"{type(model).__name__}."
    counts = {name: sum(operators.values()) for name, operators in counter.get_flop_counts().items()}
    flops = {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}
    return Forward(shapes, outputs, {**flops, "": counts.get("Global", 0)}, refused)


def fvcore_macs(model: nn.Module, image: Tensor) -> dict[str, int]:
    """fvcore's count of the multiply-accumulates in every submodule, its own included; ``""`` is the whole model."""
    analysis = FlopCountAnalysis(model, (image,))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    with TraceableOnMeta(), torch.no_grad():
        by_module = analysis.by_module_and_operator()
    return {
        name: int(sum(count for operator, count in operators.items() if operator in FVCORE_MAC_OPERATORS))
        for name, operators in by_module.items()
    }


class TraceableOnMeta(TorchFunctionMode):
    """Calls the operator ``_convolution`` where a module calls ``conv2d`` or ``conv_transpose2d``.

    Every other device does so by itself, and ``_convolution`` is what fvcore counts; on meta tensors torch 2 takes
    a way round that its own tracer cannot follow.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return _BY_CONVOLUTION.get(function, function)(*args, **(kwargs or {}))


def _conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """`torch.conv2d` by way of ``_convolution``."""
    return torch._convolution(input, weight, bias, stride, padding, dilation, False, (0, 0), groups, *_CUDNN)


def _conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """`torch.conv_transpose2d` by way of ``_convolution``."""
    return torch._convolution(input, weight, bias, stride, padding, dilation, True, output_padding, groups, *_CUDNN)


_CUDNN = (False, False, True, True)
"""How cuDNN should compute it: of no matter here."""

_BY_CONVOLUTION: Mapping[Any, Any] = {torch.conv2d: _conv2d, torch.conv_transpose2d: _conv_transpose2d}
