"""A program split into parts that can be ordered independently, and the search states of a part.

A part ends at an operation whose position is the same in every order. Inside a part a set of operations is a bit mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costcalc.memory.program import Program

__all__ = ["Part", "State", "parts"]


class State(NamedTuple):
    """The operations of a part that are ``done``, the ``live`` bytes after them, and those ``ready`` to run."""

    done: int
    live: int
    ready: tuple[int, ...]


class Part:
    """Operations ``first`` to ``last`` of ``program`` in declared order, renumbered from 0, after which ``live`` bytes
    are live."""

    def __init__(self, program: Program, readers: list[list[int]], first: int, last: int, live: int) -> None:
        self.first = first
        self.operations = program.operations[first : last + 1]
        self.whole = (1 << len(self.operations)) - 1
        self.before = [_mask(number - first for number in each.after if number >= first) for each in self.operations]
        self.followers: list[list[int]] = [[] for _ in self.operations]
        for number, each in enumerate(self.operations):
            for before in each.after:
                if before >= first:
                    self.followers[before - first].append(number)
        self.touched = {storage for each in self.operations for storage in (*each.reads, each.result)}
        self.sizes = sizes = {storage: program.storages[storage].size for storage in self.touched}
        self.makes = [sizes[each.result] if each.makes else 0 for each in self.operations]
        self.ending = {
            storage: _mask(number - first for number in readers[storage] if number >= first)
            for storage in self.touched
            if storage not in program.kept and (not readers[storage] or readers[storage][-1] <= last)
        }
        self.frees = [
            [(sizes[storage], self.ending[storage]) for storage in {*each.reads, each.result} if storage in self.ending]
            for each in self.operations
        ]
        self.start = State(0, live, tuple(number for number, mask in enumerate(self.before) if not mask))

    def run(self, state: State, operation: int) -> tuple[int, State]:
        """The bytes that are live while ``operation`` runs, and the state after it."""
        done = state.done | 1 << operation
        live = state.live + self.makes[operation]
        during = live + self.operations[operation].transient
        for size, readers in self.frees[operation]:
            if readers & done == readers:
                live -= size
        ready = [other for other in state.ready if other != operation]
        ready += [other for other in self.followers[operation] if self.before[other] & done == self.before[other]]
        return during, State(done, live, tuple(ready))

    def forced(self) -> list[int]:
        """The bytes that are live while each operation runs, in any order.

        A storage counts if this operation or a predecessor makes it and this operation or a successor reads it.
        """
        behind, ahead = self._closures()
        makers = {each.result: number for number, each in enumerate(self.operations) if each.makes}
        through = self.start.live - sum(self.sizes[storage] for storage in self.touched - makers.keys())
        forced = [through + each.transient for each in self.operations]
        for storage, size in self.sizes.items():
            lives = ahead[makers[storage]] if storage in makers else self.whole
            if storage in self.ending:
                read = 0
                for reader in _bits(self.ending[storage]):
                    read |= behind[reader]
                lives &= read
            if storage in makers:
                lives |= 1 << makers[storage]
            for number in _bits(lives):
                forced[number] += size
        return forced

    def _closures(self) -> tuple[list[int], list[int]]:
        """Each operation's predecessors and successors, both including the operation itself."""
        behind: list[int] = []
        for number, mask in enumerate(self.before):
            every = 1 << number
            for before in _bits(mask):
                every |= behind[before]
            behind.append(every)
        ahead = [0] * len(self.operations)
        for number in reversed(range(len(self.operations))):
            ahead[number] = 1 << number
            for follower in self.followers[number]:
                ahead[number] |= ahead[follower]
        return behind, ahead


def parts(program: Program) -> list[tuple[int, int]]:
    """The parts of ``program`` in order: the first and last operation of each, as declared.

    Operation k ends a part if all earlier operations lead to it (each has a consumer up to k) and it leads to all later
    ones (each has an input from k on).
    """
    operations = program.operations
    count = len(operations)
    followed = [count] * count
    for number, each in enumerate(operations):
        for before in each.after:
            followed[before] = min(followed[before], number)
    leads = [True] * count
    least = count
    for number in reversed(range(count)):
        leads[number] = least >= number
        least = min(least, max(operations[number].after, default=-1))
    found = []
    first = reach = 0
    for number in range(count):
        if (reach <= number and leads[number]) or number == count - 1:
            found.append((first, number))
            first = number + 1
        reach = max(reach, followed[number])
    return found


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _bits(mask: int) -> Iterator[int]:
    """The numbers in ``mask``, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
