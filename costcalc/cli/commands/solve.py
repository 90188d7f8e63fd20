"""``costcalc solve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen, listed
from costcalc.errors import CheckFailed, UsageError, nearest, shown

if TYPE_CHECKING:
    from costcalc.spec import Knob

__all__ = ["app"]

KINDS = ("weights", "trainable", "stored")

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def solve(
    ctx: typer.Context,
    model: options.Models = None,
    macs: Annotated[
        list[str] | None,
        typer.Option(metavar="AMOUNT", help="Multiply-accumulates: at most 300M, or 250M..300M, or at least 250M.. ."),
    ] = None,
    params: Annotated[list[str] | None, typer.Option(metavar="AMOUNT", help="Parameters, likewise.")] = None,
    kind: Annotated[
        str,
        typer.Option(
            metavar=options.metavar(KINDS), autocompletion=options.words(*KINDS), help="Which parameters are counted."
        ),
    ] = "trainable",
    wrt: Annotated[
        str | None,
        typer.Option(metavar="KNOB,...", help="The knobs that may vary, besides those that are given several values."),
    ] = None,
    all: Annotated[
        bool, typer.Option("--all", help="Every setting that meets the budgets, not the front alone.")
    ] = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Find the values of knobs that meet budgets, counted exactly, rounded widths and all.

    A knob may have several values: --resolution 96..224/32, --t 4,6, or --alpha 0.25..1.4, which is every number. The
    result is the front: the settings than which no other one is greater. The exit status is 1 if there is none.
    """
    result = options.Result(format, output)

    from costcalc import solver as analysis

    budgets = [
        analysis.budget(name, texts) for name, texts in (("macs", macs), ("params", params)) if texts is not None
    ]
    counted = options.choose("--kind", kind, KINDS)
    several: dict[str, Any] = {}

    def parse(knob: Knob, text: str) -> Any:
        if ".." in text or "," in text:
            several[knob.name] = analysis.values(knob, text)
            return knob.default
        return knob.parse(text)

    models = chosen(ctx, model, set, parse=parse)
    if len(models) > 1:
        raise UsageError(f"solve takes one model, not {' and '.join(choice.model.name for choice in models[:2])}")
    spec, knobs = models[0]
    fixed = {name: value for name, value in knobs.items() if name not in several}
    for name in [] if wrt is None else listed("--wrt", wrt):
        if name not in spec.knobs:
            raise UsageError(f"{spec.name} has no knob {shown(name)}", hint=nearest(name, spec.knobs))
        if name in fixed:
            raise UsageError(f"{name} may vary and is fixed at {shown(fixed[name])}: leave out one or the other")
        several.setdefault(name, analysis.by_default(spec.knobs[name]))
    solution = analysis.solve(spec, budgets, several, fixed, kind=counted, everything=all)
    result.table(solution.table)
    if not solution.found:
        raise CheckFailed(f"no setting of {spec.name} meets the budgets", hint="the table shows the nearest miss")
