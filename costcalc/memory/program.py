"""The memory program of a graph: operations and the storages they read, create and share.

Operations and storages are separate: a flatten reads and writes one storage and creates none. Sizes are ints, arrays or
symbols, as in the graph. Searching for an order or a plan requires ints (`check_whole`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.dims import Dim, is_exact_int
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.layers.allocation import Tensors

__all__ = ["Operation", "Program", "Storage", "check_order", "check_whole", "program"]


class Storage(NamedTuple):
    """A block of ``size`` bytes, named after the node whose output it holds first."""

    path: str
    size: Dim


class Operation(NamedTuple):
    """A step: it ``reads`` storages and writes ``result``, which it creates unless it reads it.

    ``after``: the operations whose results it reads; ``transient``: bytes allocated only while it runs, in addition to
    its result.
    """

    path: str
    after: tuple[int, ...]
    reads: tuple[int, ...]
    result: int
    transient: Dim = 0

    @property
    def makes(self) -> bool:
        """Is its result a new storage?"""
        return self.result not in self.reads


class Program(NamedTuple):
    """Operations in a topological order. ``given`` storages exist before the first operation, ``kept`` storages remain
    after the last; all others are freed after their last reader."""

    operations: tuple[Operation, ...]
    storages: tuple[Storage, ...]
    given: tuple[int, ...] = ()
    kept: frozenset[int] = frozenset()

    @property
    def order(self) -> tuple[int, ...]:
        """The operations as declared."""
        return tuple(range(len(self.operations)))

    def readers(self) -> list[list[int]]:
        """For each storage, the operations that read it."""
        readers: list[list[int]] = [[] for _ in self.storages]
        for number, operation in enumerate(self.operations):
            for storage in operation.reads:
                readers[storage].append(number)
        return readers


def program(graph: Graph, tensors: Tensors, *, hold_input: bool = True) -> Program:
    """The operations of ``graph``: number i is node i + 1, and storage 0 is the input's.

    ``hold_input``: the caller keeps the input; otherwise it is freed after its last use. A layer whose allocation
    depends on a condition asks `dims.decide` about it.
    """
    source = graph.nodes[0]
    sizes = graph.each(lambda node: tensors.bytes(node.shape))
    storages = [Storage(source.path, sizes[0])]
    holding = [0]
    operations = []
    uses = graph.each(lambda node: node.layer.allocates(node.input_shapes, node.shape, tensors))
    for node, use, size in zip(graph.nodes[1:], uses[1:], sizes[1:], strict=True):
        reads = tuple(dict.fromkeys(holding[index] for index in node.inputs))
        if use.shared:
            result = holding[node.inputs[0]]
        else:
            result = len(storages)
            storages.append(Storage(node.path, size))
        holding.append(result)
        after = tuple(sorted({index - 1 for index in node.inputs if index > 0}))
        operations.append(Operation(node.path, after, reads, result, use.transient))
    kept = {holding[output.node] for output in graph.outputs}
    return Program(tuple(operations), tuple(storages), (0,), frozenset(kept | {0} if hold_input else kept))


def check_whole(program: Program) -> None:
    """Raise UsageError, with the path, unless every size of ``program`` is an int."""
    sizes = [*program.storages, *((operation.path, operation.transient) for operation in program.operations)]
    for path, size in sizes:
        if not is_exact_int(size):
            raise UsageError(
                f"memory planning requires integer sizes, got {shown(size)}",
                path=path,
                hint="infer the model at one value of each knob",
            )


def check_order(program: Program, order: Sequence[int]) -> None:
    """Raise UsageError unless ``order`` lists every operation once, each after its inputs."""
    for message in _faults(program, order):
        raise UsageError(message)


def _faults(program: Program, order: Sequence[int]) -> Iterator[str]:
    count = len(program.operations)
    if sorted(order) != list(range(count)):
        yield f"an order must list each of the {count} operations once"
    done: set[int] = set()
    for number in order:
        operation = program.operations[number]
        for before in operation.after:
            if before not in done:
                yield f"{operation.path} cannot run before {program.operations[before].path}"
        done.add(number)
