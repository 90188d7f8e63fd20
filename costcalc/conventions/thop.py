"""thop: hooks on known torch.nn classes; other classes and functions are not counted."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Terms, trained
from costcalc.conventions.costcalc_ import batch_norm, by_name, resize
from costcalc.dims import Dim, check_divides, is_exact_int, product

__all__ = ["CONVENTION"]


def _transposed(module: Module) -> Terms:
    """Output elements times input channels per group times kernel size, as for an ordinary convolution."""
    channels = check_divides(module.arguments["groups"], module.node.input_shapes[0][0], "groups and input channels")
    counted = module.written * channels * product(module.arguments["kernel_size"])
    return {
        "transposed convolution": module.macs,
        "transposed convolution, wrong positions": counted - module.macs,
    }


def _average(module: Module) -> Terms:
    return {"average pooling": module.written}


def _adaptive(module: Module) -> Terms:
    """Output elements times (window + 1), where window is input size / output size: a float, truncated to an int."""
    _, *size = module.node.input_shapes[0]
    channels, *windows = module.node.shape
    if not all(is_exact_int(dim) for dim in (*size, *windows, channels)):
        return {"adaptive pooling": module.read + module.written}
    window = 1.0
    for n, m in zip(size, windows, strict=True):
        window *= n / m
    return {"adaptive pooling": int((window + 1) * module.written)}


def _softmax(module: Module) -> Terms:
    channels, *positions = module.node.shape
    work: Dim = product(positions) * (3 * channels - 1)
    return {"activation": work}


HOOKED = ("Conv2d", "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d", "Linear")
"""The classes with parameters that it supports."""

CONVENTION = Convention(
    name="thop",
    title="thop's profile",
    versions="0.1.1.post2209072238",
    unit="MACs",
    per_mac=1,
    rules={
        "Conv2d": by_name,
        "ConvTranspose2d": _transposed,
        "Linear": by_name,
        "BatchNorm1d": batch_norm(4, 2),
        "BatchNorm2d": batch_norm(4, 2),
        "AvgPool2d": _average,
        "AdaptiveAvgPool2d": _adaptive,
        "Softmax": _softmax,
        "Upsample": resize(11, 1),
    },
    parameters=lambda module: trained(module) if module.name in HOOKED else {},
    texts={
        "convolution": "1 per MAC",
        "transposed convolution": "1 per MAC",
        "transposed convolution, wrong positions": "counted per output position instead of per input position",
        "linear": "1 per MAC",
        "batch norm": "4 per element, 2 without affine parameters",
        "activation": "softmax only: 3 per element minus 1 per position",
        "average pooling": "1 per output element",
        "adaptive pooling": "1 per input and output element, in floats; AdaptiveAvgPool2d only, not functions",
        "resize": "11 per output element if bilinear, 1 if nearest",
        **dict.fromkeys(TRAINED_TERMS, "of supported classes"),
    },
    faults={
        "transposed convolution, wrong positions": "it counts transposed convolutions per output position",
        "PaddedConv2d": "it hooks torch.nn.Conv2d but not its subclasses",
    },
    source="thop/profile.py, vision/basic_hooks.py and calc_func.py",
)
