"""``costcalc solve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.errors import CheckFailed, UsageError, nearest, shown

if TYPE_CHECKING:
    from costcalc.spec import Knob

__all__ = ["solve"]


@command(ModelCommand)
def solve(
    named: catalogue.ModelsIfAny,
    macs: catalogue.MacsBudget,
    params: catalogue.ParamsBudget,
    limits: catalogue.AnyBudget,
    ceilings: catalogue.PredictedCeilings,
    kind: catalogue.Kind,
    wrt: catalogue.Varied,
    all: catalogue.AllSettings,
    result: catalogue.Format,
) -> None:
    """Find the knob values that meet budgets, with exact counts, rounded widths included.

    A knob may have several values: --resolution 96..224/32, --t 4,6, or --alpha 0.25..1.4 for any number in the range.
    The result is the Pareto front: the settings that no other setting exceeds. The exit status is 1 if it is empty.
    """
    from costcalc import solver as analysis

    budgets = [analysis.budget(name, texts) for name, texts in (("macs", macs), ("params", params)) if texts]
    machine = None
    if ceilings is not None:
        from costcalc.device.files import read_ceilings

        machine = read_ceilings(ceilings)
    budgets += [analysis.limited(text, machine) for text in limits]
    if machine is not None and not any(each.setting.ceilings for each in budgets):
        raise UsageError("--ceilings requires a --budget of latency")
    several: dict[str, Any] = {}

    def parse(knob: Knob, text: str) -> Any:
        if ".." in text or "," in text:
            several[knob.name] = analysis.values(knob, text)
            return knob.default
        return knob.parse(text)

    spec, knobs = named.one(parse)
    fixed = {name: value for name, value in knobs.items() if name not in several}
    for name in wrt or ():
        if name not in spec.knobs:
            raise UsageError(f"{spec.name} has no knob {shown(name)}", hint=nearest(name, spec.knobs))
        if name in fixed:
            raise UsageError(f"{name} cannot be both varied and fixed at {shown(fixed[name])}")
        several.setdefault(name, analysis.by_default(spec.knobs[name]))
    solution = analysis.solve(spec, budgets, several, fixed, kind=kind, everything=all)
    result.table(solution.table)
    if not solution.found:
        raise CheckFailed(f"no setting of {spec.name} meets the budgets", hint="the table shows the nearest miss")
