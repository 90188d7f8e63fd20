"""Optimizer state per parameter and temporaries of the optimizer step.

As in torch.optim on a CPU, one parameter at a time (neither ``foreach`` nor ``fused``), with default weight decay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc import words
from costcalc.memory.liveness import Memory, Storage
from costcalc.words import one_of

__all__ = ["OPTIMIZERS", "Optimizer", "optimizer"]

COUNTER = 4
"""Bytes of the step counter, one float32 tensor per parameter."""


class Optimizer(NamedTuple):
    """``copies``: state tensors of each parameter's size. ``counts``: does each parameter have a step counter?

    ``temporaries``: tensors of a parameter's size that its update allocates; the last one is freed after the update of
    the next parameter has allocated its own.
    """

    copies: int
    counts: bool = False
    temporaries: int = 0

    def run(self, tensors: Sequence[tuple[str, int]], memory: Memory) -> None:
        """Run the step over ``tensors``, paths and bytes, allocating its temporaries in ``memory``."""
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
        """Bytes of optimizer state for parameters of ``sizes`` bytes."""
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
