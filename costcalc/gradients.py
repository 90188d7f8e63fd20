"""Which gradients a backward pass computes, given the frozen layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from costcalc.errors import UsageError, did_you_mean, shown
from costcalc.graph import Graph, Node

__all__ = ["Gradients", "frozen_nodes", "gradients"]

TRAINED = ("weight", "bias", "affine")
"""The roles of parameters that training changes."""


class Gradients(NamedTuple):
    """What a backward pass computes at a node: the gradient of its own parameters (``weight``), of its ``input``."""

    weight: bool
    input: bool

    @property
    def any(self) -> bool:
        """Does the backward pass reach this node?"""
        return self.weight or self.input


def gradients(graph: Graph, freeze: Sequence[str] = ()) -> tuple[Gradients, ...]:
    """What the backward pass computes at each node of ``graph``, in their order.

    A node's parameters get a gradient unless one of the patterns ``freeze`` names it. Its input gets one if anything
    before it is trained: the image itself never is. That is autograd's rule: a tensor requires a gradient if it was
    computed from one that does. Raises UsageError for a pattern that names no layer with parameters.
    """
    frozen = frozen_nodes(graph, freeze)
    found: list[Gradients] = []
    for index, node in enumerate(graph.nodes):
        before = any(found[source].any for source in node.inputs)
        found.append(Gradients(index not in frozen and _trained(node), before))
    return tuple(found)


def frozen_nodes(graph: Graph, patterns: Sequence[str]) -> set[int]:
    """The indices of the nodes with parameters that ``patterns`` name.

    A pattern is matched as `fnmatch` does, with the path of a node and with the paths of the blocks around it: ``stem``
    freezes all of ``stem.conv`` and ``stem.norm``. Raises UsageError for a pattern that names no layer with parameters.
    """
    frozen: set[int] = set()
    for pattern in patterns:
        named = {i for i, node in enumerate(graph.nodes) if any(fnmatchcase(p, pattern) for p in _around(node.path))}
        trained = {index for index in named if _trained(graph.nodes[index])}
        if not named:
            paths = {path for node in graph.nodes[1:] for path in _around(node.path)}
            hint = did_you_mean(pattern, paths) or f"costcalc show {graph.name} lists the layers"
            raise UsageError(f"freeze = {shown(pattern)}: {shown(graph.name)} has no layer that matches", hint=hint)
        if not trained:
            raise UsageError(f"freeze = {shown(pattern)}: what it matches in {shown(graph.name)} has no parameters")
        frozen |= trained
    return frozen


def _around(path: str) -> Iterator[str]:
    """``path`` and the paths of the blocks that it lies in."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        yield ".".join(parts[:end])


def _trained(node: Node) -> bool:
    return any(tensor.role in TRAINED for tensor in node.parameters)
