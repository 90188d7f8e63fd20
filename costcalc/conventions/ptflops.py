"""ptflops, whose backends disagree: ``pytorch``, its default, hooks modules and functions; ``aten`` sees operators."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Rule, Terms, trained
from costcalc.conventions.costcalc_ import batch_norm, by_name, resize
from costcalc.dims import Dim, product

__all__ = ["ATEN", "PYTORCH"]


def _biased(module: Module) -> Terms:
    return {**by_name(module), "bias": module.bias}


def _inputs(term: str, times: int) -> Rule:
    """``times`` per input element."""
    return lambda module: {term: times * module.read}


def _padded(term: str) -> Rule:
    """One per element of the padded input: ptflops sees the function, not the padding module."""

    def rule(module: Module) -> Terms:
        channels, height, width = module.node.input_shapes[0]
        left, right, top, bottom = module.arguments["pad"]
        plane = (height + top + bottom) * (width + left + right)
        # Without count_include_pad, pooling a plane of ones gives the divisors.
        planes = channels + (0 if module.arguments.get("count_include_pad", True) else 1)
        return {term: planes * plane}

    return rule


def _merge(term: str) -> Rule:
    """One per element and input after the first."""
    return lambda module: {term: (len(module.node.input_shapes) - 1) * module.written}


def _local_response_norm(module: Module) -> Terms:
    """torch squares, averages over neighbouring channels, multiplies and adds with functions that ptflops hooks."""
    channels, *plane = module.node.shape
    averaged: Dim = (channels + module.arguments["size"] - 1) * product(plane)
    return {"local response norm": 3 * module.written + averaged}


PARAMETERS = dict.fromkeys(TRAINED_TERMS, "parameters(): all trainable parameters")

VERSIONS = "0.7.5"

TWICE = ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "ReLU", "GELU", "ELU", "Upsample")
"""The classes that the pytorch backend hooks in addition to the function they call."""

PYTORCH = Convention(
    name="ptflops",
    title="ptflops, backend pytorch (its default)",
    versions=VERSIONS,
    unit="MACs",
    per_mac=1,
    rules={
        "Conv2d": _biased,
        "ConvTranspose2d": _biased,
        "Linear": _biased,
        "BatchNorm1d": batch_norm(2, 1),
        "BatchNorm2d": batch_norm(2, 1),
        "LocalResponseNorm": _local_response_norm,
        "MaxPool2d": _inputs("max pooling", 2),
        "AvgPool2d": _inputs("average pooling", 2),
        "PaddedMaxPool2d": _padded("max pooling"),
        "PaddedAvgPool2d": _padded("average pooling"),
        "AdaptiveAvgPool2d": _inputs("adaptive pooling", 2),
        "GlobalAvgPool2d": _inputs("adaptive pooling", 1),
        "GlobalMaxPool2d": _inputs("adaptive pooling", 1),
        "ReLU": _inputs("activation", 2),
        "GELU": _inputs("activation", 2),
        "ELU": _inputs("activation", 2),
        "ReLU6": _inputs("activation", 1),
        "LeakyReLU": _inputs("activation", 1),
        "SiLU": _inputs("activation", 1),
        "Softmax": _inputs("activation", 1),
        "Add": _merge("addition"),
        "Multiply": _merge("multiplication"),
        "Upsample": resize(2, 2),
    },
    parameters=trained,
    texts={
        "convolution": "1 per MAC",
        "transposed convolution": "1 per MAC",
        "linear": "1 per MAC",
        "bias": "1 per output element",
        "batch norm": "2 per element, 1 without affine parameters",
        "local response norm": "by the functions it calls: 3 per element plus 1 per element averaged",
        "activation": "1 per element, 2 for relu, gelu and elu",
        "max pooling": "2 per input element, 1 with explicit padding",
        "average pooling": "2 per input element, 1 with explicit padding",
        "adaptive pooling": "1 per input element, 2 for AdaptiveAvgPool2d",
        "addition": "1 per element of torch.add",
        "multiplication": "1 per element of torch.mul",
        "resize": "2 per output element",
        **PARAMETERS,
    },
    faults={
        "PaddedConv2d": "it hooks torch.nn.Conv2d but not its subclasses",
        **dict.fromkeys(TWICE, "it hooks both the module and the function it calls, and counts both"),
    },
    source="ptflops/pytorch_ops.py and pytorch_engine.py",
)

ATEN = Convention(
    name="ptflops-aten",
    title="ptflops, backend aten",
    versions=VERSIONS,
    unit="MACs",
    per_mac=1,
    rules=dict.fromkeys(("Conv2d", "PaddedConv2d", "ConvTranspose2d", "Linear"), _biased),
    parameters=trained,
    texts={
        "convolution": "1 per MAC",
        "transposed convolution": "1 per MAC",
        "linear": "1 per MAC",
        "bias": "1 per output element",
        **PARAMETERS,
    },
    source="ptflops/aten_ops.py",
)
