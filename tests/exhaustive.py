"""What a test over all models runs by default: a model of each kind. ``pytest -m exhaustive`` runs the others."""

from collections.abc import Iterable
from typing import Any

import pytest

__all__ = ["CORE", "over"]

CORE = (
    "alexnet",
    "lenet5",
    "mobilenetv1",
    "mobilenetv2",
    "mobilenetv2-cifar-replicate-b",
    "resnet18",
    "shufflenet",
    "ssdlite-mobilenetv2",
)
"""Groups and pairs of layers, chains and residuals, depthwise and shuffled convolutions, several outputs."""


def over(names: Iterable[Any], core: Iterable[Any] = CORE) -> list[Any]:
    """``names`` as parameters of a test, those that are not of the ``core`` marked."""
    kept = set(core)
    return [name if name in kept else pytest.param(name, marks=pytest.mark.exhaustive) for name in names]
