"""costcalc's own convention: the multiply-accumulates of the ledger, and nothing else."""

from __future__ import annotations

from costcalc.conventions.base import Convention, Module, Rule, Terms, trained
from costcalc.gradients import Gradients

__all__ = ["CONVENTION", "NAMES", "batch_norm", "by_name", "resize"]

NAMES = {"ConvTranspose2d": "transposed convolution", "Linear": "linear"}
"""The terms of those torch classes that multiply and accumulate and are no convolutions."""


def by_name(module: Module, per_mac: int = 1) -> Terms:
    """The multiply-accumulates of ``module`` under the term of its class, ``per_mac`` for each."""
    return {NAMES.get(module.name, "convolution"): per_mac * module.macs} if module.multiplies else {}


def batch_norm(affine: int, plain: int) -> Rule:
    """So many operations for each element, with scale and shift or without."""
    return lambda module: {"batch norm": module.written * (affine if module.arguments.get("affine", True) else plain)}


def resize(bilinear: int, nearest: int) -> Rule:
    """So many operations for each output element."""
    return lambda module: {"resize": module.written * (bilinear if module.arguments["mode"] == "bilinear" else nearest)}


def _backward(module: Module, needs: Gradients) -> Terms:
    terms = {"weight gradient": needs.weight, "input gradient": needs.input}
    return {term: module.macs for term, needed in terms.items() if needed and module.multiplies}


CONVENTION = Convention(
    name="costcalc",
    title="costcalc",
    versions="",
    unit="MACs",
    per_mac=1,
    rules={},
    otherwise=by_name,
    backward=_backward,
    parameters=trained,
    texts={
        "convolution": "a MAC for each weight and position, groups considered",
        "transposed convolution": "a MAC for each weight and input position",
        "linear": "a MAC for each weight",
        "recomputed": "as in the forward pass",
        "weight gradient": "what the forward pass costs",
        "input gradient": "what the forward pass costs",
        "weights": "of convolutions and linear layers",
        "biases": "of convolutions and linear layers",
        "scales": "of normalisations",
        "shifts": "of normalisations",
    },
    source="the layers' ledger; backward: Rumelhart et al. 1986, two products for the one of the forward pass",
)
