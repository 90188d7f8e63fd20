"""The greatest settings that meet budgets, without going through all: by halving, and bounds on what a half costs.

The settings are rows along one knob, one row for each combination of the others. What a part of a row costs lies
between bounds from the closed forms; a part that cannot meet the budgets is left out, any other one is halved. Where
costs grow with the knob, as they nearly always do, that is bisection; where they do not it is still right, and only
takes longer. The work grows with the number of rows and with the logarithm of their length.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError, UsageError
from costcalc.solver.asked import Budget, Values
from costcalc.solver.axes import Axis, axis
from costcalc.solver.counting import Setting, is_number
from costcalc.solver.pieces import Counts, NoGraph, Pieces, TooMuch, Work
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.intervals import Interval
from costcalc.symbolic.steps import short

__all__ = ["MAX_ROWS", "search"]

MAX_ROWS = 10_000
"""How many rows are searched."""

Found = tuple[Setting, Counts]


class _Row(NamedTuple):
    """The settings along ``axis``, the other knobs having ``values``."""

    axis: Axis
    values: Mapping[str, Any]
    pieces: Pieces

    def setting(self, index: int) -> dict[str, Any]:
        return {**self.values, self.axis.name: self.axis.value(index)}

    def at(self, index: int) -> Counts | None:
        """What the setting at ``index`` costs; None where it gives no graph, which for a real knob is an error."""
        setting = self.setting(index)
        try:
            return self.pieces.at(setting)
        except NoGraph as error:
            if not self.axis.real:
                return None
            name = self.axis.name
            raise UsageError(
                f"{name} = {setting[name]} gives no graph: {error}", hint=f"narrow the range of {name}"
            ) from None

    def over(self, first: int, last: int) -> list[Interval] | None:
        """Bounds on what the settings from ``first`` to ``last`` cost, if any are known."""
        ends = {self.axis.name: (self.axis.value(first), self.axis.value(last))}
        return self.pieces.over({name: ends.get(name, (value, value)) for name, value in self.setting(first).items()})


def search(
    model: ModelSpec,
    budgets: Sequence[Budget],
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    kind: str,
) -> list[Found]:
    """For each row its greatest setting that meets ``budgets``; where no row has one, the setting that comes nearest.

    Empty where no setting gives a graph. Raises TooMuch for what cannot be searched so, or not within reason, and
    UsageError for a number that gives no graph.
    """
    real = [name for name, allowed in varied.items() if allowed.continuous]
    free = _in_closed_forms(model, varied, point)
    if not set(real) <= set(free):
        raise TooMuch
    along = axis(*max(((name, varied[name]) for name in free), key=lambda each: (each[1].continuous, each[1].size)))
    rows = list(_rows(model, varied, point, kind, free, along))
    found = []
    for row in rows:
        last = _last(
            row,
            along.size - 1,
            lambda bounds: least_excess(bounds, budgets) == 0,
            lambda counts: counts is not None and not excess(counts, budgets),
        )
        if last is not None:
            found.append(_found(row, last, varied))
    if found:
        order = [name for name, allowed in varied.items() if not allowed.continuous]
        return sorted(found, key=lambda each: [varied[name].listed.index(each[0].values[name]) for name in order])
    nearest = _nearest(rows, budgets, varied)
    return [] if nearest is None else [_found(*nearest, varied)]


def _in_closed_forms(model: ModelSpec, varied: Mapping[str, Values], point: Mapping[str, Any]) -> list[str]:
    """The knobs of ``varied`` of which the costs are closed forms at ``point``. Raises TooMuch where none is."""
    numbers = [name for name in varied if is_number(model.knobs[name])]
    if _has_forms(model, point, numbers):
        return numbers
    kept = [name for name in numbers if _has_forms(model, point, [name])] if len(numbers) > 1 else []
    if len(kept) == len(numbers) or (len(kept) > 1 and not _has_forms(model, point, kept)) or not kept:
        raise TooMuch
    return kept


def _has_forms(model: ModelSpec, point: Mapping[str, Any], names: list[str]) -> bool:
    """Are there closed forms in all of ``names`` together?"""
    try:
        symbolic(model, point, names, folded=False)
    except (CostcalcError, TypeError):
        return False
    return bool(names)


def _rows(
    model: ModelSpec,
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    kind: str,
    free: Sequence[str],
    along: Axis,
) -> Iterator[_Row]:
    others = {name: allowed for name, allowed in varied.items() if name != along.name}
    if math.prod(each.size for each in others.values()) > MAX_ROWS:
        raise TooMuch
    pieces: dict[tuple[Any, ...], Pieces] = {}
    work = Work()
    for values in product(*(each.listed for each in others.values())):
        chosen = dict(zip(others, values, strict=True))
        words = tuple(value for name, value in chosen.items() if name not in free)
        if words not in pieces:
            pieces[words] = Pieces(model, {**point, **chosen}, free, kind, work)
        yield _Row(along, {**point, **chosen}, pieces[words])


def _last(
    row: _Row, end: int, possible: Callable[[Sequence[Interval]], bool], wanted: Callable[[Counts | None], bool]
) -> int | None:
    """The greatest index up to ``end`` whose counts are ``wanted``; ``possible`` says whether bounds leave room."""
    parts = [(0, end)]
    while parts:
        first, last = parts.pop()
        if first == last:
            if wanted(row.at(last)):
                return last
            continue
        bounds = row.over(first, last)
        if bounds is not None and not possible(bounds):
            continue
        if wanted(row.at(last)):
            return last
        if bounds is not None and all(low == high for low, high in bounds):
            continue
        middle = (first + last - 1) // 2
        parts.append((first, middle))
        if middle + 1 < last:
            parts.append((middle + 1, last - 1))
    return None


def _nearest(rows: Sequence[_Row], budgets: Sequence[Budget], varied: Mapping[str, Values]) -> tuple[_Row, int] | None:
    """Where the worst budget is missed by the least share, of several the greatest; None if nothing gives a graph."""
    waiting: list[tuple[Fraction, tuple[Any, ...], int, int, int]] = []

    def add(number: int, first: int, last: int) -> None:
        row = rows[number]
        if first == last:
            counts = row.at(last)
            if counts is None:
                return
            least = excess(counts, budgets)
        else:
            bounds = row.over(first, last)
            least = Fraction(0) if bounds is None else least_excess(bounds, budgets)
        setting = row.setting(last)
        key = tuple(-setting[name] for name in varied if not isinstance(setting[name], str))
        heapq.heappush(waiting, (least, key, number, first, last))

    for number, row in enumerate(rows):
        add(number, 0, row.axis.size - 1)
    while waiting:
        _, _, number, first, last = heapq.heappop(waiting)
        bounds = rows[number].over(first, last)
        if first == last or (bounds is not None and all(low == high for low, high in bounds)):
            return rows[number], last
        middle = (first + last) // 2
        add(number, first, middle)
        add(number, middle + 1, last)
    return None


def _found(row: _Row, index: int, varied: Mapping[str, Values]) -> Found:
    """The setting at ``index`` of ``row``, of a real knob with the interval around it within which the cost stays."""
    counts = row.at(index)
    assert counts is not None
    setting = row.setting(index)
    values = {name: setting[name] for name in varied}
    if not row.axis.real:
        return Setting(values), counts
    before = _last(
        row,
        index,
        lambda bounds: any(not low == high == count for (low, high), count in zip(bounds, counts, strict=True)),
        lambda other: other != counts,
    )
    start = row.axis.value(0 if before is None else before + 1)
    end = math.nextafter(row.axis.value(index), math.inf)
    return Setting({**values, row.axis.name: short(start, end)}, start, end), counts


def excess(counts: Sequence[int], budgets: Sequence[Budget]) -> Fraction:
    """By which share the worst budget is missed; 0 where all are met."""
    return least_excess([(count, count) for count in counts], budgets)


def least_excess(bounds: Sequence[Interval], budgets: Sequence[Budget]) -> Fraction:
    """By which share the worst budget is missed at least while the counts are between ``bounds``."""
    worst = Fraction(0)
    for each in budgets:
        low, high = bounds[("macs", "params").index(each.quantity)]
        if each.most is not None and low > each.most:
            worst = max(worst, Fraction(low - each.most, each.most))
        if each.least and high < each.least:
            worst = max(worst, Fraction(each.least - high, each.least))
    return worst
