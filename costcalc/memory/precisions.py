"""The dtypes of a training step: bytes per element of parameters, values and their copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.words import one_of

__all__ = ["PRECISIONS", "Precision", "precision"]


class Precision(NamedTuple):
    """Bytes per element of parameters (also of their gradients and optimizer state) and of the image.

    ``autocast`` is torch's automatic mixed precision: convolutions and linear layers run on bfloat16 copies.
    """

    name: str
    parameters: int
    image: int
    autocast: bool = False


PRECISIONS: Mapping[str, Precision] = {
    "fp32": Precision("fp32", 4, 4),
    "bf16": Precision("bf16", 2, 2),
    "autocast": Precision("autocast", 4, 4, autocast=True),
}


def precision(name: str) -> Precision:
    """The precision called ``name``. Raises UsageError for an unknown one."""
    return PRECISIONS[one_of("training in", name, PRECISIONS)]
