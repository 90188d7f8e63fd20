"""What a model holds whatever it does: its parameters and buffers, in torch's order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from costcalc.dims import product
from costcalc.graph import Graph, Node
from costcalc.layers.base import INT8_WIDTHS, PARAMETER_KINDS

__all__ = ["COUNTER", "at_inference", "buffers", "notes", "trained"]

COUNTER = 8
"""Bytes of a count that a layer stores: torch.long."""


def at_inference(graph: Graph, dtype: str, width: int) -> int:
    """The bytes that ``graph`` stores to run in ``dtype``, of ``width`` bytes an element: parameters and buffers.

    At int8 as `INT8_WIDTHS` says and without counts of batches, which inference does not need.
    """
    if dtype != "int8":
        return sum(size for _, size in trained(graph, width)) + buffers(graph, width)
    tensors = [tensor for node in graph.nodes for tensor in node.parameters]
    return sum(INT8_WIDTHS[tensor.role] * product(tensor.shape) for tensor in tensors)


def notes(graphs: Sequence[Graph], dtype: str) -> list[str]:
    """What `at_inference` counts, as sentences."""
    if dtype != "int8":
        return ["Weights: parameters and buffers, and 8 bytes in which each batch norm counts batches."]
    said = [
        "Weights: 1 byte for each weight of a convolution or linear layer, 4 for each bias (int32) and any other "
        "stored number; scales and zero points of the quantization are not counted."
    ]
    apart = [graph.name for graph in graphs if any(node.layer.type == "batch_norm" for node in graph.nodes)]
    if apart:
        said.append(
            f"Batch norms of {', '.join(apart)} are not folded: each stores its scales, shifts, means and variances. "
            "int8 runtimes fold them where they can, as --fold and --fuse do."
        )
    return said


def trained(graph: Graph, width: int, frozen: Collection[int] = ()) -> tuple[tuple[str, int], ...]:
    """The path and the bytes of each trained tensor at ``width`` bytes an element, as ``parameters()`` orders them.

    That is the order of the nodes, but for those whose path begins as an earlier one's does: they follow it. The nodes
    ``frozen`` are left out.
    """
    return tuple(
        (f"{node.path}.{tensor.name}", width * product(tensor.shape))
        for number, node in _in_module_order(graph)
        if number not in frozen
        for tensor in node.parameters
        if tensor.role in PARAMETER_KINDS["trainable"]
    )


def buffers(graph: Graph, width: int) -> int:
    """The bytes of running statistics, at ``width`` bytes an element, and of counts."""
    total = 0
    for node in graph.nodes:
        statistics = [tensor for tensor in node.parameters if tensor.role == "statistic"]
        total += sum(width * product(tensor.shape) for tensor in statistics) + COUNTER * node.layer.counters
    return total


def _in_module_order(graph: Graph) -> Iterator[tuple[int, Node]]:
    tree: dict[Any, Any] = {}
    for number, node in enumerate(graph.nodes[1:], start=1):
        *containers, _ = node.path.split(".")
        place = tree
        for part in containers:
            place = place.setdefault(part, {})
        place[number, node] = None
    return _walk(tree)


def _walk(tree: dict[Any, Any]) -> Iterator[tuple[int, Node]]:
    for key, below in tree.items():
        if below is None:
            yield key
        else:
            yield from _walk(below)
