"""Live bytes step by step, of a run at inference or of a training step. Bytes are ints, arrays or symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc.dims import Dim, maximum
from costcalc.memory.program import Program, check_order

__all__ = ["LiveBytes", "Liveness", "Memory", "Peak", "Range", "Storage", "liveness"]


class Peak(NamedTuple):
    """``bytes`` are live at once at most, first at the operation ``path``."""

    bytes: int
    path: str


class LiveBytes(NamedTuple):
    """``during``: live bytes while the operation ``path`` runs, its result and transients included; ``after``: once it
    is done and what nothing will read any more is freed. ``phase``: of a training step."""

    path: str
    during: Dim
    after: Dim
    phase: str = ""


class Range(NamedTuple):
    """``tensor``, of ``size`` bytes, is live from step ``first``, which makes it (step 0 if it was there before), to
    step ``last``, both included."""

    tensor: str
    size: Dim
    first: int
    last: int


class Liveness(NamedTuple):
    """The live bytes ``before`` the first step of a run, those of its ``steps``, and its tensors, transients apart."""

    before: Dim
    steps: tuple[LiveBytes, ...]
    ranges: tuple[Range, ...]

    @property
    def peak(self) -> Dim:
        """The greatest number of bytes that are live at once."""
        greatest: Dim = maximum(self.before, *(step.during for step in self.steps))
        return greatest

    @property
    def at(self) -> int | None:
        """The first step at which the peak is reached, over ints; None without steps."""
        peak = self.peak
        return next((place for place, step in enumerate(self.steps) if step.during == peak), None)

    def highest(self, *phases: str) -> Peak:
        """The peak of the steps of ``phases``, over ints."""
        step = max((step for step in self.steps if step.phase in phases), key=lambda step: step.during)
        return Peak(step.during, step.path)


class Storage:
    """A block of memory, live as long as it has ``holders``: from step ``first`` to step ``last``."""

    __slots__ = ("first", "holders", "last", "size", "tensor")

    def __init__(self, tensor: str, size: Dim, first: int, holders: int) -> None:
        self.tensor = tensor
        self.size = size
        self.first = first
        self.last: int | None = None
        self.holders = holders

    def hold(self) -> Storage:
        """The same, with a holder more."""
        self.holders += 1
        return self


class Memory:
    """Storages made and dropped, and the steps of a run that see them: `run` begins a step and `liveness` ends all."""

    def __init__(self, held: Dim = 0) -> None:
        self.live: Dim = held
        self.phase = ""
        self._before: Dim = held
        self._steps: list[tuple[str, Dim, str]] = []
        self._after: list[Dim] = []
        self._storages: list[Storage] = []

    def make(self, size: Dim, tensor: str = "", holders: int = 1) -> Storage:
        """A storage of ``size`` bytes, live from the next step on."""
        self.live = self.live + size
        storage = Storage(tensor, size, len(self._steps), holders)
        self._storages.append(storage)
        return storage

    def give(self, size: Dim, tensor: str = "", holders: int = 1) -> Storage:
        """A storage that is there before the first step."""
        self._before = self._before + size
        return self.make(size, tensor, holders)

    def drop(self, storage: Storage) -> None:
        """One holder less of ``storage``; without any, it is not live after the step that runs."""
        storage.holders -= 1
        if not storage.holders:
            self.live = self.live - storage.size
            storage.last = len(self._steps) - 1
            if storage.first < len(self._steps):
                self._after[-1] = self._after[-1] - storage.size

    def run(self, path: str, transient: Dim = 0) -> None:
        """Begin the step ``path``, for which there are ``transient`` bytes beside all that is live."""
        self._steps.append((path, self.live + transient, self.phase))
        self._after.append(self.live)

    def liveness(self) -> Liveness:
        """What was live when."""
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

    An operation needs what is live, its result and its transients at once; after it, each storage without a reader to
    come goes. ``held``: storages that are held until operation i is done too, by i. Raises UsageError for an order
    that cannot be.
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
