"""The settings of the knobs that are gone through, and what each of them costs, counted exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.dims import Dim, Mixed
from costcalc.errors import CostcalcError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.solver.asked import MAX_SETTINGS, Values
from costcalc.spec.model import Knob, ModelSpec

__all__ = ["Setting", "counts", "measured", "settings_of"]

_CHUNK = 4096

_MAX_REAL = 200
"""How many combinations of other knobs are gone through where one may be any number."""


class Setting(NamedTuple):
    """Values of the varied knobs, and from where to where the real one may go without a difference."""

    values: dict[str, Any]
    start: float | None = None
    end: float | None = None


def settings_of(model: ModelSpec, varied: Mapping[str, Values], point: Mapping[str, Any]) -> list[Setting]:
    """Every combination of what the knobs ``varied`` may be, the others at ``point``; of a real one each step.

    Raises UsageError for several real knobs, and for too many settings.
    """
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
            found.append(Setting(chosen))
            continue
        from costcalc.symbolic.steps import plateaus

        low, high = varied[real[0]].low, varied[real[0]].high
        for start, end, inside in plateaus(model, {**point, **chosen}, real[0], low, high):
            found.append(Setting({**chosen, real[0]: inside}, start, end))
    return [setting._replace(values={name: setting.values[name] for name in varied}) for setting in found]


def counts(
    model: ModelSpec, point: Mapping[str, Any], settings: Sequence[Setting], kind: str
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
            return [measured(infer(model, {**point, **rows[0]}), kind)]
        except CostcalcError:
            return [None]
    columns = {name: _column([row[name] for row in rows]) for name in rows[0]}
    try:
        macs, params = measured(infer(model, {**point, **columns}), kind)
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


def measured(graph: Graph, kind: str) -> tuple[Dim, Dim]:
    """The multiply-accumulates of ``graph`` and its parameters of ``kind``."""
    macs = sum((node.ledger.get("macs", 0) for node in graph.nodes), 0)
    return macs, sum((node.params[kind] for node in graph.nodes), 0)
