"""Published accuracies beside the cost of what they were published of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analyses import cost
from costcalc.audit import Published, document, published, shipped_documents
from costcalc.audit.document import MEASURES
from costcalc.audit.published import knobs_of
from costcalc.comparison.tables import ACCURACIES
from costcalc.device.plan import digest
from costcalc.errors import shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load, shipped_models
from costcalc.table import Column, Table

__all__ = ["accuracies"]


def accuracies(graphs: Sequence[Graph]) -> list[Table]:
    """A table for each measure and data set that is published of one of ``graphs`` or more: a row for each variant.

    The rows are all shipped variants of which it is published, at what the documents say; ``mine`` are those of
    ``graphs``, which are shipped models by their layers and not by their names alone. Accuracies are as printed;
    parameters and multiply-accumulates are costcalc's.
    """
    graphs = [graph for graph in graphs if _is_shipped(graph)]
    known = [each for name in shipped_documents() for each in document(name).published if _whole(each)]
    wanted = dict.fromkeys(
        (each.measure, each.data)
        for graph in graphs
        for measure in ACCURACIES
        for each in published(graph.name, graph.knobs, measure=measure, data="")
        if _whole(each)
    )
    counted: dict[Any, Any] = {}
    return [_table(measure, data, known, graphs, counted) for measure, data in wanted]


def _is_shipped(graph: Graph) -> bool:
    """Is it the shipped model of its name, layer by layer?"""
    if graph.name not in shipped_models():
        return False
    model = load(graph.name)
    return model.knobs.keys() == graph.knobs.keys() and digest(infer(model, graph.knobs)) == digest(graph)


def _whole(each: Published) -> bool:
    """Is it of a whole shipped model?"""
    subject = each.subject
    if subject is None or subject.without:
        return False
    return subject.part is None and subject.only is None and subject.at is None


def _table(
    measure: str, data: str, known: Sequence[Published], graphs: Sequence[Graph], counted: dict[Any, Any]
) -> Table:
    subjects = {(graph.name, tuple(graph.knobs.items())) for graph in graphs}
    rows = []
    for each in known:
        if (each.measure, each.data) != (measure, data) or each.subject is None:
            continue
        variant, family, knobs, macs, params = _counted(each, counted)
        rows.append(
            {
                "variant": variant,
                "family": family,
                "document": document(each.document).title,
                "place": each.place,
                "published": each.value,
                "macs": macs,
                "params": params,
                "mine": (each.subject.model, tuple(knobs.items())) in subjects,
            }
        )
    title = f"Published {MEASURES[measure]} on {data}"
    return Table(
        title,
        (
            Column("variant", "Variant"),
            Column("family", "Model"),
            Column("document", "Published in"),
            Column("place", "Where"),
            Column("published", f"{MEASURES[measure][0].upper()}{MEASURES[measure][1:]}, as published (%)", "percent"),
            Column("macs", "MACs", "macs"),
            Column("params", "Parameters (trainable)", "params"),
            Column("mine", "In this report"),
        ),
        rows,
        notes=[
            f"{MEASURES[measure][0].upper()}{MEASURES[measure][1:]}: as printed in the documents, not derived.",
            "MACs and parameters: counted by costcalc for the shipped model at these knobs, not printed in the "
            "document.",
        ],
        about={"measure": measure, "data": data},
    )


def _counted(each: Published, counted: dict[Any, Any]) -> tuple[str, str, dict[str, Any], int, int]:
    """The variant's name, with what is not at its default; the model's title, all its knobs, MACs, parameters.

    Each variant is counted once.
    """
    assert each.subject is not None
    written = tuple(sorted((name, node.text) for name, node in each.subject.knobs.items()))
    key = (each.subject.model, written)
    if key not in counted:
        model = load(each.subject.model)
        graph = infer(model, knobs_of(model, each.subject))
        told = [f"{name} {shown(value)}" for name, value in graph.knobs.items() if value != model.knobs[name].default]
        params = cost.total(graph, "params")
        counted[key] = (
            " ".join([graph.name, *told]),
            graph.title,
            dict(graph.knobs),
            cost.total(graph, "macs"),
            params,
        )
    found: tuple[str, str, dict[str, Any], int, int] = counted[key]
    return found
