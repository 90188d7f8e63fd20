"""``costcalc latency``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.words import DEVICES, TIMED_DTYPES

__all__ = ["app"]


app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def latency(
    ctx: typer.Context,
    model: options.Models = None,
    ceilings: options.CeilingsFile = None,
    device: options.Device = None,
    batch: options.Batch = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(TIMED_DTYPES),
            autocompletion=options.words(*TIMED_DTYPES),
            help="The type of parameters and images; fp32 by default.",
        ),
    ] = None,
    by: options.By = None,
    top: options.Top = None,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Predict the time of a forward pass from the ledger and a machine's ceilings: nothing runs.

    The ceilings are those of costcalc roofline, which may come from another machine.
    """
    result = options.Result(format, output)
    place = options.choose("--device", device or "cpu", DEVICES)
    rows = options.choose("--by", by or "stage", options.BY)
    most = options.at_least("--top", top, 1)
    images = options.at_least("--batch", batch, 1) or 1
    kind = options.choose("--dtype", dtype or "fp32", TIMED_DTYPES)
    models = chosen(ctx, model, set)

    from costcalc.device.latency import latency as predicted
    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    result.table(predicted(graphs, ceilings, device=place, batch=images, dtype=kind, by=rows, top=most))
