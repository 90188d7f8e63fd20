"""infer(): a model and values for its knobs -> a `Graph`. Lines become nodes, shapes and widths become sizes.

Sizes are `Dim`: ints for tables, arrays for sweeps (a condition that is true for some members only raises
`dims.Mixed`), symbols for closed forms (``decide`` says what a condition on symbols is).
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc import dims
from costcalc.graph import Graph
from costcalc.inference.building import MAX_NODES
from costcalc.inference.run import Run
from costcalc.inference.scope import MAX_WORK, Decide
from costcalc.spec.model import KnobValue, ModelSpec
from costcalc.spec.read import Node as Place

__all__ = ["MAX_NODES", "MAX_WORK", "infer", "located"]


def infer(model: ModelSpec, knobs: Mapping[str, KnobValue] | None = None, *, decide: Decide = dims.decide) -> Graph:
    """The graph of ``model`` with ``knobs`` (others at their defaults).

    A layer on which no output depends is left out and becomes a warning of ``model``. Raises UsageError for a knob that
    is unknown or out of range, SpecError where the spec does not describe a graph, or has a warning and is strict.
    """
    values = model.knob_values(knobs or {})
    return Run(decide).graph(model, values)


def located(model: ModelSpec, knobs: Mapping[str, KnobValue] | None = None) -> tuple[Graph, tuple[Place, ...]]:
    """What `infer` gives, and for each node its place: the line of the model's own spec that it comes from.

    Where that line calls a shared block or another model, the place of all their nodes is the line that calls.
    """
    values = model.knob_values(knobs or {})
    run = Run(dims.decide)
    graph = run.graph(model, values)
    return graph, tuple(run.built.places)
