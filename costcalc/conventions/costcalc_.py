"""costcalc's own convention: multiply-accumulates only."""

from __future__ import annotations

from costcalc.conventions.base import Convention, Module, Rule, Terms, trained
from costcalc.gradients import Gradients

__all__ = ["CONVENTION", "NAMES", "batch_norm", "by_name", "resize"]

NAMES = {"ConvTranspose2d": "transposed convolution", "Linear": "linear"}
"""The terms of torch classes with multiply-accumulates other than convolutions."""


def by_name(module: Module, per_mac: int = 1) -> Terms:
    """The multiply-accumulates of ``module`` under the term of its class, each counted as ``per_mac``."""
    return {NAMES.get(module.name, "convolution"): per_mac * module.macs} if module.multiplies else {}


def batch_norm(affine: int, plain: int) -> Rule:
    """A fixed number of operations per element, with and without affine parameters."""
    return lambda module: {"batch norm": module.written * (affine if module.arguments.get("affine", True) else plain)}


def resize(bilinear: int, nearest: int) -> Rule:
    """A fixed number of operations per output element."""
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
        "convolution": "1 MAC per weight and output position",
        "transposed convolution": "1 MAC per weight and input position",
        "linear": "1 MAC per weight",
        "recomputed": "as in the forward pass",
        "weight gradient": "as many as the forward pass",
        "input gradient": "as many as the forward pass",
        "weights": "of convolutions and linear layers",
        "biases": "of convolutions and linear layers",
        "scales": "of normalisations",
        "shifts": "of normalisations",
    },
    source="operation counts of the layers; backward: Rumelhart et al. 1986, two products per forward product",
)
