"""Published formulas for training memory, evaluated for graphs and shown next to the actual requirement."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from costcalc.audit.derive import QuantityNames, quantity_of
from costcalc.audit.document import FORMULA, MemoryTerm
from costcalc.audit.library import document, shipped_documents
from costcalc.audit.quantities import QUANTITIES, Part
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.layers.conv import Conv
from costcalc.memory.training import Beside
from costcalc.spec.decode import blaming
from costcalc.spec.shipped import shipped_file

__all__ = ["beside", "shipped_formulas"]


def shipped_formulas() -> list[str]:
    """The shipped documents that give a formula of training memory: those with a line that begins with its key."""
    found = []
    for name in shipped_documents():
        with open(shipped_file("papers", name)[0], encoding="utf-8") as stream:
            if any(line.startswith(f"{FORMULA}:") for line in stream):
                found.append(name)
    return found


def beside(name: str, graphs: Iterable[Graph]) -> Beside:
    """The formula of the document called ``name`` for each of ``graphs``, in bytes.

    Raises UsageError for a document that is unknown or gives none, SpecError for a term that has no value.
    """
    formula = document(name).training_memory
    if formula is None:
        raise UsageError(f"{shown(name)} has no formula for training memory")
    terms = [{term.name: (term.row, _bytes(term, graph)) for term in formula.terms} for graph in graphs]
    return Beside(formula.title, formula.notes, terms)


def _bytes(term: MemoryTerm, graph: Graph) -> int:
    """The value of ``term`` for ``graph``: of all of it, or the greatest of its convolutions, 0 without any."""
    nodes = graph.nodes[1:]
    parts = [[node] for node in nodes if isinstance(node.layer, Conv)] if term.largest else [nodes]
    return max((_value(term, Part(graph, part)) for part in parts), default=0)


def _value(term: MemoryTerm, part: Part) -> int:
    with blaming(term.node):
        value = term.value.evaluate(QuantityNames(lambda name: Fraction(quantity_of(name, QUANTITIES)(part))))
    if value != int(value):
        raise term.node.error(f"{shown(term.value.text)} is {shown(value)}, not a whole number of bytes")
    return int(value)
