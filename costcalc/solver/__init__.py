"""Finds the knob settings that meet budgets: all of them, the Pareto front, or the nearest miss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from costcalc.errors import UsageError, nearest, shown
from costcalc.solver.asked import Budget, Values, budget, by_default, combined, limited, values
from costcalc.solver.costs import costs
from costcalc.solver.counting import check_real, counts, settings_of
from costcalc.solver.solution import Solution, solution
from costcalc.spec.model import ModelSpec

__all__ = ["Budget", "Solution", "Values", "budget", "by_default", "limited", "solve", "values"]

COUNTED = 5_000
"""Up to how many settings each is counted, which is sooner done than a search of them."""

MAX_SINGLE = 500
"""How many settings are counted, of a quantity that takes an inference for each."""


def solve(
    model: ModelSpec,
    budgets: Sequence[Budget | str],
    varied: Mapping[str, Values | str],
    fixed: Mapping[str, Any] | None = None,
    *,
    kind: str = "trainable",
    everything: bool = False,
) -> Solution:
    """The settings of ``model`` that meet all ``budgets``, the knobs ``varied`` being what they may, others ``fixed``.

    The table has the front: the settings than which no other that meets the budgets is as great in every knob and
    greater in one; or with ``everything`` all of them. Where there is none it has the nearest miss. A real knob of
    which no values are listed is gone through step by step, each step being all values that give the same widths.
    A budget may be a text such as ``"macs <= 300M"``, a range one such as ``"0.25..1.4"`` or ``"96..224/32"``;
    ``params`` are those of ``kind``. Raises UsageError for nothing to vary, no budget, and too much to go through.
    """
    if not budgets:
        raise UsageError("no budget: give --macs, --params or --budget")
    if not varied:
        known = ", ".join(name for name, knob in model.knobs.items() if not isinstance(knob.default, str))
        raise UsageError(f"nothing to vary: give --wrt knobs of {model.name}", hint=f"its knobs: {known}")
    for name in varied:
        if name not in model.knobs:
            raise UsageError(f"{model.name} has no knob {shown(name)}", hint=nearest(name, model.knobs))
    point = model.knob_values(fixed or {})
    ranges = {name: values(model.knobs[name], each) if isinstance(each, str) else each for name, each in varied.items()}
    check_real(ranges)
    limits = combined(limited(each) if isinstance(each, str) else each for each in budgets)
    wanted = costs(limits, kind)
    single = [cost.name for cost in wanted if not cost.quantity.symbolic]
    total = math.prod(allowed.size for allowed in ranges.values() if not allowed.continuous)
    if not everything and (total > (0 if single else COUNTED) or any(each.continuous for each in ranges.values())):
        from costcalc.solver.pieces import TooMuch
        from costcalc.solver.search import search

        with suppress(TooMuch):
            found = search(model, limits, ranges, point, wanted)
            return solution(model, limits, ranges, point, wanted, found, total, kind, everything)
    settings = settings_of(model, ranges, point)
    if single and len(settings) > MAX_SINGLE:
        raise UsageError(
            f"{shown(len(settings))} settings: of {single[0]} at most {MAX_SINGLE} can be counted, one by one",
            hint="narrow the ranges, take larger steps, or vary fewer knobs",
        )
    counted = counts(model, point, settings, wanted)
    every = [(setting, count) for setting, count in zip(settings, counted, strict=True) if count is not None]
    return solution(model, limits, ranges, point, wanted, every, len(settings), kind, everything)
