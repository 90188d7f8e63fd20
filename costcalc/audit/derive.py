"""Derivations evaluated: models inferred once each, quantities taken of them, exact fractions all the way."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.audit.document import Derivation, Subject
from costcalc.audit.published import knobs_of
from costcalc.audit.quantities import QUANTITIES, Part, Quantity, part_of
from costcalc.errors import UsageError, nearest, shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from costcalc.spec.expressions import ExpressionError
from costcalc.spec.shipped import shipped_models

__all__ = ["Derived", "Deriver", "Term"]


class Term(NamedTuple):
    """A quantity of a model that a derivation uses: its ``name`` in the expression, and what it is."""

    name: str
    quantity: str
    subject: Subject
    graph: Graph
    number: Fraction


class Derived(NamedTuple):
    """What a derivation gives, and the terms that it is made of."""

    derivation: Derivation
    number: Fraction
    terms: tuple[Term, ...]


class Deriver:
    """Evaluates derivations. ``quantities`` are added to `QUANTITIES`."""

    def __init__(self, quantities: Mapping[str, Quantity] | None = None) -> None:
        self.quantities = {**QUANTITIES, **(quantities or {})}
        self.models: dict[str, ModelSpec] = {}
        self.graphs: dict[tuple[str, tuple[tuple[str, Any], ...]], Graph] = {}
        self.parts: dict[tuple[Any, ...], Part] = {}

    def derive(self, derivation: Derivation) -> Derived:
        """The number that ``derivation`` gives. Raises SpecError at its place in the document."""
        names = _Names(self, derivation)
        try:
            value = derivation.expression.evaluate(names)
        except ExpressionError as error:
            raise derivation.node.error(error.message, error.hint) from None
        if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
            raise derivation.node.error(f"{shown(derivation.expression.text)} is {shown(value)}, not a number")
        return Derived(derivation, Fraction(value), tuple(names.terms.values()))

    def graph(self, subject: Subject) -> Graph:
        """The graph of the model of ``subject`` at its knobs."""
        if subject.model not in self.models:
            if subject.model not in shipped_models() and not os.path.lexists(subject.model):
                raise subject.node.error(f"no file {shown(subject.model, 200)}")
            try:
                self.models[subject.model] = load(subject.model, strict=True)
            except UsageError as error:
                raise subject.node.error(error.message, error.hint) from None
        model = self.models[subject.model]
        knobs = model.knob_values(knobs_of(model, subject))
        key = subject.model, tuple(knobs.items())
        if key not in self.graphs:
            self.graphs[key] = infer(model, knobs)
        return self.graphs[key]

    def part(self, subject: Subject) -> Part:
        """The nodes that ``subject`` names."""
        graph = self.graph(subject)
        key = id(graph), subject.part, subject.without, subject.only, subject.at
        if key not in self.parts:
            self.parts[key] = part_of(graph, subject)
        return self.parts[key]


class _Names:
    """The environment of one derivation: a name is a quantity of its subject."""

    def __init__(self, deriver: Deriver, derivation: Derivation) -> None:
        self.deriver = deriver
        self.derivation = derivation
        self.terms: dict[str, Term] = {}

    def value(self, name: str) -> Fraction:
        """The quantity that ``name`` says. Raises ExpressionError for an unknown one."""
        if name not in self.terms:
            prefix, _, quantity = name.rpartition(".")
            if quantity not in self.deriver.quantities:
                hint = nearest(quantity, self.deriver.quantities) or f"known: {', '.join(self.deriver.quantities)}"
                raise ExpressionError(f"there is no quantity {shown(quantity)}", hint=hint)
            subject = self.derivation.subjects[prefix]
            part = self.deriver.part(subject)
            number = Fraction(self.deriver.quantities[quantity](part))
            self.terms[name] = Term(name, quantity, subject, part.graph, number)
        return self.terms[name].number

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """No document defines functions; the reader refused them."""
        raise ExpressionError(f"no function {shown(name)}")

    def size_of(self, name: str, axis: int) -> Any:
        """There are no tensors; the reader refused them."""
        raise ExpressionError(f"no tensor {shown(name)}")

    def decide(self, condition: Any) -> bool:
        """Numbers have no conditions that need deciding; the rule of all expressions answers."""
        return dims.decide(condition)
