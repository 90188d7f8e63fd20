"""Programs made by hand or at random, and what memory they need, by definition and by trying every order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies

from costcalc.memory.program import Operation, Program, Storage

Line = tuple[str, int | None, Sequence[str]] | tuple[str, int | None, Sequence[str], int]


def program(given: int, *lines: Line, kept: Sequence[str] = ()) -> Program:
    """A program of lines ``(name, bytes, inputs)`` or ``(name, bytes, inputs, transient bytes)`` over ``input``.

    Bytes of None are a result that is its first input. What nothing takes is kept, and what ``kept`` names.
    """
    names = {"input": -1}
    holding = {"input": 0}
    storages = [Storage("input", given)]
    operations = []
    taken: set[str] = set()
    for number, (name, size, inputs, *transient) in enumerate(lines):
        reads = tuple(dict.fromkeys(holding[each] for each in inputs))
        if size is None:
            holding[name] = holding[inputs[0]]
        else:
            holding[name] = len(storages)
            storages.append(Storage(name, size))
        after = tuple(sorted({names[each] for each in inputs} - {-1}))
        operations.append(Operation(name, after, reads, holding[name], *transient))
        names[name] = number
        taken |= set(inputs)
    ends = frozenset(holding[name] for name in names if name not in taken or name in kept)
    return Program(tuple(operations), tuple(storages), (0,), ends)


def random_program(pick: random.Random, most: int) -> Program:
    """One to ``most`` operations: chains and merges of all shapes, some of them aliases, some with transients."""
    names = ["input"]
    lines: list[Line] = []
    for number in range(pick.randint(1, most)):
        count = min(pick.choice((1, 1, 1, 2, 2, 3)), len(names))
        late = names[-pick.choice((1, 2, 4, 8)) :]
        inputs = pick.sample(late, min(count, len(late)))
        size = None if pick.random() < 0.25 else pick.randint(0, 9)
        lines.append((f"o{number}", size, inputs, pick.choice((0, 0, pick.randint(1, 9)))))
        names.append(f"o{number}")
    return program(pick.randint(0, 9), *lines, kept=pick.choice(((), ("input",), (pick.choice(names),))))


programs = strategies.builds(
    random_program, strategies.randoms(use_true_random=False), strategies.sampled_from((2, 4, 8, 16, 30))
)


def resized(program: Program, size: Callable[[int], Any]) -> Program:
    """``program`` with ``size`` of each of its sizes and transients."""
    storages = tuple(each._replace(size=size(each.size)) for each in program.storages)
    operations = tuple(each._replace(transient=size(each.transient)) for each in program.operations)
    return program._replace(storages=storages, operations=operations)


def orders(program: Program) -> Iterator[tuple[int, ...]]:
    """Every order in which the operations can run."""

    def extend(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(order) == len(program.operations):
            yield order
        for number, operation in enumerate(program.operations):
            if number not in order and set(operation.after) <= set(order):
                yield from extend((*order, number))

    return extend(())


def live(program: Program, done: set[int]) -> int:
    """The bytes that are live when the operations ``done`` are: of every storage that is there and still needed."""
    total = 0
    for number, storage in enumerate(program.storages):
        there = number in program.given or any(program.operations[each].result == number for each in done)
        readers = {each for each, operation in enumerate(program.operations) if number in operation.reads}
        if there and (number in program.kept or not readers <= done):
            total += storage.size
    return total


def peak(program: Program, order: Sequence[int]) -> int:
    """The most bytes that are live at once when the operations run in ``order``, by definition."""
    most = live(program, set())
    for place, number in enumerate(order):
        operation = program.operations[number]
        new = program.storages[operation.result].size if operation.makes else 0
        most = max(most, live(program, set(order[:place])) + new + operation.transient)
    return most


def least_peak(program: Program) -> int:
    """The smallest peak over all orders. Every order is tried, as far as it is better than the best so far."""
    lives: dict[frozenset[int], int] = {}
    best = peak(program, program.order)

    def extend(done: frozenset[int], most: int) -> None:
        nonlocal best
        if len(done) == len(program.operations):
            best = min(best, most)
            return
        if done not in lives:
            lives[done] = live(program, set(done))
        for number, operation in enumerate(program.operations):
            if number not in done and done.issuperset(operation.after):
                new = program.storages[operation.result].size if operation.makes else 0
                here = max(most, lives[done] + new + operation.transient)
                if here < best:
                    extend(done | {number}, here)

    extend(frozenset(), lives.setdefault(frozenset(), live(program, set())))
    return best
