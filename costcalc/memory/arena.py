"""Arena planning: an offset for every storage of a run in one block of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from costcalc.memory.liveness import liveness
from costcalc.memory.occupied import Occupied
from costcalc.memory.program import Program

__all__ = ["Arena", "Block", "arena"]

TRANSIENT = "transient"
"""Suffix of the block that holds an operation's transients."""


class Block(NamedTuple):
    """``tensor`` occupies ``size`` bytes at ``offset`` from step ``first`` to step ``last``, inclusive."""

    tensor: str
    offset: int
    size: int
    first: int
    last: int


class Arena(NamedTuple):
    """A plan of ``size`` bytes in which blocks that are live at the same step do not overlap.

    ``bound``, the peak of live bytes, is a lower bound. ``heuristic`` names the heuristic that made the plan.
    """

    blocks: tuple[Block, ...]
    size: int
    bound: int
    heuristic: str


def arena(program: Program, order: Sequence[int] | None = None) -> Arena:
    """The smaller of two plans for running ``program`` in ``order`` (as declared by default).

    Both place the storages one by one at the lowest offset that is free: ``size`` in order of decreasing size, ``step``
    by decreasing live bytes of their steps, then by decreasing size. Source: greedy by size and greedy by breadth of
    Pisarchyk and Lee, arXiv:2001.03288, section 5.
    """
    order = program.order if order is None else order
    found = liveness(program, order)
    blocks = [Block(each.tensor, 0, each.size, each.first, each.last) for each in found.ranges]
    for step, number in enumerate(order):
        path, *_, transient = program.operations[number]
        if transient:
            blocks.append(Block(f"{path} {TRANSIENT}", 0, transient, step, step))
    by_size = sorted(blocks, key=lambda block: (-block.size, block.first, block.tensor))
    plans = {"size": by_size, "step": _by_step(by_size, [step.during for step in found.steps])}
    placed = {name: _place(each, len(order)) for name, each in plans.items()}
    made = [Arena(each, _end(each), found.peak, name) for name, each in placed.items()]
    return min(made, key=lambda plan: plan.size)


def _by_step(blocks: Sequence[Block], live: Sequence[int]) -> list[Block]:
    """``blocks`` in decreasing order of the ``live`` bytes of their steps."""
    rank = [0] * len(live)
    for place, step in enumerate(sorted(range(len(live)), key=lambda step: -live[step])):
        rank[step] = place
    least = _Least(rank)
    return sorted(blocks, key=lambda block: least.of(block.first, block.last))


class _Least:
    """Range minimum queries over ``values``: row k holds the minimum of every 2^k consecutive values."""

    def __init__(self, values: list[int]) -> None:
        self.rows = [values]
        while (width := 1 << len(self.rows)) <= len(values):
            row = self.rows[-1]
            self.rows.append([min(pair) for pair in zip(row, row[width // 2 :], strict=False)])

    def of(self, first: int, last: int) -> int:
        """The minimum from index ``first`` to index ``last``, inclusive."""
        level = (last - first + 1).bit_length() - 1
        row = self.rows[level]
        return min(row[first], row[last + 1 - (1 << level)])


def _place(blocks: Iterable[Block], count: int) -> tuple[Block, ...]:
    """Place ``blocks`` one by one, each at the lowest offset that is free during all its steps."""
    placed: list[Block] = []
    occupied = Occupied(count)
    for block in blocks:
        if block.size:
            offset = occupied.lowest(block.first, block.last, block.size)
            occupied.take(block.first, block.last, offset, block.size)
            block = block._replace(offset=offset)
        placed.append(block)
    return tuple(sorted(placed, key=lambda each: (each.first, each.offset)))


def _end(blocks: Iterable[Block]) -> int:
    return max((block.offset + block.size for block in blocks), default=0)
