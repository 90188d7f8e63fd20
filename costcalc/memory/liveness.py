"""Live bytes at each step of an inference run or a training step. Bytes are ints, arrays or symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc.dims import Dim, maximum
from costcalc.memory.program import Program, check_order

__all__ = ["LiveBytes", "Liveness", "Memory", "Peak", "Range", "Storage", "liveness"]


class Peak(NamedTuple):
    """The maximum of live ``bytes``, first reached at the operation ``path``."""

    bytes: int
    path: str


class LiveBytes(NamedTuple):
    """``during``: live bytes while the operation ``path`` runs, including its result and transients; ``after``: live
    bytes once dead tensors are freed. ``phase``: that of a training step."""

    path: str
    during: Dim
    after: Dim
    phase: str = ""


class Range(NamedTuple):
    """``tensor`` of ``size`` bytes is live from step ``first``, which creates it (0 if it existed before), to step
    ``last``, inclusive."""

    tensor: str
    size: Dim
    first: int
    last: int


class Liveness(NamedTuple):
    """Live bytes ``before`` the first step and in all ``steps``; live ``ranges`` of the tensors, without transients."""

    before: Dim
    steps: tuple[LiveBytes, ...]
    ranges: tuple[Range, ...]

    @property
    def peak(self) -> Dim:
        """The maximum of live bytes."""
        greatest: Dim = maximum(self.before, *(step.during for step in self.steps))
        return greatest

    @property
    def at(self) -> int | None:
        """The first step that reaches the peak, over ints; None without steps."""
        peak = self.peak
        return next((place for place, step in enumerate(self.steps) if step.during == peak), None)

    def highest(self, *phases: str) -> Peak:
        """The peak of the steps of ``phases``, over ints."""
        step = max((step for step in self.steps if step.phase in phases), key=lambda step: step.during)
        return Peak(step.during, step.path)


class Storage:
    """A reference-counted block of memory, live from step ``first`` to step ``last``."""

    __slots__ = ("first", "holders", "last", "size", "tensor")

    def __init__(self, tensor: str, size: Dim, first: int, holders: int) -> None:
        self.tensor = tensor
        self.size = size
        self.first = first
        self.last: int | None = None
        self.holders = holders

    def hold(self) -> Storage:
        """The same storage with one more reference."""
        self.holders += 1
        return self


class Memory:
    """Tracks storages as they are created and freed: `run` begins a step and `liveness` returns the result."""

    def __init__(self, held: Dim = 0) -> None:
        self.live: Dim = held
        self.phase = ""
        self._before: Dim = held
        self._steps: list[tuple[str, Dim, str]] = []
        self._after: list[Dim] = []
        self._storages: list[Storage] = []

    def make(self, size: Dim, tensor: str = "", holders: int = 1) -> Storage:
        """Create a storage of ``size`` bytes, live from the next step on."""
        self.live = self.live + size
        storage = Storage(tensor, size, len(self._steps), holders)
        self._storages.append(storage)
        return storage

    def give(self, size: Dim, tensor: str = "", holders: int = 1) -> Storage:
        """Create a storage that exists before the first step."""
        self._before = self._before + size
        return self.make(size, tensor, holders)

    def drop(self, storage: Storage) -> None:
        """Drop one reference to ``storage``; without references, it is freed after the current step."""
        storage.holders -= 1
        if not storage.holders:
            self.live = self.live - storage.size
            storage.last = len(self._steps) - 1
            if storage.first < len(self._steps):
                self._after[-1] = self._after[-1] - storage.size

    def run(self, path: str, transient: Dim = 0) -> None:
        """Begin the step ``path``, which needs ``transient`` bytes in addition to the live ones."""
        self._steps.append((path, self.live + transient, self.phase))
        self._after.append(self.live)

    def liveness(self) -> Liveness:
        """The live bytes of all steps and the live ranges of all storages."""
        end = max(len(self._steps) - 1, 0)
        steps = tuple(
            LiveBytes(path, during, after, phase)
            for (path, during, phase), after in zip(self._steps, self._after, strict=True)
        )
        ranges = tuple(
            Range(each.tensor, each.size, each.first, end if each.last is None else each.last)
            for each in self._storages
        )
        return Liveness(self._before, steps, ranges)


def liveness(
    program: Program, order: Sequence[int] | None = None, held: Mapping[int, Sequence[int]] | None = None
) -> Liveness:
    """Live bytes over the operations in ``order`` (as declared by default).

    While an operation runs, its result and its transients are live too; after it, each storage without later readers is
    freed. ``held``: storages also held until operation i is done, keyed by i. Raises UsageError for an invalid order.
    """
    order = program.order if order is None else order
    check_order(program, order)
    held = held or {}
    holders = [len(readers) + (storage in program.kept) for storage, readers in enumerate(program.readers())]
    for storages in held.values():
        for storage in storages:
            holders[storage] += 1
    memory = Memory()
    there = {}
    for storage in program.given:
        path, size = program.storages[storage]
        there[storage] = memory.give(size, path, holders[storage])
    for number in order:
        operation = program.operations[number]
        if operation.makes:
            path, size = program.storages[operation.result]
            there[operation.result] = memory.make(size, path, holders[operation.result] + 1)
        memory.run(operation.path, operation.transient)
        for storage in (*operation.reads, *((operation.result,) if operation.makes else ()), *held.get(number, ())):
            memory.drop(there[storage])
    return memory.liveness()
