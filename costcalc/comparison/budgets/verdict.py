"""Whether models keep to their budgets, and which layers are responsible where they do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from costcalc.comparison.align import Record, align, records
from costcalc.comparison.budgets import baseline
from costcalc.comparison.budgets.baseline import Known
from costcalc.comparison.budgets.read import Budget, Entry
from costcalc.errors import SpecError, UsageError, shown
from costcalc.graph import Graph
from costcalc.inference import infer, located
from costcalc.quantities import Number
from costcalc.spec import load
from costcalc.spec.files import Revision
from costcalc.spec.read import Node

__all__ = ["Responsible", "Verdict", "judge", "known", "written"]

MOST = 3
"""How many layers are named."""


class Responsible(NamedTuple):
    """A layer that a verdict names: what it has of the quantity, or by how much that has changed (``since``)."""

    path: str
    amount: int | None
    since: bool
    place: Node


class Verdict(NamedTuple):
    """What became of a budget: the exact value, the baseline's where there is one, and the layers behind it."""

    entry: Entry
    budget: Budget
    value: Number
    base: Number | None
    holds: bool
    margin: int | float
    layers: tuple[Responsible, ...]


class _Reference(NamedTuple):
    """What a model was before: its layers, and what each had, by the title of a budget."""

    layers: Sequence[Record]
    parts: Callable[[Budget], Sequence[int] | None]


def judge(entries: Sequence[Entry], folder: str, revision: str | None = None) -> Iterator[Verdict]:
    """The verdict on each budget of ``entries``, whose baselines are found from ``folder``.

    The layers responsible are those that changed most since ``revision``, or since the entry's baseline; without
    either, those that have most. Raises UsageError for a baseline that does not know what it is asked, and for a
    revision that is not there.
    """
    if revision is not None:
        Revision(os.path.join(folder, "budgets.yaml"), revision)
    baselines = cache(lambda name: baseline.read(os.path.join(folder, name)))
    for entry in entries:
        graph, places = located(entry.model, entry.knobs)
        found: dict[str, Known] = {}
        for budget in entry.budgets:
            name = budget.limit.baseline
            if name is not None and name not in found:
                try:
                    found[name] = _of(entry, baselines(name), name)
                except UsageError as error:
                    place = ":".join(str(part) for part in (error.file, error.line, error.column) if part is not None)
                    message = ": ".join(part for part in (place, error.path, error.message) if part)
                    raise budget.node.error(message, error.hint) from None
        before = _at(entry, revision) if revision is not None else None
        if before is None and found:
            before = _as_known(next(iter(found.values())))
        for budget in entry.budgets:
            base = _base(budget, found)
            yield _verdict(entry, budget, graph, places, base, before)


def _of(entry: Entry, models: Sequence[Known], name: str) -> Known:
    for each in models:
        if (each.model, each.knobs) == (entry.name, dict(entry.knobs)):
            return each
    hint = "costcalc check --update-baseline creates it"
    raise UsageError(f"{shown(name)} does not contain {entry.title}", hint=hint)


def _base(budget: Budget, found: Mapping[str, Known]) -> Number | None:
    name = budget.limit.baseline
    if name is None:
        return None
    values = found[name].values
    if budget.title not in values:
        hint = "costcalc check --update-baseline creates it"
        raise budget.node.error(f"{shown(name)} does not contain {budget.title} of {found[name].model}", hint)
    return values[budget.title]


def _verdict(
    entry: Entry,
    budget: Budget,
    graph: Graph,
    places: Sequence[Node],
    base: Number | None,
    before: _Reference | None,
) -> Verdict:
    value = _value(entry, budget, graph)
    exact = Fraction(value)
    against = None if base is None else Fraction(base)
    holds = budget.limit.holds(exact, against)
    margin = budget.limit.margin(exact, against)
    layers = () if holds else tuple(_responsible(budget, graph, places, before))[:MOST]
    return Verdict(entry, budget, value, base, holds, int(margin) if margin.denominator == 1 else float(margin), layers)


def _value(entry: Entry, budget: Budget, graph: Graph) -> Number:
    try:
        return budget.quantity.value(graph, budget.setting)
    except UsageError as error:
        raise budget.node.error(f"{entry.title}: {budget.title}: {error.message}", error.hint) from None


def _responsible(
    budget: Budget, graph: Graph, places: Sequence[Node], before: _Reference | None
) -> Iterator[Responsible]:
    """The layers that ``budget`` is broken by, the one with the greatest part first."""
    quantity, nodes = budget.quantity, graph.nodes
    now = quantity.parts(graph, budget.setting)
    if now is None:
        index = quantity.place(graph, budget.setting)
        if index is not None:
            yield Responsible(nodes[index].path, None, False, places[index])
        return
    sign = -1 if budget.limit.relation in (">", ">=") else 1
    then = before.parts(budget) if before is not None else None
    if before is None or then is None:
        for index in sorted(range(len(now)), key=lambda index: -now[index]):
            if sign > 0 and now[index]:
                yield Responsible(nodes[index].path, now[index], False, places[index])
        return
    changed = []
    for pair in align(before.layers, records(graph)):
        amount = (0 if pair.after is None else now[pair.after]) - (0 if pair.before is None else then[pair.before])
        if sign * amount > 0:
            if pair.after is None:
                changed.append(Responsible(before.layers[pair.before or 0].path, amount, True, budget.node))
            else:
                changed.append(Responsible(nodes[pair.after].path, amount, True, places[pair.after]))
    yield from sorted(changed, key=lambda each: -sign * (each.amount or 0))


def _at(entry: Entry, revision: str) -> _Reference | None:
    """The model as it was at ``revision``; None if it was not there, or could not be read as it is now."""
    if entry.path is None:
        return None
    try:
        graph = infer(load(entry.path, revision), entry.knobs)
    except (SpecError, UsageError):
        return None
    return _Reference(records(graph), lambda budget: _parts(budget, graph))


def _parts(budget: Budget, graph: Graph) -> Sequence[int] | None:
    return budget.quantity.parts(graph, budget.setting)


def _as_known(model: Known) -> _Reference:
    return _Reference(model.layers, lambda budget: model.parts.get(budget.title))


def known(entry: Entry) -> Known:
    """What a baseline says of ``entry``: all quantities that its budgets limit."""
    graph = infer(entry.model, entry.knobs)
    values: dict[str, Number] = {}
    parts: dict[str, Sequence[int]] = {}
    for budget in entry.budgets:
        values[budget.title] = _value(entry, budget, graph)
        counts = _parts(budget, graph)
        if counts is not None:
            parts[budget.title] = counts
    return Known(entry.name, dict(entry.knobs), values, records(graph), parts)


def written(entries: Sequence[Entry], folder: str) -> dict[str, str]:
    """The baselines that ``entries`` name, by their paths, and what they have to say now.

    Raises UsageError where no budget names one, and for a file that is there and is none.
    """
    names: dict[str, list[Known]] = {}
    for entry in entries:
        wanted = dict.fromkeys(budget.limit.baseline for budget in entry.budgets if budget.limit.baseline is not None)
        for name in wanted:
            names.setdefault(name, []).append(known(entry))
    if not names:
        raise UsageError("no budget names a baseline", hint="such as params: < +1% vs baseline.json")
    texts = {}
    for name, models in names.items():
        path = os.path.join(folder, name)
        baseline.check_replaceable(path)
        texts[path] = baseline.text(models)
    return texts
