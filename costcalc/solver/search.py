"""The greatest settings that meet budgets, without going through all: by branch and bound.

The settings that knobs in closed forms may have are a box. Bounds on what a part of it costs come from the closed
forms: a part that cannot meet the budgets is left out, and so is one whose greatest setting is no greater than one
that does; any other is cut in two. Where costs grow with the knobs, as they nearly always do, that is bisection; where
they do not it is still right, and only takes longer. The work grows with the front and with the logarithm of ranges.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError, UsageError
from costcalc.solver.asked import Budget, Values
from costcalc.solver.axes import Axis, axis
from costcalc.solver.costs import Cost, Counts
from costcalc.solver.counting import Setting, is_number
from costcalc.solver.pieces import NoGraph, Over, Pieces, TooMuch, Work
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.steps import short

__all__ = ["search"]

Found = tuple[Setting, Counts]


class _Box(NamedTuple):
    """Settings from the indexes ``first`` to the indexes ``last`` on the axes of a space."""

    first: tuple[int, ...]
    last: tuple[int, ...]


class _Space(NamedTuple):
    """The settings along ``axes``, the other knobs having ``values``."""

    axes: Sequence[Axis]
    values: Mapping[str, Any]
    pieces: Pieces

    @property
    def whole(self) -> _Box:
        return _Box((0,) * len(self.axes), tuple(axis.size - 1 for axis in self.axes))

    def setting(self, place: Sequence[int]) -> dict[str, Any]:
        return {
            **self.values,
            **{axis.name: axis.value(index) for axis, index in zip(self.axes, place, strict=True)},
        }

    def at(self, place: Sequence[int]) -> Counts | None:
        """What the setting at ``place`` costs; None where it gives no graph."""
        try:
            return self.pieces.at(self.setting(place))
        except NoGraph:
            return None

    def over(self, box: _Box) -> Over | None:
        """What is known of the costs all over ``box``. Raises NoGraph where it has no graph."""
        low, high = self.setting(box.first), self.setting(box.last)
        return self.pieces.over({name: (low[name], high[name]) for name in low})

    def check(self, box: _Box) -> None:
        """Raises UsageError for a ``box`` of one setting without a graph on a real axis: there are 2**62 more."""
        for each, index in zip(self.axes, box.last, strict=True):
            if each.real:
                try:
                    self.pieces.at(self.setting(box.last))
                except NoGraph as error:
                    name, value = each.name, each.value(index)
                    raise UsageError(
                        f"{name} = {value} gives no graph: {error}", hint=f"narrow the range of {name}"
                    ) from None

    def cut(self, box: _Box) -> tuple[_Box, _Box]:
        """The lower and the upper part of ``box``, which was last looked at, cut along the axis with most parts.

        Where knobs decide about the structure, along theirs.
        """
        parts = [axis.parts(*ends) for axis, *ends in zip(self.axes, *box, strict=True)]
        unsure = self.pieces.unsure
        along = max(
            range(len(parts)), key=lambda index: (parts[index] > 1 and self.axes[index].name in unsure, parts[index])
        )
        if parts[along] == 1:
            along = next(index for index, (first, last) in enumerate(zip(*box, strict=True)) if first < last)
        first, last = box
        middle = self.axes[along].cut(first[along], last[along])
        return (
            _Box(first, (*last[:along], middle - 1, *last[along + 1 :])),
            _Box((*first[:along], middle, *first[along + 1 :]), last),
        )


class _Front:
    """The settings that meet the budgets and of which none is as great in every number as another of the same words."""

    def __init__(self, varied: Mapping[str, Values]) -> None:
        self._varied = list(varied)
        self._found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], _Space, tuple[int, ...]]]] = {}

    def _fixed(self, space: _Space) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The words of ``space``, and its numbers."""
        free = {each.name for each in space.axes}
        values = [space.values[name] for name in self._varied if name not in free]
        words = tuple(value for value in values if isinstance(value, str))
        return words, tuple(value for value in values if not isinstance(value, str))

    def beyond(self, space: _Space, box: _Box) -> _Box | None:
        """``box`` without the settings than which one of these is as great, as far as that is a box; None of none."""
        words, mine = self._fixed(space)
        first, last = list(box.first), box.last
        for numbers, _, place in self._found.get(words, ()):
            if not _as_great(numbers, mine):
                continue
            short_of = [index for index, end in enumerate(last) if place[index] < end]
            if not short_of:
                return None
            if len(short_of) == 1:
                index = short_of[0]
                first[index] = max(first[index], place[index] + 1)
        return _Box(tuple(first), last)

    def add(self, space: _Space, place: tuple[int, ...]) -> None:
        """Take in the setting at ``place`` of ``space``."""
        words, mine = self._fixed(space)
        alike = self._found.setdefault(words, [])
        alike[:] = [each for each in alike if not (_as_great(mine, each[0]) and _as_great(place, each[2]))]
        alike.append((mine, space, place))

    def __iter__(self) -> Iterator[tuple[_Space, tuple[int, ...]]]:
        for alike in self._found.values():
            for _, space, place in alike:
                yield space, place


def _as_great(key: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(a >= b for a, b in zip(key, other, strict=True))


def search(
    model: ModelSpec,
    budgets: Sequence[Budget],
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    wanted: Sequence[Cost],
) -> list[Found]:
    """The front of the settings that meet ``budgets``; where none does, the setting that comes nearest.

    Empty where no setting gives a graph. Raises TooMuch for what cannot be searched so, or not within reason, and
    UsageError for a number that gives no graph.
    """
    real = [name for name, allowed in varied.items() if allowed.continuous]
    free = _in_closed_forms(model, varied, point)
    if not set(real) <= set(free):
        raise TooMuch
    limits = [(index, each) for index, cost in enumerate(wanted) for each in budgets if each.name == cost.name]
    work = Work()
    spaces = []
    front = _Front(varied)
    for space in _spaces(model, varied, point, wanted, free, work):
        spaces.append(space)
        _collect(space, limits, front)
    found = [_found(space, place, varied) for space, place in front]
    if found:
        order = [name for name, allowed in varied.items() if not allowed.continuous]
        return sorted(found, key=lambda each: [varied[name].listed.index(each[0].values[name]) for name in order])
    nearest = _nearest(spaces, limits, varied)
    return [] if nearest is None else [_found(*nearest, varied)]


Limits = Sequence[tuple[int, Budget]]
"""Budgets, each with the index of its cost."""


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


def _spaces(
    model: ModelSpec,
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    wanted: Sequence[Cost],
    free: Sequence[str],
    work: Work,
) -> Iterator[_Space]:
    """One for each combination of the knobs that are not ``free``, the greatest first."""
    axes = [axis(name, varied[name]) for name in free]
    others = {name: allowed for name, allowed in varied.items() if name not in free}
    for values in product(*(each.listed[::-1] for each in others.values())):
        fixed = {**point, **dict(zip(others, values, strict=True))}
        greatest = {**fixed, **{each.name: each.value(each.size - 1) for each in axes}}
        pieces = Pieces(model, (greatest, fixed), free, wanted, work)
        ends = {each.name: (each.value(0), each.value(each.size - 1)) for each in axes}
        cut = [each.cut_at(pieces.jumps(each.name, *ends[each.name])) if each.real else each for each in axes]
        yield _Space(cut, fixed, pieces)


def _collect(space: _Space, limits: Limits, front: _Front) -> None:
    """Add to ``front`` the settings of ``space`` that meet all ``limits`` and that none there exceeds."""
    boxes = [space.whole]
    while boxes:
        left = front.beyond(space, boxes.pop())
        if left is None:
            continue
        box = left
        try:
            over = space.over(box)
        except NoGraph:
            continue
        if over is not None and not all(each.possible(*over.bounds[index]) for index, each in limits):
            continue
        one = box.first == box.last
        done = one or (over is not None and over.same)
        if done or (over is not None and all(each.met(*over.bounds[index]) for index, each in limits)):
            counts = space.at(box.last)
            if counts is not None and all(each.met(counts[index], counts[index]) for index, each in limits):
                front.add(space, box.last)
                continue
            if counts is None and one:
                space.check(box)
        if not done:
            boxes += space.cut(box)


def _nearest(
    spaces: Sequence[_Space], limits: Limits, varied: Mapping[str, Values]
) -> tuple[_Space, tuple[int, ...]] | None:
    """Where the worst budget is missed by the least share, of several the greatest; None if nothing gives a graph."""
    waiting: list[tuple[Fraction | float, tuple[Any, ...], int, _Box, bool]] = []

    def add(number: int, box: _Box) -> None:
        space = spaces[number]
        try:
            over = space.over(box)
        except NoGraph:
            return
        exact = box.first == box.last or (over is not None and over.same)
        bounds = [] if over is None else over.bounds
        if exact:
            counts = space.at(box.last)
            if counts is None:
                return
            bounds = [(count, count) for count in counts]
        least = max((each.missed(*bounds[index]) for index, each in limits), default=Fraction(0)) if bounds else 0
        setting = space.setting(box.last)
        key = tuple(-setting[name] for name in varied if not isinstance(setting[name], str))
        heapq.heappush(waiting, (least, key, number, box, exact))

    for number, space in enumerate(spaces):
        add(number, space.whole)
    while waiting:
        _, _, number, box, exact = heapq.heappop(waiting)
        if exact:
            return spaces[number], box.last
        spaces[number].pieces.unsure = set()
        for part in spaces[number].cut(box):
            add(number, part)
    return None


def _found(space: _Space, place: tuple[int, ...], varied: Mapping[str, Values]) -> Found:
    """The setting at ``place``, of a real knob with the interval around it within which the costs stay."""
    counts = space.at(place)
    assert counts is not None
    setting = space.setting(place)
    values = {name: setting[name] for name in varied}
    along = next((index for index, each in enumerate(space.axes) if each.real), None)
    if along is None:
        return Setting(values), counts
    real = space.axes[along]
    start = real.value(_start(space, place, along, counts))
    end = math.nextafter(setting[real.name], math.inf)
    return Setting({**values, real.name: short(start, end)}, start, end), counts


def _start(space: _Space, place: tuple[int, ...], along: int, counts: Counts) -> int:
    """The least index on the axis ``along`` from which on up to ``place`` everything costs ``counts``."""
    boxes = [_Box((*place[:along], 0, *place[along + 1 :]), place)]
    while boxes:
        box = boxes.pop()
        try:
            over = space.over(box)
        except NoGraph:
            return box.last[along] + 1
        if over is not None and not all(
            low <= count <= high for (low, high), count in zip(over.bounds, counts, strict=True)
        ):
            return box.last[along] + 1
        if box.first == box.last or (over is not None and over.same):
            if space.at(box.last) != counts:
                return box.last[along] + 1
        else:
            boxes += space.cut(box)
    return 0
