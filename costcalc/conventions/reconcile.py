"""The difference between two conventions by term; the terms sum to the difference of the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from costcalc.conventions.base import QUANTITIES, TERMS, Convention, Module, added, counts, modules
from costcalc.conventions.tables import described, layers, summed, unit_of
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.grouping import named
from costcalc.table import Column, Remark, Table
from costcalc.wording import images

__all__ = ["common", "reconcile"]


def common(first: Convention, second: Convention) -> str:
    """The first of `QUANTITIES` that both count. Raises UsageError if there is none."""
    for quantity in QUANTITIES:
        if first.counts_what(quantity) and second.counts_what(quantity):
            return quantity
    raise UsageError(f"{first.name} and {second.name} have no quantity in common")


def reconcile(
    graph: Graph,
    first: Convention,
    second: Convention,
    quantity: str | None = None,
    *,
    batch: int = 1,
    freeze: Sequence[str] = (),
    checkpoint: bool = False,
) -> Table:
    """From the total of ``graph`` by ``first`` to that by ``second``: one row per term; the differences add up.

    ``quantity`` defaults to the first of `QUANTITIES` that both count. Raises UsageError if one of
    them does not count it.
    """
    quantity = quantity or common(first, second)
    before, after = (
        counts(each, graph, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint) for each in (first, second)
    )
    seen = modules(graph)
    rows = []
    for term in TERMS:
        pairs = [(a.get(term, 0), b.get(term, 0)) for a, b in zip(before[1:], after[1:], strict=True)]
        here, there = (sum(numbers, 0) for numbers in zip(*pairs, strict=True))
        if here or there:
            differing = [module for module, (a, b) in zip(seen, pairs, strict=True) if a != b]
            rows.append(
                {
                    "term": term,
                    "from": here,
                    "to": there,
                    "difference": there - here,
                    "where": _where(differing),
                    "why": _why(term, first, second, bool(here), bool(there), differing),
                }
            )
    totals = [summed(each, added(terms), quantity) for each, terms in ((first, before), (second, after))]
    return Table(
        title=f"{QUANTITIES[quantity]}: from {first.name} to {second.name}: {named(graph)}",
        columns=(
            Column("term", "Term"),
            Column("from", f"{unit_of(first, quantity)} by {first.name}", "count"),
            Column("to", f"{unit_of(second, quantity)} by {second.name}", "count"),
            Column("difference", "Difference", "difference"),
            Column("where", "Where"),
            Column("why", "Why"),
        ),
        rows=rows,
        total={
            "term": "total",
            "from": totals[0].number,
            "to": totals[1].number,
            "difference": totals[1].number - totals[0].number,
        },
        notes=[
            *(
                Remark(f"{graph.name} by {each.name}'s convention: {described(each, total)}.")
                for each, total in zip((first, second), totals, strict=True)
            ),
            *([] if quantity == "params" else [f"For {images(batch)}."]),
        ],
        about={
            "model": graph.name,
            "knobs": dict(graph.knobs),
            "quantity": quantity,
            "from": first.name,
            "to": second.name,
            "batch": batch,
            "freeze": list(freeze),
            "checkpoint": checkpoint,
        },
    )


def _where(differing: Sequence[Module]) -> str:
    """``batch_norm (52 layers)``: the layers whose counts differ, by type."""
    types = Counter(module.node.layer.type for module in differing)
    return ", ".join(f"{type} ({layers(count)})" for type, count in types.items())


def _why(term: str, first: Convention, second: Convention, here: bool, there: bool, differing: Sequence[Module]) -> str:
    """How each tool counts the term, if they differ, and the known errors in that."""
    if not differing:
        return ""
    reasons = []
    for each, counted in ((first, here), (second, there)):
        reasons.append(f"{each.name}: {each.texts[term] if counted else 'nothing'}")
    classes = {module.name: None for module in differing}
    for each in (first, second):
        reasons += [f"{each.name}: {each.faults[name]}" for name in classes if name in each.faults]
    return "; ".join(reasons)
