"""Specs written in the tests: loaded, inferred, refused. The working folder is each test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from costcalc.errors import CostcalcError
from costcalc.graph import Graph, Node
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load

__all__ = ["graph", "model", "node", "refusal", "shapes"]


def model(text: str, *, strict: bool = False, **files: str) -> ModelSpec:
    """The model in ``text``, with other ``files`` (without their .yaml) beside it."""
    for name, content in {"model": text, **files}.items():
        Path(f"{name}.yaml").write_text(content, encoding="utf-8")
    return load("model.yaml", strict=strict)


def graph(text: str, knobs: Mapping[str, Any] | None = None, *, strict: bool = False, **files: str) -> Graph:
    """The graph of the model in ``text``."""
    return infer(model(text, strict=strict, **files), knobs)


def node(graph: Graph, path: str) -> Node:
    """The node at ``path``."""
    (found,) = [node for node in graph.nodes if node.path == path]
    return found


def shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of each node but the input, by its path."""
    return {node.path: node.shape for node in graph.nodes[1:]}


def refusal(text: str, knobs: Mapping[str, Any] | None = None, *, strict: bool = False, **files: str) -> str:
    """The one message that the model in ``text`` gets."""
    with pytest.raises(CostcalcError) as caught:
        graph(text, knobs, strict=strict, **files)
    return str(caught.value)
