"""Closed forms piece by piece: one for each set of conditions, made when a point asks for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.spec.model import Knob, ModelSpec
from costcalc.symbolic.evaluate import Program
from costcalc.symbolic.graph import SymbolicGraph, one_for_each_side, symbolic

__all__ = ["Measure", "Piecewise", "random_values"]


Measure = Callable[[Graph], Sequence[Any]]
"""Numbers of a graph over any `Dim`."""


class Piecewise:
    """Numbers of ``model`` at any values of its knobs, by exact closed forms over ``names``.

    Without ``names`` over every knob that can be a symbol.
    """

    def __init__(self, model: ModelSpec, measure: Measure, names: Iterable[str] | None = None) -> None:
        self.model = model
        self.measure = measure
        self.names = list(symbolic(model).symbols.outer if names is None else names)
        self.pieces: list[tuple[SymbolicGraph, Program]] = []

    def values(self, knobs: Mapping[str, Any], counted: Graph | None = None) -> list[Any]:
        """The numbers where the knobs are ``knobs``, all of them given.

        ``counted`` is the graph there, if there is one already. Raises CostcalcError as inference does.
        """
        for piece, program in self.pieces:
            inner = _inner(piece, knobs)
            if inner is not None:
                return program(inner)
        names = one_for_each_side(self.model, knobs, self.names)
        numbers, graph = symbolic(self.model, knobs, names, counted=counted).measured(self.measure)
        program = Program(numbers)
        self.pieces.append((graph, program))
        inner = _inner(graph, knobs)
        assert inner is not None, "a closed form holds where it was made"
        return program(inner)


def _inner(graph: SymbolicGraph, knobs: Mapping[str, Any]) -> dict[Any, Any] | None:
    symbols = graph.symbols
    if any(value != knobs[name] for name, value in symbols.values.items() if name not in symbols.outer):
        return None
    return graph.at(knobs)


def random_values(model: ModelSpec, pick: random.Random) -> dict[str, Any]:
    """Values for all knobs, near their defaults: they are possible one by one, if not always together."""
    return {name: _random_value(knob, pick) for name, knob in model.knobs.items()}


def _random_value(knob: Knob, pick: random.Random) -> Any:
    default = knob.default
    if knob.choices is not None or isinstance(default, bool):
        others = knob.choices or (True, False)
        return pick.choice(others) if pick.random() < 0.3 else default
    if isinstance(default, float):
        factors = (pick.uniform(0.05, 2.0), pick.randint(10, 160) / 100, 1.0)
        value: Any = pick.choice(factors) * default
    else:
        # Sizes of images keep most of their factors, and with them their residue class, but not always.
        step = next((step for step in (96, 48, 32, 16) if default % step == 0 and default > step), 1)
        value = default + step * pick.randint(-min(6, (default - 1) // step), 6)
        value += pick.randint(0, step - 1) if pick.random() < 0.1 else 0
    try:
        return knob.check(value)
    except UsageError:
        return default
