"""What meets the budgets, as a table: the front of it, all of it, or the nearest miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import UsageError, shown
from costcalc.inference import infer
from costcalc.solver.asked import NEXT_TO_0, Budget, Values
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
    counts: Sequence[tuple[Setting, tuple[int, ...]]],
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
    counted = [(setting, dict(zip(("macs", "params"), count, strict=True))) for setting, count in counts]
    merged = _merged(counted, varied)
    feasible = [each for each in merged if not _excess(each[1], budgets)]
    front = _front([setting.values for setting, _ in feasible])
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
        macs, params = measured(infer(model, {**point, **setting.values}), kind)
        assert (macs, params) == (count["macs"], count["params"]), "counting one by one and in arrays is the same"
    real = next((name for name, allowed in varied.items() if allowed.continuous), None)
    rows = []
    for (setting, count), mark in zip(shown_rows, marks, strict=True):
        row = {**setting.values, **count, "front": mark}
        if real is not None:
            row |= {"from": None if setting.start == NEXT_TO_0 else setting.start, "below": setting.end}
        rows.append(row)
    columns = []
    for name in varied:
        columns.append(Column(name, name, "value"))
        if name == real:
            columns += Column("from", f"{name} from", "value"), Column("below", f"{name} below", "value")
    columns += Column("macs", "MACs", "macs"), Column("params", f"Parameters ({kind})", "params")
    if everything and feasible:
        columns.append(Column("front", "Front"))
    return Solution(
        Table(
            title=f"{'Settings' if feasible else 'The nearest miss'} of {model.name}: {_told(budgets, kind)}",
            columns=columns,
            rows=rows,
            notes=_notes(varied, point, budgets, rows, feasible, merged, front, real, everything),
            about={
                "model": model.name,
                "knobs": {name: value for name, value in point.items() if name not in varied},
                "kind": kind,
                "budgets": [each._asdict() for each in budgets],
                **({"feasible": len(feasible), "settings": len(merged)} if everything else {}),
            },
        ),
        bool(feasible),
    )


Counted = tuple[Setting, dict[str, int]]


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


def _excess(count: Mapping[str, int], budgets: Sequence[Budget]) -> Fraction:
    """By which share the worst budget is missed; 0 where all are met."""
    worst = Fraction(0)
    for each in budgets:
        number = count[each.quantity]
        if each.most is not None:
            worst = max(worst, Fraction(number - each.most, each.most))
        if each.least:
            worst = max(worst, Fraction(each.least - number, each.least))
    return worst


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


def _told(budgets: Sequence[Budget], kind: str) -> str:
    names = {"macs": "MACs", "params": f"parameters ({kind})"}
    parts = []
    for each in budgets:
        ends = [f"at least {each.least:,}"] if each.least else []
        ends += [f"at most {each.most:,}"] if each.most is not None else []
        parts.append(f"{' and '.join(ends)} {names[each.quantity]}")
    return "; ".join(parts)


def _notes(
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    budgets: Sequence[Budget],
    rows: Sequence[Mapping[str, Any]],
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
        notes.append("No other setting that meets the budgets is as great in every knob as one of these.")
    else:
        row = rows[0]
        notes.append("No setting meets the budgets. By how much the nearest one misses them:")
        for each in budgets:
            number = row[each.quantity]
            if each.most is not None and number > each.most:
                notes.append(f"{each.quantity}: {number:,} is {number - each.most:,} more than {each.most:,}.")
            if number < each.least:
                notes.append(f"{each.quantity}: {number:,} is {each.least - number:,} less than {each.least:,}.")
    for name, allowed in varied.items():
        notes.append(f"{name}: {_range(allowed)}.")
    if real is not None:
        notes.append(f"Within a row {real} makes no difference, to the last float.")
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
