"""Evaluation of derivations: each model is inferred once, and all arithmetic uses exact fractions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.audit.document import Derivation, Subject
from costcalc.audit.published import knobs_of
from costcalc.audit.quantities import QUANTITIES, Part, Quantity, part_of
from costcalc.errors import nearest, shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from costcalc.spec.decode import blaming
from costcalc.spec.expressions import Environment, ExpressionError
from costcalc.spec.shipped import shipped_models

__all__ = ["Derived", "Deriver", "QuantityNames", "Term", "quantity_of"]


class Term(NamedTuple):
    """A quantity of a model used in a derivation, under its ``name`` in the expression."""

    name: str
    quantity: str
    subject: Subject
    graph: Graph
    number: Fraction


class Derived(NamedTuple):
    """The value of a derivation and its terms."""

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
        """The value of ``derivation``. Raises SpecError at its place in the document."""
        terms: dict[str, Term] = {}

        def number(name: str) -> Fraction:
            if name not in terms:
                prefix, _, key = name.rpartition(".")
                quantity, subject = quantity_of(key, self.quantities), derivation.subjects[prefix]
                part = self.part(subject)
                terms[name] = Term(name, key, subject, part.graph, Fraction(quantity(part)))
            return terms[name].number

        with blaming(derivation.node):
            value = derivation.expression.evaluate(QuantityNames(number))
        if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
            raise derivation.node.error(f"{shown(derivation.expression.text)} is {shown(value)}, not a number")
        return Derived(derivation, Fraction(value), tuple(terms.values()))

    def graph(self, subject: Subject) -> Graph:
        """The graph of the model of ``subject`` at its knobs."""
        if subject.model not in self.models:
            if subject.model not in shipped_models() and not os.path.lexists(subject.model):
                raise subject.node.error(f"no file {shown(subject.model, 200)}")
            with blaming(subject.node):
                self.models[subject.model] = load(subject.model, strict=True)
        model = self.models[subject.model]
        knobs = model.knob_values(knobs_of(model, subject))
        key = subject.model, tuple(knobs.items())
        if key not in self.graphs:
            self.graphs[key] = infer(model, knobs)
        return self.graphs[key]

    def part(self, subject: Subject) -> Part:
        """The nodes selected by ``subject``."""
        graph = self.graph(subject)
        key = id(graph), subject.part, subject.without, subject.only, subject.at
        if key not in self.parts:
            self.parts[key] = part_of(graph, subject)
        return self.parts[key]


def quantity_of(name: str, known: Mapping[str, Quantity]) -> Quantity:
    """The quantity called ``name``. Raises ExpressionError if it is not ``known``."""
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise ExpressionError(f"unknown quantity {shown(name)}", hint=hint)
    return known[name]


class QuantityNames(Environment):
    """The environment of a document's expression: ``number`` maps a name to its value."""

    def __init__(self, number: Callable[[str], Fraction]) -> None:
        self.number = number

    def value(self, name: str) -> Fraction:
        """The value of ``name``."""
        return self.number(name)
