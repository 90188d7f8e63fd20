"""Which layers make the difference between two models: what was added, removed or changed, and what that costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.comparison.align import Pair, align, records
from costcalc.dims import Shape
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, Node
from costcalc.table import Column, Table

__all__ = ["Change", "Part", "changes", "layers"]

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


class Part(NamedTuple):
    """What each layer of two graphs has of a quantity; a layer that does the same to the same sizes has the same."""

    key: str
    title: str
    before: Sequence[int]
    after: Sequence[int]


class Change(NamedTuple):
    """A layer that was added, removed or changed: ``what`` says how. ``before`` and ``after`` are nodes' indices."""

    kind: str
    before: int | None
    after: int | None
    what: str


def changes(before: Graph, after: Graph) -> tuple[list[Change], list[Pair]]:
    """What became of the layers of ``before`` in ``after``; and the pairs of layers that stayed as they were.

    A layer is changed if its arguments, the shapes of its inputs or output, or the layers that it takes its inputs
    from are others; a layer that only got another name or another place is not.
    """
    pairs = align(records(before), records(after))
    same = {pair.before: pair.after for pair in pairs if pair.before is not None and pair.after is not None}
    stayed = set(same.values())
    found: list[Change] = []
    kept: list[Pair] = []
    for pair in pairs:
        if pair.before is None and pair.after is not None:
            found.append(Change(ADDED, None, pair.after, after.nodes[pair.after].layer.brief()))
        elif pair.after is None and pair.before is not None:
            found.append(Change(REMOVED, pair.before, None, before.nodes[pair.before].layer.brief()))
        elif pair.before is not None and pair.after is not None:
            what = "; ".join(_differences(before, after, pair.before, pair.after, same, stayed))
            if what:
                found.append(Change(CHANGED, pair.before, pair.after, what))
            else:
                kept.append(pair)
    return found, kept


def layers(before: Graph, after: Graph, parts: Sequence[Part], rank: str, *, top: int | None = None) -> Table:
    """A row for each layer of ``after`` that was added or changed since ``before``, or removed; and what that costs.

    The differences of each of ``parts`` add up to that of the models. ``top`` keeps the rows with the greatest
    difference of the part ``rank`` and adds up the others. Raises UsageError for a ``top`` below 1.
    """
    if top is not None and top < 1:
        raise UsageError(f"top = {top}: must be at least 1")
    found, kept = changes(before, after)
    rows = [_row(change, before, after, parts) for change in found]
    kinds = {kind: sum(change.kind == kind for change in found) for kind in (ADDED, REMOVED, CHANGED)}
    renamed = sum(
        before.nodes[pair.before].path != after.nodes[pair.after].path
        for pair in kept
        if pair.before is not None and pair.after is not None
    )
    total: dict[str, Any] = {"change": "total"}
    for part in parts:
        total[part.key] = sum(part.after) - sum(part.before)
    if top is not None and len(rows) > top:
        rows.sort(key=lambda row: -abs(row[rank]))
        rest = rows[top:]
        others: dict[str, Any] = {"change": f"{len(rest)} other{'s' if len(rest) > 1 else ''}"}
        rows[top:] = [others | {part.key: sum(row[part.key] for row in rest) for part in parts}]
    return Table(
        title=f"Layers: from {before.name} to {after.name}",
        columns=(
            Column("change", "Change"),
            Column("layer", "Layer"),
            *([Column("was", "Was")] if any("was" in row for row in rows) else []),
            Column("what", "What"),
            *(Column(part.key, part.title, "difference") for part in parts),
        ),
        rows=rows,
        total=total,
        notes=[
            f"{', '.join(f'{count} {kind}' for kind, count in kinds.items())}; {len(kept)} unchanged, {renamed} of "
            "them renamed.",
        ],
        about={"before": before.name, "after": after.name, **kinds, "same": len(kept), "renamed": renamed},
    )


def _row(change: Change, before: Graph, after: Graph, parts: Sequence[Part]) -> dict[str, Any]:
    was = None if change.before is None else before.nodes[change.before].path
    now = None if change.after is None else after.nodes[change.after].path
    row: dict[str, Any] = {"change": change.kind, "layer": now or was, "what": change.what}
    if was is not None and now is not None and was != now:
        row["was"] = was
    for part in parts:
        here = 0 if change.before is None else part.before[change.before]
        there = 0 if change.after is None else part.after[change.after]
        row[part.key] = there - here
    return row


def _differences(
    before: Graph, after: Graph, first: int, second: int, same: Mapping[int, int], stayed: Collection[int]
) -> Iterator[str]:
    """What is other in the layer ``second`` of ``after`` than in ``first`` of ``before``."""
    old, new = before.nodes[first], after.nodes[second]
    was, now = _arguments(old), _arguments(new)
    for name in dict.fromkeys((*was, *now)):
        here, there = was.get(name), now.get(name)
        if here != there:
            yield f"{name} {_value(here)} -> {_value(there)}"
    if len(old.input_shapes) != len(new.input_shapes):
        yield f"{len(old.input_shapes)} inputs -> {len(new.input_shapes)} inputs"
    elif old.input_shapes != new.input_shapes:
        yield f"input {_shapes(old.input_shapes)} -> {_shapes(new.input_shapes)}"
    if old.shape != new.shape:
        yield f"output {_shapes((old.shape,))} -> {_shapes((new.shape,))}"
    yield from _rewired(after, old, new, same, stayed)


def _arguments(node: Node) -> Mapping[str, Any]:
    """The arguments of a layer; an activation's function is one, however the spec writes it."""
    values = {name: getattr(node.layer, name) for name in node.layer.fields}
    function = getattr(node.layer, "fn", None)
    return values if function is None else {**values, "fn": function}


def _value(value: Any) -> str:
    return shown(value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value)


def _shapes(shapes: Sequence[Shape]) -> str:
    return ", ".join(" x ".join(str(size) for size in shape) for shape in shapes)


def _rewired(after: Graph, old: Node, new: Node, same: Mapping[int, int], stayed: Collection[int]) -> Iterator[str]:
    """The inputs that come from another layer, where both layers are in both models.

    What took the place of a removed layer, or came in between as an added one, is a row of its own.
    """
    for here, there in zip(old.inputs, new.inputs, strict=False):
        if here in same and there in stayed and same[here] != there:
            yield f"takes {after.nodes[there].path} instead of {after.nodes[same[here]].path}"
