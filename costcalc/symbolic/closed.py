"""Closed forms: what a quantity of a model is as an expression in its knobs, and how true that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import sympy

from costcalc.dims import Dim
from costcalc.errors import UsageError
from costcalc.graph import Graph, Node
from costcalc.quantities import Quantity, Setting
from costcalc.symbolic.conditions import pins, readable
from costcalc.symbolic.evaluate import Program, exactly
from costcalc.symbolic.graph import SymbolicGraph
from costcalc.symbolic.ideal import Idealiser, rounds
from costcalc.symbolic.knobs import least

__all__ = ["ClosedForms", "Form", "column"]


class Form(NamedTuple):
    """The closed form of the part ``name``: ``exact`` with every rounding, ``ideal`` without that of widths.

    Both are in the knobs' own symbols; ``inner`` is the exact one in the symbols of the graph. ``counted`` is the
    number at the chosen point, ``value`` what the ideal form says there. ``place`` is the layer of a peak.
    """

    name: str
    exact: Any
    ideal: Any
    inner: Any
    counted: Dim
    value: Fraction
    place: str | None = None


def column(quantity: Quantity, graph: Graph) -> Sequence[Any]:
    """What each node of ``graph`` has of ``quantity``, at the default `Setting`.

    Raises UsageError for a quantity that does not run over symbols.
    """
    if not quantity.symbolic:
        raise UsageError(f"{quantity.key} has no closed form")
    return quantity.by_node(graph, Setting())


class ClosedForms:
    """The closed forms of ``quantity`` of a graph over symbols, for the whole and for each part of it."""

    def __init__(self, graph: SymbolicGraph, quantity: Quantity) -> None:
        self.quantity = quantity
        self._counted = column(quantity, graph.counted)
        self._terms, graph = graph.measured(partial(column, quantity))
        self.graph = graph
        self.symbols = graph.symbols
        self.spatial = self.symbols.spatial
        exact_point = {symbol: exactly(value) for symbol, value in self.symbols.point.items()}
        self._point = exact_point
        self._ideal = Idealiser(self.spatial, exact_point)
        self._pins = pins(graph.conditions)
        self._back = self.symbols.back

    def form(self, name: str, part: Callable[[Node], bool] | None = None) -> Form:
        """The form of the layers of ``part``, or of all."""
        nodes = self.graph.counted.nodes
        chosen = [index for index, node in enumerate(nodes) if index and (part is None or part(node))]
        place = None
        if self.quantity.peak:
            at = max(chosen, key=lambda index: (self._counted[index], -index))
            chosen, place = [at], nodes[at].path
        inner = sympy.Add(*(count * term for term, count in Counter(self._terms[index] for index in chosen).items()))
        count = sum((self._counted[index] for index in chosen), 0)
        inner_ideal = self._ideal(inner)
        value = Fraction(Program([inner_ideal])(self._point)[0])
        return Form(name, self._outer(inner), _terms(self._outer(inner_ideal)), inner, count, value, place)

    def _outer(self, expression: Any) -> Any:
        return expression.xreplace(self._pins).xreplace(self._back)

    def validity(self, *, exact: bool) -> list[str]:
        """The conditions on which the forms that were made rest, readable; of the ideal or of the exact ones."""
        conditions = [*self.graph.conditions, *(() if exact else self._ideal.conditions)]
        straight = Idealiser(self.spatial)
        known = {
            self.symbols.outer[name]: bound
            for name in self.symbols.outer
            if (bound := least(self.symbols.model.knobs[name])) is not None
        }

        def simplified(condition: Any) -> Any:
            return (condition if exact else straight(condition)).xreplace(self._back)

        return [*self.symbols.residues(), *readable(conditions, simplified, known)]

    def roundings(self, forms: Sequence[Form]) -> list[str]:
        """The names of the roundings that the ideal forms leave out."""
        return rounds(sympy.Tuple(*(form.inner for form in forms)), self.spatial)

    def evaluate(self, form: Form, values: Mapping[str, Any]) -> Any:
        """The exact ``form`` where the knobs have ``values``; None where its conditions do not hold."""
        inner = self.graph.at(values)
        return None if inner is None else Program([form.inner])(inner)[0]

    def elasticity(self, form: Form, knob: str) -> Fraction | None:
        """By how many percent the ideal ``form`` grows where ``knob`` grows by one, at the chosen point.

        None where the form has steps there.
        """
        symbol = self.symbols.inner(knob)
        inner = self._ideal(form.inner)
        if inner.has(sympy.floor, sympy.ceiling, sympy.Mod, sympy.Max, sympy.Min) or not form.value:
            return None
        slope = Program([sympy.diff(inner, symbol)])(self._point)[0]
        return Fraction(slope) * self._stretch(knob) / form.value

    def _stretch(self, knob: str) -> Fraction:
        """The knob's value times the inner symbol's change per change of the knob."""
        outer = self.symbols.outer[knob]
        value = exactly(self.symbols.values[knob])
        inner = self.symbols.inner(knob)
        if inner is outer:
            return value
        straight = sympy.expand(Idealiser(frozenset())(self._back[inner]))
        slope = straight.coeff(outer)
        return value * Fraction(int(slope.p), int(slope.q))


def _terms(expression: Any) -> Any:
    """A polynomial as a sum of powers; what has steps as it stands."""
    return expression if expression.has(sympy.floor, sympy.ceiling) else sympy.expand(expression)
