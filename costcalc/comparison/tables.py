"""Models compared: the tables of `costcalc.compare` over all `costcalc.quantities`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costcalc.comparison.layers import Part, layers
from costcalc.comparison.summary import Compared, summary
from costcalc.errors import UsageError
from costcalc.gradients import frozen_nodes
from costcalc.graph import Graph, listed
from costcalc.quantities import QUANTITIES, TIMES, Number, Setting, notes
from costcalc.table import Column, Remark, Table
from costcalc.words import DTYPES, OPTIMIZERS, one_of

if TYPE_CHECKING:
    from costcalc.device.files import Results

__all__ = ["ACCURACIES", "PARTS", "compare", "measured", "published"]

PARTS = ("params", "macs", "bytes")
"""The quantities whose difference is shown for each layer. A layer with the same work has the same of them."""


ACCURACIES = ("top1", "error", "mAP", "mIOU")
"""What is published of models beside what they cost."""


def compare(
    graphs: Graph | Sequence[Graph],
    setting: Setting | None = None,
    *,
    top: int | None = None,
    further: Sequence[Compared] = (),
) -> tuple[Table, list[Table]]:
    """The quantities of ``graphs`` beside those of the first, and for each other the layers that make the difference.

    ``further`` figures follow. ``top`` keeps of the layers those whose multiply-accumulates differ most. Raises
    UsageError for fewer than two graphs, two of one name, a ``top`` or a batch below 1, an unknown type or optimizer,
    and a pattern that freezes nothing.
    """
    graphs = listed(graphs)
    setting = setting or Setting()
    if setting.batch < 1:
        raise UsageError(f"batch = {setting.batch}: must be at least 1")
    setting = setting._replace(
        dtype=one_of("dtype =", setting.dtype, DTYPES), optimizer=one_of("optimizer =", setting.optimizer, OPTIMIZERS)
    )
    for graph in graphs:
        frozen_nodes(graph, setting.freeze)
    wanted = [*QUANTITIES.values(), *(TIMES.values() if setting.ceilings is not None else ())]
    known = [each for each in wanted if not each.dtypes or setting.dtype in each.dtypes]
    said = notes(known, setting)
    for each in wanted:
        if each not in known:
            said.append(f"{each.title}: defined for {', '.join(each.dtypes)} only.")
    parts: list[dict[str, Sequence[int]]] = []
    for graph in graphs:
        columns = {each.key: each.parts(graph, setting) for each in known}
        parts.append({key: column for key, column in columns.items() if column is not None})
    figures = []
    for each in known:
        values: list[Number | None] = []
        for graph, layers_of in zip(graphs, parts, strict=True):
            if each.key in layers_of:
                values.append(sum(layers_of[each.key]))
                continue
            try:
                values.append(each.value(graph, setting))
            except UsageError as error:
                values.append(None)
                said.append(Remark(f"{each.title} of {graph.name}: {error}."))
        figures.append(Compared(each.key, each.heading(setting), each.unit, values))
    tables = []
    for graph, now in zip(graphs[1:], parts[1:], strict=True):
        both = [Part(key, QUANTITIES[key].heading(setting), parts[0][key], now[key]) for key in PARTS]
        tables.append(layers(graphs[0], graph, both, "macs", top=top))
    return summary(graphs, [*figures, *further], said), tables


def measured(graphs: Sequence[Graph], results: Results, setting: Setting) -> Compared:
    """The median time of a forward pass of each graph in ``results``: eager, contiguous, at the type and batch given.

    A model is known by its layers and their shapes, not by its name. Raises UsageError where none is among the results.
    """
    from costcalc.device.plan import digest
    from costcalc.device.rows import measured as rows_of

    how = (setting.batch, setting.dtype, "eager", "contiguous", "forward")
    medians = {
        cell.graph: row.summary.median
        for row in rows_of(results)
        if row.summary is not None and ((cell := row.cell).batch, cell.dtype, cell.mode, cell.layout, cell.work) == how
    }
    values: list[Number | None] = [medians.get(digest(graph)) for graph in graphs]
    if not any(values):
        message = f"no forward pass of these models was measured in {setting.dtype} with batch {setting.batch}"
        raise UsageError(message, file=results.file)
    title = f"Latency at inference, measured (median, {setting.dtype}, batch {setting.batch})"
    return Compared("measured", title, "s", values)


def published(graphs: Sequence[Graph]) -> Table | None:
    """What documents publish of the accuracy of ``graphs``, which are shipped models; None if they publish nothing."""
    from costcalc.audit import published as publications
    from costcalc.audit.document import MEASURES

    rows = [
        {
            "model": graph.name,
            "measure": f"{MEASURES[each.measure]}, {each.data}" if each.data else MEASURES[each.measure],
            "value": each.value,
            "unit": each.unit,
            "document": each.document,
            "place": each.place,
        }
        for graph in graphs
        for each in publications(graph.name, graph.knobs, measure="", data="")
        if each.measure in ACCURACIES and each.subject is not None and not (each.subject.part or each.subject.without)
    ]
    if not rows:
        return None
    return Table(
        title="Published accuracies",
        columns=(
            Column("model", "Model"),
            Column("measure", "Measure"),
            Column("value", "Published", "count"),
            Column("unit", "Unit"),
            Column("document", "Document"),
            Column("place", "Place"),
        ),
        rows=rows,
        notes=["Published: as printed in the documents; not determined by the architecture, and not checked."],
    )
