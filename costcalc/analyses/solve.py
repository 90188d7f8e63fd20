"""Which values of the knobs meet budgets: every setting that does, the greatest among them, or the nearest miss."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.dims import Dim, Mixed
from costcalc.errors import CostcalcError, UsageError, nearest, shown
from costcalc.inference import infer
from costcalc.spec.model import Knob, ModelSpec
from costcalc.table import Column, Table

__all__ = ["Budget", "Solution", "Values", "budget", "by_default", "solve", "values"]

MAX_SETTINGS = 200_000
"""How many settings are gone through."""

_CHUNK = 4096

_NEXT_TO_0 = math.nextafter(0.0, math.inf)
"""The least number above 0, at which an interval that does not hold 0 begins."""

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kMG]?)")

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


class Budget(NamedTuple):
    """At least ``least`` and at most ``most`` of ``quantity``, ``macs`` or ``params``."""

    quantity: str
    least: int
    most: int | None


class Values(NamedTuple):
    """What a knob may be: ``listed`` values, or every real number from ``low`` to ``high``."""

    listed: tuple[Any, ...]
    low: float = 0.0
    high: float = 0.0

    @property
    def continuous(self) -> bool:
        """Is it every number of an interval?"""
        return not self.listed


class Solution(NamedTuple):
    """What came of it: the table, and whether any setting meets all budgets."""

    table: Table
    found: bool


def budget(quantity: str, texts: Sequence[str]) -> Budget:
    """The budget that all of ``texts`` say: ``300M`` (at most), ``250M..300M``, ``250M..``.

    Raises UsageError for what is no amount, and for texts that contradict each other.
    """
    least, most = 0, None
    for text in texts:
        low, dots, high = text.partition("..")
        ends = (low, high) if dots else ("", low)
        if not any(ends):
            raise UsageError(f"--{quantity} {shown(text)}: must be an amount such as 300M, or from one to another")
        if ends[0]:
            least = max(least, _amount(quantity, ends[0]))
        if ends[1]:
            amount = _amount(quantity, ends[1])
            most = amount if most is None else min(most, amount)
    if most is not None and least > most:
        raise UsageError(f"--{quantity}: at least {least:,} and at most {most:,} contradict each other")
    return Budget(quantity, least, most)


def _amount(quantity: str, text: str) -> int:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        hint = "k, M and G are thousand, million and billion: 300M, 3.5M"
        raise UsageError(f"--{quantity} {shown(text)}: must be a number, with k, M or G after it or not", hint=hint)
    amount = Fraction(match[1]) * _UNITS[match[2]]
    if amount.denominator != 1 or amount < 1:
        raise UsageError(f"--{quantity} {shown(text)}: must be a whole number of at least 1")
    return int(amount)


def values(knob: Knob, text: str) -> Values:
    """What ``text`` lets ``knob`` be: ``0.75``, ``96,128,224``, ``96..224/32``, or for a real one ``0.25..1.4``.

    Raises UsageError for what is none of these, and for values that the knob may not have.
    """
    if ".." not in text:
        return Values(tuple(dict.fromkeys(knob.parse(part) for part in text.split(","))))
    ends, slash, by = text.partition("/")
    low, high = (_number(knob, part, text) for part in ends.split("..", 1))
    if low > high:
        raise UsageError(f"{knob.name} = {shown(text)}: {low} is more than {high}")
    real = isinstance(knob.default, float)
    if real and not slash:
        return Values((), float(knob.check(low)), float(knob.check(high)))
    step = _number(knob, by, text) if slash else 1
    if step <= 0:
        raise UsageError(f"{knob.name} = {shown(text)}: the step must be above 0")
    start, stop, stride = (Fraction(str(number)) for number in (low, high, step))
    count = (stop - start) // stride + 1
    if count > MAX_SETTINGS:
        raise UsageError(f"{knob.name} = {shown(text)}: {count:,} values; at most {MAX_SETTINGS:,} are gone through")
    exact = [start + index * stride for index in range(count)]
    return Values(tuple(knob.check(float(each) if real or each.denominator > 1 else int(each)) for each in exact))


def _number(knob: Knob, text: str, whole: str) -> Any:
    value = Knob(knob.name, 0.0).parse(text) if text.strip() else None
    if value is None:
        raise UsageError(f"{knob.name} = {shown(whole)}: must be such as 96..224/32 or 96,128")
    return value


def by_default(knob: Knob) -> Values:
    """What a knob may be if nobody says: up to twice its default if it is real, four times if it is whole."""
    if knob.choices is not None:
        return Values(tuple(knob.choices))
    if isinstance(knob.default, bool):
        return Values((True, False))
    low = knob.min if knob.min is not None else 0
    if isinstance(knob.default, float):
        start = math.nextafter(knob.above, math.inf) if knob.above is not None else float(low)
        return Values((), start, 2 * knob.default if knob.max is None else knob.max)
    last = 4 * knob.default if knob.max is None else int(knob.max)
    return Values(tuple(range(max(1, math.ceil(low)), last + 1)))


def solve(
    model: ModelSpec,
    budgets: Sequence[Budget],
    varied: Mapping[str, Values],
    fixed: Mapping[str, Any] | None = None,
    *,
    kind: str = "trainable",
    everything: bool = False,
) -> Solution:
    """The settings of ``model`` that meet all ``budgets``, the knobs ``varied`` being what they may, others ``fixed``.

    The table has the front: the settings than which no other that meets the budgets is as great in every knob and
    greater in one; or with ``everything`` all of them. Where there is none it has the nearest miss. A real knob of
    which no values are listed is gone through step by step, each step being all values that give the same widths.
    Raises UsageError for nothing to vary, no budget, and too much to go through.
    """
    if not budgets:
        raise UsageError("no budget: --macs or --params says what there is to spend")
    if not varied:
        known = ", ".join(name for name, knob in model.knobs.items() if not isinstance(knob.default, str))
        raise UsageError(f"nothing to vary: --wrt names knobs of {model.name}", hint=f"its knobs: {known}")
    for name in varied:
        if name not in model.knobs:
            raise UsageError(f"{model.name} has no knob {shown(name)}", hint=nearest(name, model.knobs))
    point = model.knob_values(fixed or {})
    settings = _settings(model, varied, point)
    counts = _counts(model, point, settings, kind)
    return _solution(model, budgets, varied, point, settings, counts, kind, everything)


class _Setting(NamedTuple):
    """Values of the varied knobs, and from where to where the real one may go without a difference."""

    values: dict[str, Any]
    start: float | None = None
    end: float | None = None


def _settings(model: ModelSpec, varied: Mapping[str, Values], point: Mapping[str, Any]) -> list[_Setting]:
    real = [name for name, allowed in varied.items() if allowed.continuous]
    if len(real) > 1:
        raise UsageError(
            f"{' and '.join(real)} may be any number: all but one need steps", hint=f"--{real[1]} 0.5..1/0.05"
        )
    listed = {name: allowed.listed for name, allowed in varied.items() if not allowed.continuous}
    total = math.prod(len(each) for each in listed.values())
    if total > (MAX_SETTINGS if not real else _MAX_REAL):
        most = MAX_SETTINGS if not real else _MAX_REAL
        more = f" beside {real[0]}, which may be any number" if real else ""
        raise UsageError(
            f"{total:,} settings{more}; at most {most:,} are gone through", hint="longer steps, less knobs"
        )
    found = []
    for combination in product(*listed.values()):
        chosen = dict(zip(listed, combination, strict=True))
        if not real:
            found.append(_Setting(chosen))
            continue
        from costcalc.forms.steps import plateaus

        low, high = varied[real[0]].low, varied[real[0]].high
        for start, end, inside in plateaus(model, {**point, **chosen}, real[0], low, high):
            found.append(_Setting({**chosen, real[0]: inside}, start, end))
    return [setting._replace(values={name: setting.values[name] for name in varied}) for setting in found]


_MAX_REAL = 200
"""How many combinations of other knobs are gone through where one may be any number."""


# counting


def _counts(
    model: ModelSpec, point: Mapping[str, Any], settings: Sequence[_Setting], kind: str
) -> list[tuple[int, int] | None]:
    """MACs and parameters of each setting; None for one that gives no graph."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, setting in enumerate(settings):
        words = tuple(value for name, value in setting.values.items() if not _is_number(model.knobs[name]))
        alike.setdefault(words, []).append(index)
    found: dict[int, tuple[int, int] | None] = {}
    for indices in alike.values():
        for start in range(0, len(indices), _CHUNK):
            part = indices[start : start + _CHUNK]
            rows = [settings[index].values for index in part]
            found.update(zip(part, _chunk(model, point, rows, kind), strict=True))
    return [found[index] for index in range(len(settings))]


def _is_number(knob: Knob) -> bool:
    return knob.choices is None and not isinstance(knob.default, (bool, str))


def _chunk(
    model: ModelSpec, point: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], kind: str
) -> list[tuple[int, int] | None]:
    """By one inference over arrays; where they differ in structure, or one fails, by halves."""
    if len(rows) == 1:
        try:
            return [_measured(infer(model, {**point, **rows[0]}), kind)]
        except CostcalcError:
            return [None]
    columns = {name: _column([row[name] for row in rows]) for name in rows[0]}
    try:
        macs, params = _measured(infer(model, {**point, **columns}), kind)
    except Mixed as mixed:
        mask = [bool(each) for each in mixed.mask]
        parts = [
            _chunk(model, point, [row for row, m in zip(rows, mask, strict=True) if m is side], kind)
            for side in (True, False)
        ]
        each = iter(parts[0]), iter(parts[1])
        return [next(each[0] if side else each[1]) for side in mask]
    except (CostcalcError, OverflowError, TypeError, ValueError):
        half = len(rows) // 2
        return _chunk(model, point, rows[:half], kind) + _chunk(model, point, rows[half:], kind)
    return list(zip(_spread(macs, len(rows)), _spread(params, len(rows)), strict=True))


def _column(items: Sequence[Any]) -> Any:
    if len(set(map(repr, items))) == 1:
        return items[0]
    if all(dims.is_exact_int(item) for item in items):
        return dims.int_array(items)
    import numpy

    return numpy.array(items, dtype=numpy.float64)


def _spread(value: Dim, count: int) -> list[int]:
    numbers: list[int] = value.tolist() if dims.is_array(value) else [value] * count  # type: ignore[attr-defined]
    return numbers


def _measured(graph: Any, kind: str) -> tuple[Dim, Dim]:
    macs = sum((node.ledger.get("macs", 0) for node in graph.nodes), 0)
    return macs, sum((node.params[kind] for node in graph.nodes), 0)


# what comes of it


def _solution(
    model: ModelSpec,
    budgets: Sequence[Budget],
    varied: Mapping[str, Values],
    point: Mapping[str, Any],
    settings: Sequence[_Setting],
    counts: Sequence[tuple[int, int] | None],
    kind: str,
    everything: bool,
) -> Solution:
    counted = [
        (setting, {"macs": count[0], "params": count[1]})
        for setting, count in zip(settings, counts, strict=True)
        if count is not None
    ]
    if not counted:
        raise UsageError(f"none of the {len(settings):,} settings gives a graph of {model.name}")
    merged = _merged(counted, varied)
    feasible = [each for each in merged if not _excess(each[1], budgets)]
    front = _front([setting.values for setting, _ in feasible])
    if not feasible:
        shown_rows = [min(merged, key=lambda each: _excess(each[1], budgets))]
        marks = [False]
    elif everything:
        shown_rows, marks = feasible, [index in front for index in range(len(feasible))]
    else:
        shown_rows, marks = [feasible[index] for index in sorted(front)], [True] * len(front)
    for setting, count in shown_rows if not everything else [feasible[index] for index in sorted(front)]:
        macs, params = _measured(infer(model, {**point, **setting.values}), kind)
        assert (macs, params) == (count["macs"], count["params"]), "counting one by one and in arrays is the same"
    real = next((name for name, allowed in varied.items() if allowed.continuous), None)
    rows = []
    for (setting, count), mark in zip(shown_rows, marks, strict=True):
        row = {**setting.values, **count, "front": mark}
        if real is not None:
            row |= {"from": None if setting.start == _NEXT_TO_0 else setting.start, "below": setting.end}
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
            notes=_notes(varied, point, budgets, rows, len(feasible), len(merged), len(front), real),
            about={
                "model": model.name,
                "knobs": {name: value for name, value in point.items() if name not in varied},
                "kind": kind,
                "budgets": [each._asdict() for each in budgets],
                "feasible": len(feasible),
                "settings": len(merged),
            },
        ),
        bool(feasible),
    )


Counted = tuple[_Setting, dict[str, int]]


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
                found[-1] = (_Setting(rounder, before.start, setting.end), count)
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
    """Those than which no other is as great in every knob and greater in one."""
    order = sorted(range(len(settings)), key=lambda index: _key(settings[index]), reverse=True)
    kept: list[int] = []
    for index in order:
        mine = _key(settings[index])
        if not any(all(a >= b for a, b in zip(_key(settings[other]), mine, strict=True)) for other in kept):
            kept.append(index)
    return set(kept)


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
    feasible: int,
    looked: int,
    front: int,
    real: str | None,
) -> list[str]:
    notes = []
    if feasible:
        notes.append(f"{feasible:,} of {looked:,} settings meet the budgets; {front:,} of them no other one exceeds.")
    else:
        row = rows[0]
        notes.append(f"None of {looked:,} settings meets the budgets. The nearest misses:")
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
        low = "above 0" if allowed.low == _NEXT_TO_0 else f"from {allowed.low}"
        return f"every number {low} to {allowed.high}"
    if len(allowed.listed) <= 8:
        return ", ".join(shown(each) for each in allowed.listed)
    return f"{len(allowed.listed):,} values from {shown(allowed.listed[0])} to {shown(allowed.listed[-1])}"
