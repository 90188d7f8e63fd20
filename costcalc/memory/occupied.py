"""Occupied addresses of an arena at each step.

A segment tree over the steps: node n has children 2n and 2n + 1, the leaves are the steps, and a range of n steps
decomposes into at most 2 log n nodes. Each node holds two address sets: addresses occupied ``throughout`` its steps by
blocks whose range decomposes into this node and others, and addresses occupied ``sometimes``, at any step below it. A
range's occupied addresses are the ``sometimes`` sets of its nodes and the ``throughout`` sets of all their ancestors.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict

__all__ = ["Occupied"]


class _Addresses:
    """A set of addresses as disjoint, ascending intervals ``starts[i]`` to ``ends[i]``."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> bool:
        """Occupy [``start``, ``end``) and merge adjacent intervals; returns whether any address was free."""
        first, last = bisect_left(self.ends, start), bisect_right(self.starts, end)
        if first < last:
            if self.starts[first] <= start and end <= self.ends[first]:
                return False
            start, end = min(start, self.starts[first]), max(end, self.ends[last - 1])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]
        return True

    def free(self, offset: int, size: int) -> int:
        """The lowest offset from ``offset`` on at which ``size`` bytes are free."""
        place = bisect_right(self.ends, offset)
        while place < len(self.starts) and self.starts[place] < offset + size:
            offset = self.ends[place]
            place += 1
        return offset


class Occupied:
    """The addresses occupied at each of ``steps`` steps."""

    def __init__(self, steps: int) -> None:
        self.leaves = 1 << max(steps - 1, 0).bit_length()
        self.throughout: defaultdict[int, _Addresses] = defaultdict(_Addresses)
        self.sometimes: defaultdict[int, _Addresses] = defaultdict(_Addresses)

    def lowest(self, first: int, last: int, size: int) -> int:
        """The lowest offset at which ``size`` bytes are free at all steps from ``first`` to ``last``."""
        nodes = self._nodes(first, last)
        taken = [self.sometimes[node] for node in nodes if node in self.sometimes]
        taken += [self.throughout[node] for node in _above(nodes) if node in self.throughout]
        before, offset = -1, 0
        while offset > before:
            before = offset
            for each in taken:
                offset = each.free(offset, size)
        return offset

    def take(self, first: int, last: int, offset: int, size: int) -> None:
        """Occupy ``size`` bytes at ``offset`` for all steps from ``first`` to ``last``."""
        for node in self._nodes(first, last):
            self.throughout[node].add(offset, offset + size)
            # If a node already has them, so do its ancestors.
            while node and self.sometimes[node].add(offset, offset + size):
                node >>= 1

    def _nodes(self, first: int, last: int) -> list[int]:
        """The nodes into which the range ``first`` to ``last`` decomposes."""
        found = []
        left, right = first + self.leaves, last + self.leaves + 1
        while left < right:
            if left & 1:
                found.append(left)
                left += 1
            if right & 1:
                right -= 1
                found.append(right)
            left >>= 1
            right >>= 1
        return found


def _above(nodes: list[int]) -> set[int]:
    """All ancestors of ``nodes``."""
    found: set[int] = set()
    for node in nodes:
        while (node := node >> 1) and node not in found:
            found.add(node)
    return found
