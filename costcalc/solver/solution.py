"""What meets the budgets, as a table: the front of it, all of it, or the nearest miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import UsageError, shown
from costcalc.inference import infer
from costcalc.quantities import Number
from costcalc.solver.asked import NEXT_TO_0, Budget, Values, digits
from costcalc.solver.costs import Cost, Counts
from costcalc.solver.counting import Setting, measured
from costcalc.spec.model import ModelSpec
from costcalc.table import Column, Table

__all__ = ["Solution", "solution"]


class Solution(NamedTuple):
    """What came of it: the table, and whether any setting meets all budgets."""

    table: Table
    found: bool


def solution(
    model: ModelSpec,
    budgets: Sequence[Budget],
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    wanted: Sequence[Cost],
    counts: Sequence[tuple[Setting, Counts]],
    looked: int,
    kind: str,
    everything: bool,
) -> Solution:
    """Which of the settings with their ``counts`` meet all ``budgets``: every one with ``everything``, or the front.

    For the front it is enough that ``counts`` has of each row the greatest that meets them, or else the nearest miss.
    Raises UsageError where ``counts`` is empty: none of the ``looked`` settings gives a graph.
    """
    if not counts:
        raise UsageError(f"none of the {shown(looked)} settings gives a graph of {model.name}")
    names = [cost.name for cost in wanted]
    counted = [(setting, dict(zip(names, count, strict=True))) for setting, count in counts]
    merged = _merged(counted, varied)
    real = next((name for name, allowed in varied.items() if allowed.continuous), None)
    feasible = [each for each in merged if all(one.met(each[1][one.name], each[1][one.name]) for one in budgets)]
    front = _front([_greatest(setting, real) for setting, _ in feasible])
    if not feasible:
        least = min(_excess(count, budgets) for _, count in merged)
        nearest = [each for each in merged if _excess(each[1], budgets) == least]
        shown_rows = [max(nearest, key=lambda each: _key(each[0].values))]
        marks = [False]
    elif everything:
        shown_rows, marks = feasible, [index in front for index in range(len(feasible))]
    else:
        shown_rows, marks = [feasible[index] for index in sorted(front)], [True] * len(front)
    for setting, count in shown_rows if not everything else [feasible[index] for index in sorted(front)]:
        again = measured(infer(model, {**point, **setting.values}), wanted)
        assert again == tuple(count.values()), "counts one by one, over arrays and by closed forms agree"
    rows = []
    for (setting, count), mark in zip(shown_rows, marks, strict=True):
        row = {**setting.values, **{name: _cell(number) for name, number in count.items()}, "front": mark}
        if real is not None:
            row |= {"from": None if setting.start == NEXT_TO_0 else setting.start, "below": setting.end}
        rows.append(row)
    columns = []
    for name in varied:
        columns.append(Column(name, name, "value"))
        if name == real:
            columns += Column("from", f"{name} from", "value"), Column("below", f"{name} below", "value")
    columns += (cost.as_column() for cost in wanted)
    if everything and feasible:
        columns.append(Column("front", "Front"))
    return Solution(
        Table(
            title=f"{'Settings' if feasible else 'Nearest miss'} of {model.name}: {_told(budgets, wanted)}",
            columns=columns,
            rows=rows,
            notes=_notes(varied, point, budgets, wanted, shown_rows, feasible, merged, front, real, everything),
            about={
                "model": model.name,
                "knobs": {name: value for name, value in point.items() if name not in varied},
                "kind": kind,
                "budgets": [_budget(each) for each in budgets],
                **({"feasible": len(feasible), "settings": len(merged)} if everything else {}),
            },
        ),
        bool(feasible),
    )


Counted = tuple[Setting, dict[str, Number]]


def _cell(number: Number) -> int | float:
    return number if isinstance(number, int) else float(number)


def _budget(each: Budget) -> dict[str, Any]:
    found: dict[str, Any] = {"quantity": each.name, "least": _cell(each.least)}
    found["most"] = None if each.most is None else _cell(each.most)
    return found | {key: True for key in ("above", "below") if getattr(each, key)}


def _greatest(setting: Setting, real: str | None) -> Mapping[str, Any]:
    """The greatest values of what ``setting`` stands for: of a real knob, where its interval ends."""
    return setting.values if real is None else {**setting.values, real: setting.end}


def _merged(counted: Sequence[Counted], varied: Mapping[str, Values]) -> list[Counted]:
    """Neighbouring steps of the real knob that cost the same as one."""
    found: list[Counted] = []
    for setting, count in counted:
        if found and setting.start is not None:
            before, same = found[-1]
            others = [name for name, allowed in varied.items() if not allowed.continuous]
            alike = all(before.values[name] == setting.values[name] for name in others)
            if same == count and before.end == setting.start and alike:
                rounder = min(before.values, setting.values, key=lambda each: len(repr(list(each.values()))))
                found[-1] = (Setting(rounder, before.start, setting.end), count)
                continue
        found.append((setting, count))
    return found


def _excess(count: Mapping[str, Number], budgets: Sequence[Budget]) -> Number:
    """By which share the worst budget is missed; 0 where all are met."""
    return max(each.missed(count[each.name], count[each.name]) for each in budgets)


def _front(settings: Sequence[Mapping[str, Any]]) -> set[int]:
    """Those than which no other of the same words is as great in every knob and greater in one."""
    order = sorted(range(len(settings)), key=lambda index: _key(settings[index]), reverse=True)
    kept: dict[tuple[Any, ...], list[int]] = {}
    for index in order:
        mine = _key(settings[index])
        alike = kept.setdefault(tuple(value for value in settings[index].values() if isinstance(value, str)), [])
        if not any(all(a >= b for a, b in zip(_key(settings[other]), mine, strict=True)) for other in alike):
            alike.append(index)
    return {index for alike in kept.values() for index in alike}


def _key(setting: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(value for value in setting.values() if not isinstance(value, str))


def _told(budgets: Sequence[Budget], wanted: Sequence[Cost]) -> str:
    words = {cost.name: cost.word for cost in wanted}
    return "; ".join(f"{each.said} {words[each.name]}" for each in budgets)


def _notes(
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    budgets: Sequence[Budget],
    wanted: Sequence[Cost],
    rows: Sequence[Counted],
    feasible: Sequence[Counted],
    looked: Sequence[Counted],
    front: set[int],
    real: str | None,
    everything: bool,
) -> list[str]:
    notes = []
    if feasible and everything:
        notes.append(f"{len(feasible):,} of {len(looked):,} settings meet the budgets; the front has {len(front):,}.")
    elif feasible:
        notes.append("Pareto front: no feasible setting is at least as large in every knob and larger in one.")
    else:
        count = rows[0][1]
        notes.append("No setting meets the budgets. The nearest one misses by:")
        for each in budgets:
            number = count[each.name]
            if each.met(number, number):
                continue
            bound = each.most if each.most is not None and number >= each.most else each.least
            difference = abs(Fraction(number) - bound)
            gap = difference.numerator if difference.denominator == 1 else difference
            side = "more" if number > bound else "less"
            said = f"{digits(gap)} {side} than" if gap else "not below" if each.below else "not above"
            notes.append(f"{each.name}: {digits(number)} is {said} {digits(bound)}.")
    single = [cost.name for cost in wanted if not cost.quantity.symbolic]
    if single:
        notes.append(f"Counted at every candidate setting: {', '.join(single)}, without a closed form.")
    notes += sorted(
        {each.quantity.note for each in wanted if each.name not in ("macs", "params") and each.quantity.note}
    )
    for name, allowed in varied.items():
        notes.append(f"{name}: {_range(allowed)}.")
    if real is not None:
        notes.append(f"Within each interval of {real} the costs are exactly equal.")
    fixed = [f"{name} {shown(value)}" for name, value in point.items() if name not in varied]
    if fixed:
        notes.append(f"Fixed: {', '.join(fixed)}.")
    return notes


def _range(allowed: Values) -> str:
    if allowed.continuous:
        low = "above 0" if allowed.low == NEXT_TO_0 else f"from {allowed.low}"
        return f"every number {low} to {allowed.high}"
    if allowed.size <= 8:
        return ", ".join(shown(each) for each in allowed.listed)
    return f"{allowed.size:,} values from {shown(allowed.listed[0])} to {shown(allowed.listed[-1])}"
