"""The settings of the knobs that are gone through, and what each of them costs, counted exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.dims import Mixed
from costcalc.errors import CostcalcError, UsageError, shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.quantities import Number
from costcalc.solver.asked import MAX_SETTINGS, Values
from costcalc.solver.costs import Cost, Counts
from costcalc.spec.model import Knob, ModelSpec

__all__ = ["Setting", "check_real", "counts", "is_number", "measured", "settings_of"]

_CHUNK = 4096

_MAX_REAL = 200
"""How many combinations of other knobs are gone through where one may be any number."""


class Setting(NamedTuple):
    """Values of the varied knobs, and from where to where the real one may go without a difference."""

    values: dict[str, Any]
    start: float | None = None
    end: float | None = None


def check_real(varied: Mapping[str, Values]) -> None:
    """Raises UsageError where more than one of the knobs ``varied`` may be every number."""
    real = [name for name, allowed in varied.items() if allowed.continuous]
    if len(real) > 1:
        raise UsageError(
            f"{' and '.join(real)} are continuous: all but one require steps", hint=f"--{real[1]} 0.5..1/0.05"
        )


def settings_of(model: ModelSpec, varied: Mapping[str, Values], point: Mapping[str, Any]) -> list[Setting]:
    """Every combination of what the knobs ``varied`` may be, the others at ``point``; of a real one each step.

    Raises UsageError for too many settings.
    """
    real = [name for name, allowed in varied.items() if allowed.continuous]
    listed = {name: allowed.listed for name, allowed in varied.items() if not allowed.continuous}
    total = math.prod(each.size for each in varied.values() if not each.continuous)
    if total > (MAX_SETTINGS if not real else _MAX_REAL):
        most = MAX_SETTINGS if not real else _MAX_REAL
        more = f" beside {real[0]}, which is continuous" if real else ""
        raise UsageError(
            f"{shown(total)} settings{more}; at most {most:,} can be counted one by one",
            hint="narrow the ranges, take larger steps, or vary fewer knobs",
        )
    found = []
    for combination in product(*listed.values()):
        chosen = dict(zip(listed, combination, strict=True))
        if not real:
            found.append(Setting(chosen))
            continue
        from costcalc.symbolic.steps import plateaus

        low, high = varied[real[0]].low, varied[real[0]].high
        for start, end, inside in plateaus(model, {**point, **chosen}, real[0], low, high):
            found.append(Setting({**chosen, real[0]: inside}, start, end))
    return [setting._replace(values={name: setting.values[name] for name in varied}) for setting in found]


def counts(
    model: ModelSpec, point: Mapping[str, Any], settings: Sequence[Setting], wanted: Sequence[Cost]
) -> list[Counts | None]:
    """What each setting costs; None for one that gives no graph."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, setting in enumerate(settings):
        words = tuple(value for name, value in setting.values.items() if not is_number(model.knobs[name]))
        alike.setdefault(words, []).append(index)
    size = _CHUNK if all(cost.quantity.symbolic for cost in wanted) else 1
    found: dict[int, Counts | None] = {}
    for indices in alike.values():
        for start in range(0, len(indices), size):
            part = indices[start : start + size]
            rows = [settings[index].values for index in part]
            found.update(zip(part, _chunk(model, point, rows, wanted), strict=True))
    return [found[index] for index in range(len(settings))]


def is_number(knob: Knob) -> bool:
    """Is ``knob`` a number, and free to be any?"""
    return knob.choices is None and not isinstance(knob.default, (bool, str))


def _chunk(
    model: ModelSpec, point: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], wanted: Sequence[Cost]
) -> list[Counts | None]:
    """By one inference over arrays; where they differ in structure, or one fails, by parts.

    A knob of few values is taken apart first: it may be the one that changes the structure.
    """
    if len(rows) == 1:
        try:
            return [measured(infer(model, {**point, **rows[0]}), wanted)]
        except CostcalcError:
            return [None]
    columns = {name: _column([row[name] for row in rows]) for name in rows[0]}
    try:
        found = measured(infer(model, {**point, **columns}), wanted)
    except Mixed as mixed:
        mask = [bool(each) for each in mixed.mask]
    except (CostcalcError, OverflowError, TypeError, ValueError):
        mask = _halved(rows)
    else:
        return list(zip(*(_spread(each, len(rows)) for each in found), strict=True))
    parts = [
        iter(_chunk(model, point, [row for row, mine in zip(rows, mask, strict=True) if mine is side], wanted))
        for side in (False, True)
    ]
    return [next(parts[side]) for side in mask]


def _halved(rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """For each of ``rows`` whether it is in the second half, by the knob that has the fewest values but not one."""
    distinct = {name: list(dict.fromkeys(row[name] for row in rows)) for name in rows[0]}
    name = min((name for name, each in distinct.items() if len(each) > 1), key=lambda name: len(distinct[name]))
    second = set(distinct[name][len(distinct[name]) // 2 :])
    return [row[name] in second for row in rows]


def _column(items: Sequence[Any]) -> Any:
    if len(set(map(repr, items))) == 1:
        return items[0]
    if all(dims.is_exact_int(item) for item in items):
        return dims.int_array(items)
    import numpy

    return numpy.array(items, dtype=numpy.float64)


def _spread(value: Any, count: int) -> list[Number]:
    numbers: list[Number] = value.tolist() if dims.is_array(value) else [value] * count
    return numbers


def measured(graph: Graph, wanted: Sequence[Cost]) -> Counts:
    """What ``graph`` costs. Raises UsageError where a quantity is not defined."""
    return tuple(cost.quantity.value(graph, cost.setting) for cost in wanted)
