"""The parameters and buffers of a model, in torch's order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from costcalc.dims import product
from costcalc.graph import Graph, Node
from costcalc.layers.base import INT8_WIDTHS, PARAMETER_KINDS

__all__ = ["COUNTER", "at_inference", "buffers", "notes", "trained"]

COUNTER = 8
"""Bytes of a counter buffer such as num_batches_tracked: torch.long."""


def at_inference(graph: Graph, dtype: str, width: int) -> int:
    """Bytes of the parameters and buffers of ``graph`` in ``dtype``, at ``width`` bytes per element.

    int8 uses `INT8_WIDTHS` and excludes num_batches_tracked, which inference does not need.
    """
    if dtype != "int8":
        return sum(size for _, size in trained(graph, width)) + buffers(graph, width)
    tensors = [tensor for node in graph.nodes for tensor in node.parameters]
    return sum(INT8_WIDTHS[tensor.role] * product(tensor.shape) for tensor in tensors)


def notes(graphs: Sequence[Graph], dtype: str) -> list[str]:
    """Notes that define what `at_inference` counts."""
    if dtype != "int8":
        return ["Weights: parameters and buffers, including the 8-byte num_batches_tracked of each batch norm."]
    said = [
        "Weights: 1 byte per weight of a convolution or linear layer, 4 bytes per bias (int32) and any other stored "
        "value; quantization scales and zero points are not counted."
    ]
    apart = [graph.name for graph in graphs if any(node.layer.type == "batch_norm" for node in graph.nodes)]
    if apart:
        said.append(
            f"Batch norms of {', '.join(apart)} are not folded: each stores its weight, bias, mean and variance. "
            "int8 runtimes fold them where possible, as --fold and --fuse do."
        )
    return said


def trained(graph: Graph, width: int, frozen: Collection[int] = ()) -> tuple[tuple[str, int], ...]:
    """The path and bytes of each trainable tensor at ``width`` bytes per element, in the order of ``parameters()``.

    This is the node order, except that nodes sharing a path prefix with an earlier node follow it. ``frozen`` nodes are
    excluded.
    """
    return tuple(
        (f"{node.path}.{tensor.name}", width * product(tensor.shape))
        for number, node in _in_module_order(graph)
        if number not in frozen
        for tensor in node.parameters
        if tensor.role in PARAMETER_KINDS["trainable"]
    )


def buffers(graph: Graph, width: int) -> int:
    """Bytes of the running statistics, at ``width`` bytes per element, and of num_batches_tracked."""
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
