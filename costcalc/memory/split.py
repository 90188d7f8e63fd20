"""The memory-efficient bottleneck: an inner tensor computed, filtered and consumed in groups of channels.

Source: Sandler et al. 2018 (MobileNetV2), arXiv:1801.04381, section 5.1. An expansion convolution, channelwise layers
including a depthwise convolution, then a projection convolution: the projection is a sum over channels, so the sum over
the parts is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.layers.base import Layer
from costcalc.layers.conv import Conv
from costcalc.layers.merge import Accumulate
from costcalc.memory.program import Program
from costcalc.memory.rewriting import Copy, only_readers, with_arguments

__all__ = ["Chain", "Piece", "Split", "as_one", "chains", "even", "split"]


class Chain(NamedTuple):
    """An inverted residual: the expansion node, the channelwise nodes, the projection node."""

    expand: int
    inner: tuple[int, ...]
    project: int


class Piece(NamedTuple):
    """A node of a split graph holds channels ``start`` to ``stop`` of the parameters of node ``path`` in the original.

    Input channels if ``inputs`` (the first part then has the whole bias), otherwise output channels.
    """

    path: str
    start: int
    stop: int
    inputs: bool = False


class Split(NamedTuple):
    """A split graph, and the origin of each part node, by path."""

    graph: Graph
    pieces: Mapping[str, Piece]


def even(channels: int, parts: int) -> list[int]:
    """``channels`` divided into ``parts`` parts that differ by at most one, larger parts first."""
    each, more = divmod(channels, parts)
    return [each + (place < more) for place in range(parts)]


def chains(graph: Graph) -> list[Chain]:
    """The inverted residuals of ``graph``: the inner tensor has more channels than the input and the output.

    Each inner tensor has a single consumer, and only the depthwise convolution has groups.
    """
    alone = only_readers(graph)
    found = []
    for expand, node in enumerate(graph.nodes):
        if not _mixes(node.layer):
            continue
        inner: list[int] = []
        number = expand
        while number in alone:
            number = alone[number]
            if graph.nodes[number].layer.narrowed(graph.nodes[number].input_shapes, 1) is None:
                break
            inner.append(number)
        filters = any(isinstance(graph.nodes[index].layer, Conv) for index in inner)
        if filters and number not in inner and _mixes(graph.nodes[number].layer):
            channels = node.shape[0]
            if channels > max(node.input_shapes[0][0], graph.nodes[number].shape[0]):
                found.append(Chain(expand, tuple(inner), number))
    return found


def _mixes(layer: Layer) -> bool:
    return isinstance(layer, Conv) and layer.groups == 1


def split(graph: Graph, parts: int, sizes: Callable[[int, int], Sequence[int]] = even) -> Split:
    """``graph`` with the inner tensor of every inverted residual computed and consumed in ``parts`` parts.

    ``sizes(channels, parts)`` are the channels of the parts. Operation counts and parameters do not change, except for
    the additions that sum the parts. Raises UsageError if there is nothing to split or a part would be empty.
    """
    found = {chain.expand: chain for chain in chains(graph)}
    if not found:
        raise UsageError(f"{graph.name} has no inverted residual to split")
    for chain in found.values():
        node = graph.nodes[chain.expand]
        if not 1 <= parts <= node.shape[0]:
            least = min(graph.nodes[expand].shape[0] for expand in found)
            raise UsageError(
                f"{parts} parts: must be between 1 and the number of channels, {node.shape[0]}",
                path=node.path,
                hint=f"the narrowest inner tensor of {graph.name} has {least}",
            )
    copy = Copy(graph)
    pieces: dict[str, Piece] = {}
    inside = {number for chain in found.values() for number in (*chain.inner, chain.project)}
    for number in range(1, len(graph.nodes)):
        if number in found and parts > 1:
            _split(copy, found[number], sizes(graph.nodes[number].shape[0], parts), pieces)
        elif number not in inside or parts == 1:
            copy.keep(number)
    return Split(copy.finish(), pieces)


def as_one(graph: Graph, program: Program) -> Program:
    """``program``, the operations of ``graph``, with each inverted residual one operation without an inner tensor.

    Its input and output are live together, as in every split: no split has a smaller peak. Source: Sandler et al. 2018,
    section 5.1, the bottleneck as a single operation, without its workspace.
    """
    found = chains(graph)
    starts = {chain.project: chain.expand for chain in found}
    inside = {number for chain in found for number in (chain.expand, *chain.inner)}
    kept = [number for number in range(1, len(graph.nodes)) if number not in inside]
    place = {number - 1: new for new, number in enumerate(kept)}
    operations = []
    for number in kept:
        operation = program.operations[number - 1]
        before = program.operations[starts.get(number, number) - 1]
        after = tuple(place[index] for index in before.after)
        transient = 0 if number in starts else operation.transient
        operations.append(operation._replace(after=after, reads=before.reads, transient=transient))
    return program._replace(operations=tuple(operations))


def _split(copy: Copy, chain: Chain, sizes: Sequence[int], pieces: dict[str, Piece]) -> None:
    """Add the nodes of ``chain`` to ``copy``, part by part, and the running sum of their projections."""
    nodes = copy.graph.nodes
    expand, project = nodes[chain.expand], nodes[chain.project]
    total = start = 0
    for part, channels in enumerate(sizes, start=1):
        stop = start + channels
        path = f"{expand.path}.part{part}"
        pieces[path] = Piece(expand.path, start, stop)
        inputs = tuple(copy.place[index] for index in expand.inputs)
        tensor = copy.add(expand, with_arguments(expand.layer, out=channels), inputs, path)
        for number in chain.inner:
            node = nodes[number]
            layer = node.layer.narrowed(node.input_shapes, channels)
            assert layer is not None
            path = f"{node.path}.part{part}"
            pieces[path] = Piece(node.path, start, stop)
            tensor = copy.add(node, layer, (tensor,), path)
        path = f"{project.path}.part{part}"
        pieces[path] = Piece(project.path, start, stop, inputs=True)
        layer = project.layer if part == 1 else with_arguments(project.layer, bias=False)
        result = copy.add(project, layer, (tensor,), path)
        total = copy.add(project, Accumulate(), (total, result), f"{project.path}.sum{part}") if total else result
        start = stop
    copy.place[chain.project] = total
