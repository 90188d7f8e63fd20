"""A graph's structure as tables that can be drawn: its steps, or its stages, and what each of them reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, Node
from costcalc.grouping import named
from costcalc.quantities import QUANTITIES, Setting
from costcalc.table import Column, Table

__all__ = ["LIMIT", "stages", "steps"]

LIMIT = 400
"""Pictures with more rows than this are read by nobody."""

COLUMNS = (
    Column("name", "Layers"),
    Column("types", "Types"),
    Column("inputs", "Input rows", "shape"),
    Column("shape", "Output", "shape"),
    *(QUANTITIES[key].as_column(key) for key in ("params", "macs")),
    Column("share", "Share of MACs", "share"),
)


def steps(graph: Graph, most: float = LIMIT) -> Table:
    """A row for each run of layers that stand alone one after the other in one block, such as a convolution with what
    follows it.

    Raises UsageError for more rows than ``most``, before any is made.
    """
    uses: dict[int, int] = {}
    for node in graph.nodes:
        for source in node.inputs:
            uses[source] = uses.get(source, 0) + 1
    for output in graph.outputs:
        uses[output.node] = uses.get(output.node, 0) + 1
    groups: list[int] = []
    for place, node in enumerate(graph.nodes):
        before = node.inputs[0] if len(node.inputs) == 1 else None
        follows = (
            before is not None
            and before == place - 1
            and uses[before] == 1
            and _block(node) is not None
            and _block(node) == _block(graph.nodes[before])
        )
        groups.append(groups[-1] if follows else (groups[-1] + 1 if groups else 0))
    if (count := groups[-1] + 1) > most:
        raise UsageError(f"{shown(graph.name)} has {count:,} steps, more than a picture of {most} can show")
    return _table(graph, groups, "Steps")


def stages(graph: Graph) -> Table | None:
    """A row for each stage; None if a picture cannot show it: more than `LIMIT` stages, or a circle of them."""
    groups = [node.stage if node.inputs else None for node in graph.nodes]
    order = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    if len(order) > LIMIT:
        return None
    for node, group in zip(graph.nodes, groups, strict=True):
        if any(order[groups[source]] > order[group] for source in node.inputs):
            return None
    return _table(graph, groups, "Stages")


def _block(node: Node) -> str | None:
    return node.path.rpartition(".")[0] or None


def _table(graph: Graph, groups: Sequence[Hashable], title: str) -> Table:
    order = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    members: list[list[int]] = [[] for _ in order]
    for place, group in enumerate(groups):
        members[order[group]].append(place)
    params, macs = (QUANTITIES[key].by_node(graph, Setting()) for key in ("params", "macs"))
    whole = sum(macs, 0)
    blocks = [_block(graph.nodes[places[0]]) for places in members]
    uses = Counter(blocks)
    rows: list[dict[str, Any]] = []
    for number, places in enumerate(members):
        nodes = [graph.nodes[place] for place in places]
        sources = {order[groups[source]] for node in nodes for source in node.inputs} - {number}
        here = sum((macs[place] for place in places), 0)
        block = blocks[number]
        alone = len(nodes) > 1 and block is not None and uses[block] == 1
        rows.append(
            {
                "name": nodes[0].stage if title == "Stages" and nodes[0].inputs else block if alone else nodes[0].path,
                "types": ", ".join(dict.fromkeys(node.layer.type for node in nodes)),
                "inputs": tuple(sorted(sources)),
                "shape": nodes[-1].shape,
                "params": sum((params[place] for place in places), 0),
                "macs": here,
                "share": here / whole if whole else None,
            }
        )
    return Table(f"{title} of {named(graph)}", COLUMNS, rows, about={"model": graph.name, "knobs": dict(graph.knobs)})
