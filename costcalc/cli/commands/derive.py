"""``costcalc derive``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc import quantities
from costcalc.cli import options
from costcalc.cli.command import PartCommand
from costcalc.cli.knobs import chosen, complete, listed
from costcalc.errors import UsageError
from costcalc.outputs import FILES

__all__ = ["app"]

FORMS = FILES
QUANTITIES = (*(key for key, each in quantities.QUANTITIES.items() if each.symbolic), "memory")
KINDS = ("weights", "trainable", "stored")

app = typer.Typer(add_completion=False)


@app.command(cls=PartCommand)
def derive(
    ctx: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete,
            help="A model (shipped, or the path of a YAML file), a shipped block or a layer. With --help, its knobs "
            "are listed.",
        ),
    ] = None,
    quantity: Annotated[
        str,
        typer.Option(
            metavar=options.metavar(QUANTITIES),
            autocompletion=options.words(*QUANTITIES),
            help="What the form is of; macs by default. memory is short for peak_memory.",
        ),
    ] = "macs",
    kind: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(KINDS), autocompletion=options.words(*KINDS), help="Which parameters are counted."
        ),
    ] = None,
    wrt: Annotated[
        str | None,
        typer.Option(
            metavar="KNOB,...",
            help="The knobs that are symbols; by default each that is a number and was given no value.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(options.BY),
            autocompletion=options.words(*options.BY),
            help="A row for each of these above the total; elasticities have one for each stage by default.",
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Keep the rounding of widths, as functions whose values are whole.")
    ] = False,
    elasticities: Annotated[
        bool, typer.Option("--elasticities", help="What one percent of each knob buys, instead of the forms.")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(FORMS),
            autocompletion=options.words(*FORMS),
            help="The form of the result; json has each form as sympy's srepr and as LaTeX too.",
        ),
    ] = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Derive the cost of a model, a block or a layer as an expression in its knobs, with the conditions for it.

    A value that is given fixes a knob or, if --wrt names it, is the point at which conditions are decided.
    """
    result = options.Result(format, output, FORMS)
    what = options.choose("--quantity", quantity, QUANTITIES)
    if kind is not None and what != "params":
        raise UsageError(f"--kind is about parameters, not about {what}", hint="--quantity params")
    counted = options.choose("--kind", kind or "trainable", KINDS)
    rows = None if by is None else options.choose("--by", by, options.BY)
    if elasticities and exact:
        raise UsageError("--elasticities are those of the ideal form: leave out --exact")
    if elasticities and result.format == "latex":
        raise UsageError("--elasticities are numbers and --format latex is for forms")
    symbols = None if wrt is None else listed("--wrt", wrt)

    models = chosen(ctx, model, set)
    if len(models) > 1:
        raise UsageError(f"derive takes one model, not {' and '.join(choice.model.name for choice in models[:2])}")

    from costcalc.symbolic import derive as analysis

    spec, knobs = models[0]
    if elasticities:
        result.table(analysis.elasticities(spec, knobs, wrt=symbols, quantity=what, kind=counted, by=rows or "stage"))
        return
    table = analysis.derive(spec, knobs, wrt=symbols, quantity=what, kind=counted, by=rows, exact=exact)
    if result.format == "latex":
        from costcalc.outputs import latex

        result.text(latex.render(table))
    else:
        result.table(table)
