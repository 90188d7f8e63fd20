"""Live bytes step by step, for an order of execution: the peak, and where it is. Bytes are ints, arrays or symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from costcalc.dims import Dim, maximum
from costcalc.memory.program import Program, check_order

__all__ = ["LiveBytes", "Liveness", "Range", "liveness", "ranges"]


class LiveBytes(NamedTuple):
    """``during``: live bytes while ``operation`` runs, its result and transients included; ``after``: once it is done
    and what nothing will read any more is freed."""

    operation: int
    during: Dim
    after: Dim


class Liveness(NamedTuple):
    """The live bytes ``before`` the first step of a run, and those of its ``steps``."""

    before: Dim
    steps: tuple[LiveBytes, ...]

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


class Range(NamedTuple):
    """A storage is live from step ``first``, which makes it (step 0 for the input), to step ``last``, both included."""

    storage: int
    first: int
    last: int


def liveness(program: Program, order: Sequence[int] | None = None) -> Liveness:
    """Live bytes over the operations in ``order`` (as declared by default).

    An operation needs what is live, its result and its transients at once; after it, each storage without a reader to
    come goes. Raises UsageError for an order that cannot be.
    """
    order = program.order if order is None else order
    check_order(program, order)
    waiting = [len(readers) for readers in program.readers()]
    live = before = _bytes(program, program.given)
    steps = []
    for number in order:
        operation = program.operations[number]
        if operation.makes:
            live = live + program.storages[operation.result].size
        during = live + operation.transient
        for storage in operation.reads:
            waiting[storage] -= 1
        used = dict.fromkeys((*operation.reads, operation.result))
        freed = [storage for storage in used if not waiting[storage] and storage not in program.kept]
        live = live - _bytes(program, freed)
        steps.append(LiveBytes(number, during, live))
    return Liveness(before, tuple(steps))


def _bytes(program: Program, storages: Iterable[int]) -> Dim:
    """The bytes of ``storages`` together."""
    return sum((program.storages[storage].size for storage in storages), 0)


def ranges(program: Program, order: Sequence[int] | None = None) -> tuple[Range, ...]:
    """The live range of each storage over the operations in ``order``, in steps counted from 0."""
    order = program.order if order is None else order
    first = dict.fromkeys(program.given, 0)
    last = dict.fromkeys(program.given, 0)
    for place, number in enumerate(order):
        operation = program.operations[number]
        first.setdefault(operation.result, place)
        for storage in (*operation.reads, operation.result):
            last[storage] = place
    end = max(len(order) - 1, 0)
    return tuple(
        Range(storage, first[storage], end if storage in program.kept else last[storage]) for storage in sorted(first)
    )
