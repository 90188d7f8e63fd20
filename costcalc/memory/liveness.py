"""Live bytes step by step, for an order of execution: the peak, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.memory.program import Program, check_order

__all__ = ["Liveness", "Range", "Step", "liveness", "ranges"]


class Step(NamedTuple):
    """``during``: live bytes while ``operation`` runs, its result and transients included; ``after``: once it is done
    and what nothing will read any more is freed."""

    operation: int
    during: int
    after: int


class Liveness(NamedTuple):
    """The steps of a run. ``peak`` bytes are live at once at most, first at step ``at`` (None: before the first)."""

    before: int
    steps: tuple[Step, ...]
    peak: int
    at: int | None


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
    live = before = peak = sum(program.storages[storage].size for storage in program.given)
    at = None
    steps = []
    for place, number in enumerate(order):
        operation = program.operations[number]
        if operation.makes:
            live += program.storages[operation.result].size
        during = live + operation.transient
        if at is None or during > peak:
            peak, at = during, place
        for storage in operation.reads:
            waiting[storage] -= 1
        for storage in {*operation.reads, operation.result}:
            if not waiting[storage] and storage not in program.kept:
                live -= program.storages[storage].size
        steps.append(Step(number, during, live))
    return Liveness(before, tuple(steps), peak, at)


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
