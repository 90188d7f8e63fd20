"""thop: hooks on the classes of torch.nn that it knows; another class, or a function, counts nothing."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Terms, trained
from costcalc.conventions.costcalc_ import batch_norm, by_name, resize
from costcalc.dims import Dim, check_divides, is_exact_int, product

__all__ = ["CONVENTION"]


def _transposed(module: Module) -> Terms:
    """Output elements times input channels per group times the kernel: as if it were no transposed convolution."""
    channels = check_divides(module.arguments["groups"], module.node.input_shapes[0][0], "groups and input channels")
    counted = module.written * channels * product(module.arguments["kernel_size"])
    return {
        "transposed convolution": module.macs,
        "transposed convolution, wrong positions": counted - module.macs,
    }


def _average(module: Module) -> Terms:
    return {"average pooling": module.written}


def _adaptive(module: Module) -> Terms:
    """Output elements times (window + 1), a window being the input size by the output size: a float, cut to an int."""
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
"""The classes with parameters that it knows."""

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
        "convolution": "1 for each MAC",
        "transposed convolution": "1 for each MAC",
        "transposed convolution, wrong positions": "output positions, where the products are at input positions",
        "linear": "1 for each MAC",
        "batch norm": "4 for each element, 2 without scale and shift",
        "activation": "softmax alone: 3 for each element, less 1 for each position",
        "average pooling": "1 for each output element",
        "adaptive pooling": "1 for each input and output element, in floats; of AdaptiveAvgPool2d, not of functions",
        "resize": "11 for each output element if bilinear, 1 if nearest",
        **dict.fromkeys(TRAINED_TERMS, "of the classes that it knows"),
    },
    faults={
        "transposed convolution, wrong positions": "it charges a transposed convolution for output positions",
        "PaddedConv2d": "it hooks torch.nn.Conv2d itself and no class made from it",
    },
    source="thop/profile.py, vision/basic_hooks.py and calc_func.py",
)
