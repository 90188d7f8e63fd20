"""The execution order with the exact minimum of peak live bytes over all topological orders.

Best-first search over sets of completed operations: live bytes depend only on the set, so expanding the state with the
smallest peak first makes the first complete set optimal. Live bytes are a submodular function of the set: the more
operations are done, the more the next one frees. Hence the dominance rule that keeps the search small: an operation
that raises neither the peak nor the live bytes runs at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

from costcalc.memory.liveness import liveness
from costcalc.memory.parts import Part, State, parts
from costcalc.memory.program import Program

__all__ = ["EFFORT", "Best", "best_order"]

EFFORT = 10_000
"""The number of states (sets of completed operations) a search expands before it stops."""

WIDTH = 16
"""Beam width of the fallback that a stopped search returns."""

OFTEN = 1_000
"""The number of states between two progress messages."""

LARGEST = 10_000
"""The maximum number of operations in a part that is searched."""


class Best(NamedTuple):
    """The best ``order`` found and its ``peak``; if ``bound``, a lower bound, equals the peak, the order is optimal.
    ``effort``: the number of states expanded."""

    order: tuple[int, ...]
    peak: int
    bound: int
    effort: int

    @property
    def exact(self) -> bool:
        """Is the order optimal?"""
        return self.peak == self.bound


def best_order(program: Program, effort: int = EFFORT, tell: Callable[[str], None] | None = None) -> Best:
    """The order with the smallest peak; the declared order if it is optimal.

    The search stops after expanding ``effort`` states and returns the best order found so far. ``tell`` receives
    progress messages.
    """
    declared = liveness(program)
    ends = parts(program)
    if any(last - first >= LARGEST for first, last in ends):
        return Best(program.order, declared.peak, _least(program), 0)
    readers = program.readers()
    lives = [declared.before, *(step.after for step in declared.steps)]
    pieces = [Part(program, readers, first, last, lives[first]) for first, last in ends]
    floor = max((max(piece.forced()) for piece in pieces), default=declared.peak)
    peak = bound = floor
    order: list[int] = []
    spent = 0
    for piece in pieces:
        if peak >= declared.peak:
            break
        found = _search(piece, peak, declared.peak, effort - spent, tell)
        spent += found.effort
        order += [piece.first + number for number in found.order]
        if found.bound > peak:
            bound = max(bound, found.bound)
        peak = max(peak, found.peak)
    if peak >= declared.peak:
        return Best(program.order, declared.peak, min(bound, declared.peak), spent)
    return Best(tuple(order), peak, bound, spent)


def _least(program: Program) -> int:
    """The largest memory any one operation requires: its storages and transients, and given storages that are kept."""
    sizes = [storage.size for storage in program.storages]
    always = program.kept.intersection(program.given)
    return max(
        sum(sizes[storage] for storage in {*always, *each.reads, each.result}) + each.transient
        for each in program.operations
    )


class _Way(NamedTuple):
    """A search path to a state: its ``peak``, the ``operations`` run last and the path ``before`` them."""

    peak: int
    state: State
    operations: tuple[int, ...] = ()
    before: _Way | None = None

    def order(self) -> tuple[int, ...]:
        """All operations on the path."""
        legs = []
        way: _Way | None = self
        while way is not None:
            legs.append(way.operations)
            way = way.before
        return tuple(operation for leg in reversed(legs) for operation in leg)


def _search(part: Part, peak: int, ceiling: int, effort: int, tell: Callable[[str], None] | None = None) -> Best:
    """The best order of ``part`` after a peak of ``peak``. States with a peak of at least ``ceiling`` are pruned.

    Ties are broken by most operations done, then by fewest live bytes.
    """
    start = _settled(part, _Way(peak, part.start))
    known = _quick(part, start, 1)
    ceiling = min(ceiling, known.peak)
    least = {start.state.done: peak}
    ties = count()
    waiting = [(peak, 0, 0, next(ties), start)]
    spent = 0
    while waiting and waiting[0][0] < ceiling:
        way = heapq.heappop(waiting)[-1]
        if way.state.done == part.whole:
            return Best(way.order(), way.peak, way.peak, spent)
        if way.peak > least[way.state.done]:
            continue
        if spent >= effort:
            others = (known, _quick(part, start, WIDTH), _quick(part, way, WIDTH))
            return min(others, key=lambda best: best.peak)._replace(bound=way.peak, effort=spent)
        spent += 1
        if tell is not None and spent % OFTEN == 0:
            tell(f"{spent:,} of at most {effort:,} states searched for the best order")
        for after in _next(part, way):
            if after.peak >= ceiling:
                continue
            after = _settled(part, after)
            done = after.state.done
            if after.peak < least.get(done, ceiling):
                least[done] = after.peak
                heapq.heappush(waiting, (after.peak, -done.bit_count(), after.state.live, next(ties), after))
    return known._replace(bound=ceiling, effort=spent)


def _quick(part: Part, way: _Way, width: int) -> Best:
    """Beam search: expand only the ``width`` best states with the same number of completed operations."""
    levels = {way.state.done.bit_count(): {way.state.done: way}}
    while levels:
        level = levels.pop(min(levels))
        for kept in sorted(level.values(), key=lambda each: (each.peak, each.state.live))[:width]:
            settled = _settled(part, kept)
            if settled.state.done == part.whole:
                return Best(settled.order(), settled.peak, settled.peak, 0)
            for after in _next(part, settled):
                done = after.state.done
                ways = levels.setdefault(done.bit_count(), {})
                if done not in ways or after.peak < ways[done].peak:
                    ways[done] = after
    raise AssertionError("a part has an order")


def _next(part: Part, way: _Way) -> Iterator[_Way]:
    """``way`` extended by each operation that is ready."""
    for operation in way.state.ready:
        during, state = part.run(way.state, operation)
        yield _Way(max(way.peak, during), state, (operation,), way)


def _settled(part: Part, way: _Way) -> _Way:
    """``way`` extended by all operations that raise neither its peak nor the live bytes.

    Each is followed by its consumers where possible: short live ranges make tight arenas.
    """
    state = way.state
    taken = list(way.operations)
    refused = list(reversed(state.ready))
    count = -1
    while count < len(taken):
        count = len(taken)
        waiting, refused = refused, []
        while waiting:
            operation = waiting.pop()
            during, after = part.run(state, operation)
            if during <= way.peak and after.live <= state.live:
                waiting += after.ready[len(state.ready) - 1 :]
                state = after
                taken.append(operation)
            else:
                refused.append(operation)
        refused.reverse()
    return way._replace(state=state, operations=tuple(taken))
