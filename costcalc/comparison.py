"""Models compared: the tables of `costcalc.analyses.compare` over all `costcalc.quantities`."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analyses.compare.layers import Part, layers
from costcalc.analyses.compare.summary import Figure, summary
from costcalc.graph import Graph
from costcalc.quantities import QUANTITIES, Setting
from costcalc.table import Table

__all__ = ["PARTS", "compare"]

PARTS = ("params", "macs", "bytes")
"""The quantities whose difference is shown for each layer. A layer with the same work has the same of them."""


def compare(
    graphs: Sequence[Graph], setting: Setting | None = None, *, top: int | None = None
) -> tuple[Table, list[Table]]:
    """The quantities of ``graphs`` beside those of the first, and for each other the layers that make the difference.

    ``top`` keeps of the layers those whose multiply-accumulates differ most. Raises UsageError for fewer than two
    graphs, two of one name, and a ``top`` below 1.
    """
    setting = setting or Setting()
    figures = []
    for each in QUANTITIES.values():
        values = [each.value(graph, setting) for graph in graphs]
        figures.append(Figure(each.key, each.heading(setting), each.unit, values))
    notes = [each.note for each in QUANTITIES.values() if each.note]
    base = _parts(graphs[0], setting)
    tables = []
    for graph in graphs[1:]:
        now = _parts(graph, setting)
        both = [Part(key, QUANTITIES[key].heading(setting), base[key], now[key]) for key in PARTS]
        tables.append(layers(graphs[0], graph, both, "macs", top=top))
    return summary(graphs, figures, notes), tables


def _parts(graph: Graph, setting: Setting) -> dict[str, Sequence[int]]:
    """What each node of ``graph`` has of each of `PARTS`."""
    counted = {key: QUANTITIES[key].layers for key in PARTS}
    return {key: layers(graph, setting) for key, layers in counted.items() if layers is not None}
