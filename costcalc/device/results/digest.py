"""One word for an architecture: to know, when a file of results is read, whether a spec still says the same."""

from __future__ import annotations

from hashlib import sha256

from costcalc.graph import Graph

__all__ = ["digest"]


def digest(graph: Graph) -> str:
    """16 hexadecimal digits that change with any layer, argument, connection, shape or output of ``graph``."""
    lines = [f"{node.path} {node.layer!r} {node.inputs} {node.shape}" for node in graph.nodes]
    ends = [output.node for output in graph.outputs]
    if ends != [len(graph.nodes) - 1]:
        lines.append(f"outputs {ends}")
    return sha256("\n".join(lines).encode()).hexdigest()[:16]
