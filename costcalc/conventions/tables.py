"""A convention's counts as a table, with its definition, its total in MACs and FLOPs, and its known errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.conventions.base import (
    MAC_TERMS,
    QUANTITIES,
    TERMS,
    Convention,
    Module,
    Terms,
    added,
    counts,
    modules,
)
from costcalc.dims import Dim
from costcalc.graph import Graph
from costcalc.grouping import SHARE, Counts, grouped
from costcalc.table import Column, Remark, Table
from costcalc.wording import FLOPS_PER_MAC, count, difference, images

__all__ = ["Total", "described", "layers", "summed", "table", "total", "unit_of"]


class Total(NamedTuple):
    """A count under a convention: its ``terms`` and their sum ``number`` in the tool's own unit.

    ``macs``: the multiply-accumulates in it; ``flops``: two per multiply-accumulate and one per other operation; both
    are None for parameters.
    """

    terms: Terms
    number: Dim
    macs: Dim | None
    flops: Dim | None


def total(
    convention: Convention,
    graph: Graph,
    quantity: str = "macs",
    *,
    batch: int = 1,
    freeze: Sequence[str] = (),
    checkpoint: bool = False,
) -> Total:
    """The total of ``quantity`` in ``graph`` under ``convention``, for ``batch`` images.

    Raises UsageError if the tool does not count it, and for a ``freeze`` pattern that matches no layer.
    """
    terms = added(counts(convention, graph, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint))
    return summed(convention, terms, quantity)


def summed(convention: Convention, terms: Terms, quantity: str) -> Total:
    """The sum of ``terms``."""
    number = sum(terms.values(), 0)
    if quantity == "params":
        return Total(terms, number, None, None)
    own = sum((each for term, each in terms.items() if term in MAC_TERMS), 0)
    macs = own // convention.per_mac
    return Total(terms, number, macs, FLOPS_PER_MAC * macs + (number - own))


def unit_of(convention: Convention, quantity: str) -> str:
    """The tool's name for its count."""
    return "parameters" if quantity == "params" else convention.unit


def table(
    graphs: Sequence[Graph],
    convention: Convention,
    quantity: str = "macs",
    *,
    by: str = "stage",
    top: int | None = None,
    batch: int = 1,
    freeze: Sequence[str] = (),
    checkpoint: bool = False,
) -> Table:
    """The ``quantity`` (`QUANTITIES`) of each graph under ``convention``, for ``batch`` images.

    One row per stage, layer or type; for a single graph also one column per term. ``freeze`` and ``checkpoint`` as in
    `costcalc.conventions.base.counts`. Raises UsageError if the tool does not count it, for an unknown ``by``, a batch
    below 1 and a pattern that matches no layer.
    """

    def measure(graph: Graph) -> list[dict[str, Dim]]:
        rows = []
        for terms in counts(convention, graph, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint):
            found = summed(convention, terms, quantity)
            cells = {_key(term): number for term, number in found.terms.items()}
            if found.macs is not None and found.flops is not None:
                cells |= {"macs": found.macs, "flops": found.flops}
            rows.append({**cells, "count": found.number})
        return rows

    totals = {
        graph.name: total(convention, graph, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint)
        for graph in graphs
    }
    return grouped(
        graphs,
        measure,
        _columns(convention, quantity, totals),
        title=f"{QUANTITIES[quantity]} by {convention.name}'s convention",
        by=by,
        top=top,
        rank="count",
        derive=_share,
        notes=[*_notes(convention, quantity, graphs, totals, batch, freeze, checkpoint)],
        about={
            "quantity": quantity,
            "convention": convention.name,
            "versions": convention.versions,
            "source": convention.source,
            "unit": unit_of(convention, quantity),
            "macs_count_as": None if quantity == "params" else convention.per_mac,
            "batch": batch,
            "freeze": list(freeze),
            "checkpoint": checkpoint,
            "totals": {name: _told(each) for name, each in totals.items()},
        },
    )


def _told(total: Total) -> Mapping[str, Any]:
    work = {} if total.macs is None else {"macs": total.macs, "flops": total.flops}
    return {"count": total.number, **work, "terms": dict(total.terms)}


def _key(term: str) -> str:
    return term.replace(", ", "_").replace(" ", "_")


def _share(count: Counts, total: Counts) -> Mapping[str, Any]:
    return {"share": count.get("count", 0) / total["count"] if total.get("count") else None}


def _columns(convention: Convention, quantity: str, totals: Mapping[str, Total]) -> list[Column]:
    terms = {term for each in totals.values() for term in each.terms}
    columns = []
    if len(totals) == 1 and len(terms) > 1:
        columns += [Column(_key(term), term.capitalize(), "count") for term in TERMS if term in terms]
    if quantity == "params":
        return [*columns, Column("count", "Parameters", "params"), SHARE]
    if any(each.number not in (each.macs, each.flops) for each in totals.values()):
        columns.append(Column("count", f"{convention.unit} by {convention.name}", "count"))
    return [*columns, Column("macs", "MACs", "macs"), Column("flops", "FLOPs", "flops"), SHARE]


def _notes(
    convention: Convention,
    quantity: str,
    graphs: Sequence[Graph],
    totals: Mapping[str, Total],
    batch: int,
    freeze: Sequence[str],
    checkpoint: bool,
) -> Iterator[str]:
    unit = unit_of(convention, quantity)
    each = "" if quantity == "params" else f", {convention.per_mac} per multiply-accumulate (MAC)"
    tool = ", ".join(part for part in (convention.title, convention.versions) if part)
    yield f"{tool}: {unit}{each}. Source: {convention.source}."
    terms = {term for total in totals.values() for term in total.terms}
    if terms:
        yield f"{'; '.join(f'{term}: {convention.texts[term]}' for term in TERMS if term in terms)}."
    if quantity != "params":
        yield f"For {images(batch)}."
    if freeze:
        yield f"Frozen (only operations that still run are counted): {', '.join(freeze)}."
    if checkpoint:
        yield "Checkpointing: every stage that needs a gradient is recomputed."
    for graph in graphs:
        total = totals[graph.name]
        yield Remark(f"{graph.name} by {convention.name}'s convention: {described(convention, total)}.")
        yield from map(Remark, _faults(convention, graph, total, quantity, batch))


def described(convention: Convention, total: Total) -> str:
    """``314,193,216 flops as fvcore counts them = 300,774,272 MACs + 13,418,944 other operations = ...``."""
    if total.macs is None or total.flops is None:
        return f"{count(total.number)} parameters"
    others = total.flops - FLOPS_PER_MAC * total.macs
    parts = []
    if total.number not in (total.macs, total.flops):
        parts.append(f"{count(total.number)} {convention.unit} as {convention.name} counts them")
    parts.append(f"{count(total.macs)} MACs{f' + {count(others)} other operations' if others else ''}")
    parts.append(f"{count(total.flops)} FLOPs")
    return " = ".join(parts)


def _faults(convention: Convention, graph: Graph, total: Total, quantity: str, batch: int) -> Iterator[str]:
    """The tool's errors for ``graph`` and their size, and the layers it does not count."""
    for term, number in total.terms.items():
        if term in convention.faults:
            yield f"Wrong: {convention.faults[term]}: {difference(number)} of the {count(total.number)}."
    if quantity != "macs" or convention.name == "costcalc":
        return
    nothing: Counter[str] = Counter()
    classes: dict[str, list[Module]] = {}
    for module in modules(graph):
        if module.name in convention.faults:
            classes.setdefault(module.name, []).append(module)
        elif any(module.node.ledger.values()) and not any(convention.forward(module).values()):
            nothing[module.node.layer.type] += 1
    for name, found in classes.items():
        counted = batch * sum((sum(convention.forward(module).values(), 0) for module in found), 0)
        macs = batch * sum((module.macs for module in found), 0)
        of = f" of their {count(macs)} MACs" if macs else ""
        yield f"Wrong: {convention.faults[name]} ({name}, {layers(len(found))}: {count(counted)}{of} counted)."
    if nothing:
        yield f"Not counted: {', '.join(f'{type} ({layers(count)})' for type, count in nothing.items())}."


def layers(count: int) -> str:
    """``1 layer``, ``2 layers``."""
    return f"{count} layer{'s' if count > 1 else ''}"
