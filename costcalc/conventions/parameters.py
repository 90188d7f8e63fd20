"""Conventions of frameworks that print parameters and no multiply-accumulates."""

from __future__ import annotations

from costcalc.conventions.base import Convention, Module, Terms, roles

__all__ = ["KERAS", "TF_SLIM"]


def _slim(module: Module) -> Terms:
    return roles(module, "weights", "biases", "shifts", "statistics")


KERAS = Convention(
    name="keras",
    title="keras, Model.count_params and the total of summary",
    versions="2 and 3",
    unit="parameters",
    per_mac=1,
    parameters=roles,
    texts={
        "weights": "all",
        "biases": "all",
        "scales": "gamma of BatchNormalization",
        "shifts": "beta of BatchNormalization",
        "statistics": "moving mean and variance, which summary calls non-trainable",
    },
    source="keras.io/api/models/model: count_params counts all weights of a layer, trained or not",
)

TF_SLIM = Convention(
    name="tf-slim",
    title="tf-slim, all variables with slim.batch_norm at its defaults",
    versions="1.1",
    unit="parameters",
    per_mac=1,
    parameters=_slim,
    texts={
        "weights": "all",
        "biases": "all",
        "shifts": "beta of slim.batch_norm, which is made by default",
        "statistics": "moving mean and variance of slim.batch_norm",
    },
    source=(
        "tf_slim/layers/layers.py: batch_norm(center=True, scale=False) makes no gamma. It gives the four printed "
        "values of mobilenet_v1.md; those of the table for MobileNetV2 are weights alone, params --kind weights"
    ),
)
