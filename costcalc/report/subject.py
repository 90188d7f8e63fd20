"""What a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.graph import Graph
from costcalc.spec import ModelSpec

__all__ = ["Subject"]


class Subject(NamedTuple):
    """A model, the values given to its knobs, and the graph that it is at them."""

    model: ModelSpec
    knobs: Mapping[str, Any]
    graph: Graph
