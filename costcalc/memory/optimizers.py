"""What optimizers keep for each parameter, and what they hold meanwhile in a step.

torch.optim's own steps on a CPU, one parameter after the other (neither ``foreach`` nor ``fused``), at their default
weight decay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from costcalc import words
from costcalc.words import one_of

__all__ = ["OPTIMIZERS", "Optimizer", "optimizer"]

COUNTER = 4
"""Bytes of the count of steps, a float32 tensor for each parameter."""


class Optimizer(NamedTuple):
    """``copies``: tensors kept of each parameter's size. ``counts``: is a count of steps kept for each parameter?

    ``temporaries``: for each parameter, given all their sizes in order, the most that the step holds meanwhile.
    """

    copies: int
    counts: bool
    temporaries: Callable[[Sequence[int]], list[int]]

    def state(self, sizes: Sequence[int]) -> int:
        """The bytes that are kept from step to step for parameters of ``sizes`` bytes."""
        return self.copies * sum(sizes) + (COUNTER * len(sizes) if self.counts else 0)


def _none(sizes: Sequence[int]) -> list[int]:
    """In place."""
    return [0] * len(sizes)


def _root(sizes: Sequence[int]) -> list[int]:
    """The root of the mean square; that of the parameter before is still there while it is made."""
    return [before + size for before, size in zip((0, *sizes), sizes, strict=False)]


def _denominator(sizes: Sequence[int]) -> list[int]:
    """A root and its quotient; the quotient of the parameter before is still there while they are made."""
    return [before + 2 * size for before, size in zip((0, *sizes), sizes, strict=False)]


OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer(0, False, _none),
    "momentum": Optimizer(1, False, _none),
    "rmsprop": Optimizer(1, True, _root),
    "adam": Optimizer(2, True, _denominator),
    "adamw": Optimizer(2, True, _denominator),
}
"""SGD, SGD with momentum, RMSprop, Adam, AdamW."""


def optimizer(name: str) -> Optimizer:
    """The optimizer called ``name``. Raises UsageError for an unknown one."""
    return OPTIMIZERS[one_of("optimizer =", name, words.OPTIMIZERS)]
