"""Offsets for all storages of a run in one block of memory, the arena."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from costcalc.memory.liveness import liveness, ranges
from costcalc.memory.program import Program

__all__ = ["Arena", "Block", "arena"]

TRANSIENT = "transient"
"""What the transients of an operation are called, behind its path."""


class Block(NamedTuple):
    """``tensor`` takes ``size`` bytes from ``offset`` on, from step ``first`` to step ``last``, both included."""

    tensor: str
    offset: int
    size: int
    first: int
    last: int


class Arena(NamedTuple):
    """A plan of ``size`` bytes, in which no two blocks that live at one step overlap.

    No plan is smaller than ``bound``, the peak of live bytes. ``heuristic`` is the one that made it.
    """

    blocks: tuple[Block, ...]
    size: int
    bound: int
    heuristic: str


def arena(program: Program, order: Sequence[int] | None = None) -> Arena:
    """The smaller of two plans for running ``program`` in ``order`` (as declared by default).

    Both put one storage after the other at the lowest offset where it fits among those already there: ``size`` takes
    the largest first, ``step`` takes those of the step with most live bytes first, the largest first. Source: greedy by
    size and greedy by breadth of Pisarchyk and Lee, arXiv:2001.03288, section 5.
    """
    order = program.order if order is None else order
    bound = liveness(program, order).peak
    steps = {number: place for place, number in enumerate(order)}
    blocks = [
        Block(program.storages[each.storage].path, 0, program.storages[each.storage].size, each.first, each.last)
        for each in ranges(program, order)
    ]
    for number, each in enumerate(program.operations):
        if each.transient:
            blocks.append(Block(f"{each.path} {TRANSIENT}", 0, each.transient, steps[number], steps[number]))
    by_size = sorted(blocks, key=lambda block: (-block.size, block.first, block.tensor))
    plans = (("size", by_size), ("step", _by_step(by_size, len(order))))
    made = [Arena(placed, _end(placed), bound, name) for name, each in plans for placed in (_place(each),)]
    return min(made, key=lambda plan: plan.size)


def _by_step(blocks: Sequence[Block], count: int) -> list[Block]:
    """``blocks`` of the step with most live bytes first, and so on."""
    live = [0] * count
    at: list[list[Block]] = [[] for _ in range(count)]
    for block in blocks:
        for step in range(block.first, block.last + 1):
            live[step] += block.size
            at[step].append(block)
    busiest = sorted(range(count), key=lambda step: -live[step])
    return list(dict.fromkeys(block for step in busiest for block in at[step]))


def _place(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """``blocks``, one after the other, each at the lowest offset that is free at all its steps."""
    placed: list[Block] = []
    for block in blocks:
        offset = 0
        if block.size:
            for other in placed:
                if other.first <= block.last and block.first <= other.last and other.offset + other.size > offset:
                    if other.offset >= offset + block.size:
                        break
                    offset = other.offset + other.size
        block = block._replace(offset=offset)
        placed.append(block)
        placed.sort(key=lambda each: each.offset)
    return tuple(sorted(placed, key=lambda each: (each.first, each.offset)))


def _end(blocks: Iterable[Block]) -> int:
    return max((block.offset + block.size for block in blocks), default=0)
