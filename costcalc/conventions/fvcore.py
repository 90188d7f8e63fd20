"""fvcore's FlopCountAnalysis: multiply-accumulates, called flops, plus batch norm, adaptive pooling and resize."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Terms, trained
from costcalc.conventions.costcalc_ import batch_norm, by_name, resize

__all__ = ["CONVENTION"]


def _adaptive(module: Module) -> Terms:
    return {"adaptive pooling": module.read}


CONVENTION = Convention(
    name="fvcore",
    title="fvcore's FlopCountAnalysis, in evaluation mode",
    versions="0.1.5.post20221221",
    unit="flops",
    per_mac=1,
    rules={
        "Conv2d": by_name,
        "PaddedConv2d": by_name,
        "ConvTranspose2d": by_name,
        "Linear": by_name,
        "BatchNorm1d": batch_norm(2, 1),
        "BatchNorm2d": batch_norm(2, 1),
        "GlobalAvgPool2d": _adaptive,
        "AdaptiveAvgPool2d": _adaptive,
        "Upsample": resize(4, 1),
    },
    parameters=trained,
    texts={
        "convolution": "1 per MAC",
        "transposed convolution": "1 per MAC",
        "linear": "1 per MAC",
        "batch norm": "2 per element, 1 without affine parameters",
        "adaptive pooling": "1 per input element, including global average pooling",
        "resize": "4 per output element if bilinear, 1 if nearest",
        **dict.fromkeys(TRAINED_TERMS, "parameter_count: all trainable parameters"),
    },
    source="fvcore/nn/flop_count.py and jit_handles.py",
)
