"""torch's own FlopCounterMode: two FLOPs per multiply-accumulate, forward and backward."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Terms, trained
from costcalc.conventions.costcalc_ import by_name
from costcalc.dims import Dim
from costcalc.gradients import Gradients

__all__ = ["CONVENTION"]


def _forward(module: Module) -> Terms:
    return by_name(module, per_mac=2)


def _backward(module: Module, needs: Gradients) -> Terms:
    """Its formula for the weight gradient of a convolution ignores groups."""
    terms: dict[str, Dim] = {}
    if needs.weight and module.multiplies:
        forgotten = module.arguments.get("groups", 1) - 1
        terms["weight gradient"] = 2 * module.macs
        terms["weight gradient, groups forgotten"] = 2 * module.macs * forgotten
    if needs.input and module.multiplies:
        terms["input gradient"] = 2 * module.macs
    return terms


CONVENTION = Convention(
    name="torch",
    title="torch's FlopCounterMode",
    versions="2.13.0",
    unit="FLOPs",
    per_mac=2,
    rules=dict.fromkeys(("Conv2d", "PaddedConv2d", "ConvTranspose2d", "Linear"), _forward),
    backward=_backward,
    parameters=trained,
    texts={
        "convolution": "2 per MAC",
        "transposed convolution": "2 per MAC",
        "linear": "2 per MAC, excluding the bias of addmm",
        "recomputed": "as in the forward pass",
        "weight gradient": "2 per MAC",
        "weight gradient, groups forgotten": "groups - 1 times the correct count in excess: groups are ignored",
        "input gradient": "2 per MAC",
        **dict.fromkeys(TRAINED_TERMS, "parameters(): all trainable parameters"),
    },
    faults={"weight gradient, groups forgotten": "it ignores the groups of a convolution in the weight gradient"},
    source="torch/utils/flop_counter.py, conv_flop_count and conv_backward_flop",
)
