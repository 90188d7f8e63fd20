"""What optimizers keep for each parameter, and what they hold meanwhile in a step.

torch.optim's own steps on a CPU, one parameter after the other (neither ``foreach`` nor ``fused``), at their default
weight decay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc import words
from costcalc.memory.liveness import Memory, Storage
from costcalc.words import one_of

__all__ = ["OPTIMIZERS", "Optimizer", "optimizer"]

COUNTER = 4
"""Bytes of the count of steps, a float32 tensor for each parameter."""


class Optimizer(NamedTuple):
    """``copies``: tensors kept of each parameter's size. ``counts``: is a count of steps kept for each parameter?

    ``temporaries``: tensors of a parameter's size that its step makes; the last one stays until the step of the next
    parameter has made its own.
    """

    copies: int
    counts: bool = False
    temporaries: int = 0

    def run(self, tensors: Sequence[tuple[str, int]], memory: Memory) -> None:
        """Take the step over ``tensors``, paths and bytes, in ``memory``, which holds all but the temporaries."""
        before: list[Storage] = []
        for path, size in tensors:
            made = [memory.make(size) for _ in range(self.temporaries)]
            memory.run(path)
            for storage in (*before, *made[:-1]):
                memory.drop(storage)
            before = made[-1:]
        for storage in before:
            memory.drop(storage)

    def state(self, sizes: Sequence[int]) -> int:
        """The bytes that are kept from step to step for parameters of ``sizes`` bytes."""
        return self.copies * sum(sizes) + (COUNTER * len(sizes) if self.counts else 0)


OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer(0),
    "momentum": Optimizer(1),
    "rmsprop": Optimizer(1, counts=True, temporaries=1),
    "adam": Optimizer(2, counts=True, temporaries=2),
    "adamw": Optimizer(2, counts=True, temporaries=2),
}
"""SGD, SGD with momentum, RMSprop, Adam, AdamW. RMSprop divides by a root of the mean square, Adam by the quotient of
one."""


def optimizer(name: str) -> Optimizer:
    """The optimizer called ``name``. Raises UsageError for an unknown one."""
    return OPTIMIZERS[one_of("optimizer =", name, words.OPTIMIZERS)]
