"""``costcalc plot``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError, shown

__all__ = ["app"]

CHARTS = ("shares", "memory", "accuracy-macs", "accuracy-params", "roofline", "graph")
FORMS = ("svg", "png", "pdf")

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def plot(
    ctx: typer.Context,
    chart: Annotated[
        str | None,
        typer.Argument(
            metavar="CHART",
            autocompletion=options.words(*CHARTS),
            help=f"One of {', '.join(CHARTS)}.",
        ),
    ] = None,
    model: options.Models = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(FORMS),
            autocompletion=options.words(*FORMS),
            help="The form of the picture; by default what the name of the output file asks for, else svg.",
        ),
    ] = None,
    results: options.ResultsFile = None,
    ceilings: options.RooflineFile = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Draw a chart for a paper: shares of stages, live memory, published accuracy, the roofline, the graph."""
    suffix = os.path.splitext(output or "")[1].lower().removeprefix(".")
    if format is None and output is not None:
        if suffix not in FORMS:
            known = f"a chart is .{', .'.join(FORMS[:-1])} or .{FORMS[-1]}"
            raise UsageError(f"--output {shown(output, 200)}: {known}", hint="--format says which, whatever the name")
        format = suffix
    result = options.Result(format, output, FORMS)
    if result.format != "svg" and output is None:
        raise UsageError(f"--format {result.format} is no text and needs a file", hint=f"--output FILE.{result.format}")
    if chart is None:
        raise UsageError(f"no CHART given: name one of {', '.join(CHARTS)}")
    name = options.choose("CHART", chart, CHARTS)
    if name != "roofline" and (results or ceilings) is not None:
        raise UsageError("--results and --ceilings are for the chart roofline")
    models = chosen(ctx, model, set)

    from costcalc.inference import infer
    from costcalc.outputs import charts
    from costcalc.report.plots import charted
    from costcalc.report.roofline import measurements

    measured = measurements(results, ceilings)
    graphs = [infer(each.model, each.knobs) for each in models]
    drawn = charts.chart(name, charted(name, graphs, measured))
    if result.format == "svg":
        result.document(charts.svg(drawn))
    else:
        result.document(charts.png(drawn) if result.format == "png" else charts.pdf(drawn))
