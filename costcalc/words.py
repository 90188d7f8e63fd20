"""The words that options and files use: element types, optimizers, devices, execution modes and memory layouts.

Each is declared once; what a word means to torch, to an optimizer's step or to a device is said where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from costcalc.errors import UsageError, did_you_mean, shown

__all__ = [
    "DEVICES",
    "DTYPES",
    "INFERENCE_DTYPES",
    "LAYOUTS",
    "MODES",
    "OPTIMIZERS",
    "TIMED_DTYPES",
    "TIMED_OPTIMIZERS",
    "TRAINING_DTYPES",
    "Dtype",
    "one_of",
    "short",
    "width",
]


class Dtype(NamedTuple):
    """An element type: its short ``name``, the name that torch and numpy give it, and its ``width`` in bytes."""

    name: str
    torch: str
    width: int


DTYPES: Mapping[str, Dtype] = {
    each.name: each
    for each in (
        Dtype("fp64", "float64", 8),
        Dtype("fp32", "float32", 4),
        Dtype("bf16", "bfloat16", 2),
        Dtype("fp16", "float16", 2),
        Dtype("int8", "int8", 1),
    )
}
"""The element types by short name. The long name (``float16``) is accepted everywhere as well."""

INFERENCE_DTYPES = ("fp32", "fp16", "bf16", "int8")
"""The types in which inference memory is planned."""

TRAINING_DTYPES = ("fp32", "bf16")
"""The types in which training memory is counted, automatic mixed precision aside."""

TIMED_DTYPES = ("fp32", "fp16", "bf16")
"""The types in which modules are timed."""

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam", "adamw")
"""The optimizers of a training step: plain SGD, SGD with momentum, RMSprop, Adam, AdamW."""

TIMED_OPTIMIZERS = ("sgd", "rmsprop", "adam")
"""The optimizers whose steps are timed."""

DEVICES = ("cpu", "cuda", "mps")

MODES = ("eager", "compile")

LAYOUTS = ("contiguous", "channels_last")


def short(value: str) -> str:
    """The short name of an element type that is given by its long one (``float16``); any other ``value`` as it is."""
    return next((each.name for each in DTYPES.values() if each.torch == value), value)


def one_of(what: str, value: str, known: Iterable[str]) -> str:
    """``value`` as ``known`` spells it: itself, or the short name of an element type; ``what`` names it in a message.

    Raises UsageError that lists ``known`` and names the nearest.
    """
    choices = tuple(known)
    if (word := short(value)) in choices:
        return word
    raise UsageError(f"{what} {shown(value)}: must be one of {', '.join(choices)}", hint=did_you_mean(value, choices))


def width(value: str, known: Iterable[str] = DTYPES) -> int:
    """The bytes of an element of type ``value``, given by its short or long name.

    Raises UsageError where it is none of ``known``.
    """
    return DTYPES[one_of("dtype =", value, known)].width
