"""Conventions of frameworks that report only parameters."""

from __future__ import annotations

from costcalc.conventions.base import Convention, Module, Terms, roles

__all__ = ["KERAS", "TF_SLIM"]


def _slim(module: Module) -> Terms:
    return roles(module, "weights", "biases", "shifts", "statistics")


KERAS = Convention(
    name="keras",
    title="keras, Model.count_params and the total of Model.summary",
    versions="2 and 3",
    unit="parameters",
    per_mac=1,
    parameters=roles,
    texts={
        "weights": "all",
        "biases": "all",
        "scales": "gamma of BatchNormalization",
        "shifts": "beta of BatchNormalization",
        "statistics": "moving mean and variance, non-trainable in summary",
    },
    source="keras.io/api/models/model: count_params counts all weights of a layer, trainable or not",
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
        "shifts": "beta of slim.batch_norm, created by default",
        "statistics": "moving mean and variance of slim.batch_norm",
    },
    source=(
        "tf_slim/layers/layers.py: batch_norm(center=True, scale=False) has no gamma. It gives the four published "
        "values of mobilenet_v1.md; the MobileNetV2 table counts weights only: params --kind weights"
    ),
)
