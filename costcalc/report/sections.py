"""The sections of a report, each a function of what it is about. A section without its data says what gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TypeAlias

from costcalc.comparison.tables import compare
from costcalc.comparison.tables import measured as times_measured
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.memory.inference import Inference, timeline
from costcalc.outputs.page.document import MOST, Card, Folded, Formula, Notes, Part, Picture, Section, Text
from costcalc.outputs.units import cell
from costcalc.quantities import QUANTITIES, Quantity, Setting, notes
from costcalc.report import roofline as measurements
from costcalc.report import structure, tables
from costcalc.report.accuracy import accuracies
from costcalc.report.plots import NO_ROOFLINE
from costcalc.report.roofline import Measurements
from costcalc.report.subject import Subject
from costcalc.table import Column, Table

__all__ = ["accuracy", "comparison", "forms", "layers", "memory", "roofline", "stages", "summary"]

FIRST = ("params", "macs", "bytes", "peak_memory", "intensity", "depth")
"""The quantities on a model's card."""

FORMS = {"macs": "MACs", "params": "Parameters (trainable)"}
"""The quantities whose closed forms are shown, with their titles."""

TOP = 20
"""How many of the most expensive layers a deep model's report begins with."""

_Value: TypeAlias = tuple[int | float | None, str | None]


def summary(subjects: Sequence[Subject]) -> Section:
    """A card for each model; of a single one all quantities, which a comparison has of several."""
    parts: list[Part] = []
    for each in subjects:
        keys = QUANTITIES if len(subjects) == 1 else FIRST
        values = {key: _value(QUANTITIES[key], each.graph) for key in keys}
        parts.append(_card(each.graph, values))
        if len(subjects) == 1:
            parts.append(_quantities(each.graph, values))
    return Section("summary", "Summary", parts)


def comparison(subjects: Sequence[Subject], measured: Measurements | None) -> Section | None:
    """All quantities beside those of the first model, and the layers that moved; None of a single model.

    With what was ``measured``, times too: predicted by the ceilings, and those of the results.
    """
    if len(subjects) < 2:
        return None
    graphs = [each.graph for each in subjects]
    setting = Setting()
    further = []
    if measured is not None:
        setting = setting._replace(ceilings=measured.ceilings)
        with suppress(UsageError):
            further.append(times_measured(graphs, measured.results, setting))
    whole, moved = compare(graphs, setting, further=further)
    return Section("comparison", "Comparison", [whole, *(Folded(table.title, table) for table in moved)])


def stages(subjects: Sequence[Subject]) -> Section:
    """Where the work, the parameters and the traffic are, beside the graph as a picture, and its steps."""
    pictures: list[Part] = []
    more: list[Part] = []
    for each in subjects:
        name = shown(each.graph.name)
        table = tables.shares(each.graph)
        pictures.append(Picture("shares", table, f"{name}: contents of each stage"))
        more.append(Folded(f"{name}: contents of each stage, in numbers", table))
        whole = structure.stages(each.graph)
        if whole is not None:
            pictures.append(Picture("graph", whole, f"{name}: the graph, stage by stage"))
        try:
            fine = structure.steps(each.graph)
        except UsageError as error:
            more.append(Text(f"{error.message}: costcalc show {name}"))
            continue
        if whole is None:
            pictures.append(Picture("graph", fine, f"{name}: the graph, step by step"))
        elif len(fine.rows) > len(whole.rows):
            more.append(Picture("graph", fine, f"{name}: the graph, step by step", folded=True))
    more.append(
        Notes(
            [
                "Shares are of the MACs, of the trainable parameters and of the bytes moved (float32).",
                "In the graph, a line is a tensor, from its producer to its last reader; merges are coloured.",
            ]
        )
    )
    return Section("stages", "Stages and graph", [*pictures, *more])


def memory(subjects: Sequence[Subject]) -> Section:
    """Live bytes step by step, for one image."""
    parts: list[Part] = []
    more: list[Part] = []
    notes: dict[str, None] = {}
    for each in subjects:
        table = timeline(each.graph, Inference())
        name = shown(each.graph.name)
        parts.append(Picture("memory", table, f"{name}: live bytes, step by step"))
        more.append(Folded(f"{name}: live bytes, step by step, in numbers", table))
        notes |= dict.fromkeys([f"{name}: {table.notes[0]}", *table.notes[1:]])
    return Section("memory", "Memory", [*parts, Notes(list(notes)), *more])


def accuracy(subjects: Sequence[Subject]) -> Section:
    """What was published of the models' accuracy, over what costcalc says that they cost."""
    parts: list[Part] = []
    for table in accuracies([each.graph for each in subjects]):
        parts.append(Picture("accuracy-macs", table, f"{table.title} over MACs"))
        parts.append(Picture("accuracy-params", table, f"{table.title} over parameters"))
        parts += [Notes(table.notes), Folded(f"{table.title}, in numbers", table)]
    if not parts:
        names = " or ".join(shown(each.graph.name) for each in subjects)
        parts.append(Text(f"No document of specs/papers publishes an accuracy of {names} at these knobs."))
    return Section("accuracy", "Accuracy", parts)


def roofline(subjects: Sequence[Subject], measured: Measurements | None) -> Section:
    """What was measured of the models, below the ceilings of the machine, and all that is known of the times."""
    graphs = [each.graph for each in subjects]
    table = None if measured is None else measurements.roofline(measured, graphs)
    every = None if measured is None else measurements.times(measured, graphs)
    parts: list[Part] = []
    if table is not None:
        parts += [Picture("roofline", table, "Measurements below the machine's roofs"), Notes(table.notes)]
        parts.append(Folded("The points of the roofline, in numbers", table))
    if every is not None:
        parts.append(Folded("All measurements", every))
    if measured is None:
        parts.append(Text(f"{NO_ROOFLINE[0].upper()}{NO_ROOFLINE[1:]}."))
    elif not parts:
        names = " or ".join(shown(graph.name) for graph in graphs)
        parts.append(Text(f"{measured.results.file} has no measurement of {names} at these knobs."))
    return Section("roofline", "Roofline", parts)


def forms(subjects: Sequence[Subject]) -> Section:
    """What the models cost as expressions in their knobs."""
    from costcalc.symbolic.derive import derived
    from costcalc.symbolic.graph import symbolic

    parts: list[Part] = []
    for each in subjects:
        name = shown(each.graph.name)
        try:
            graph = symbolic(each.model, each.knobs, counted=each.graph)
            tables = {title: derived(graph, key) for key, title in FORMS.items()}
        except UsageError as error:
            parts.append(Text(f"The costs of {name} have no closed form: {error.message}."))
            continue
        for title, table in tables.items():
            (row,) = table.rows
            latex = table.about["forms"][row["name"]]["latex"]
            parts.append(Formula(f"{title} of {name}", latex, row["form"], table.notes))
    return Section("forms", "Closed forms", parts)


def layers(subjects: Sequence[Subject]) -> Section:
    """Every layer, in a table that sorts and filters; of a deep model the most expensive ones first."""
    parts: list[Part] = []
    for each in subjects:
        table = tables.layers(each.graph)
        if len(table.rows) > MOST:
            parts.append(tables.layers(each.graph, TOP)._replace(notes=()))
        parts.append(table if len(subjects) == 1 else Folded(table.title, table))
    return Section("layers", "Layers", parts)


def _card(graph: Graph, values: Mapping[str, _Value]) -> Card:
    knobs = ", ".join(f"{name} {shown(value)}" for name, value in graph.knobs.items())
    figures = []
    for key in FIRST:
        quantity = QUANTITIES[key]
        value, _ = values[key]
        number = "none" if value is None else cell(value, "bytes" if quantity.unit == "bytes" else "count", human=True)
        named = number.endswith("B") or quantity.unit.lower() in quantity.title.lower()
        figures.append((quantity.heading(Setting()), number, "" if named else quantity.unit))
    title = graph.name if graph.title == graph.name else f"{graph.title} ({graph.name})"
    return Card(title, knobs, figures)


def _quantities(graph: Graph, values: Mapping[str, _Value]) -> Table:
    rows = []
    said = notes(list(QUANTITIES.values()), Setting())
    for key, each in QUANTITIES.items():
        value, reason = values[key]
        rows.append({"quantity": each.heading(Setting()), "value": value, "unit": each.unit})
        if reason is not None:
            said.append(f"{each.title}: {reason}.")
    columns = (Column("quantity", "Quantity"), Column("value", "Value", "count"), Column("unit", "Unit"))
    return Table(f"Quantities of {graph.name}", columns, rows, notes=said)


def _value(quantity: Quantity, graph: Graph) -> _Value:
    """How much of it ``graph`` has, as a cell holds it, or why that cannot be said."""
    try:
        value = quantity.value(graph, Setting())
    except UsageError as error:
        return None, str(error)
    return (float(value) if isinstance(value, Fraction) else value), None
