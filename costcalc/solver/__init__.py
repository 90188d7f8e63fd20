"""Which values of the knobs meet budgets: every setting that does, the greatest among them, or the nearest miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.errors import UsageError, nearest, shown
from costcalc.solver.asked import Budget, Values, budget, by_default, values
from costcalc.solver.counting import counts, settings_of
from costcalc.solver.solution import Solution, solution
from costcalc.spec.model import ModelSpec

__all__ = ["Budget", "Solution", "Values", "budget", "by_default", "solve", "values"]


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
    settings = settings_of(model, varied, point)
    counted = counts(model, point, settings, kind)
    return solution(model, budgets, varied, point, settings, counted, kind, everything)
