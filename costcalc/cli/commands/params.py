"""``costcalc params``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError

__all__ = ["app"]

KINDS = ("weights", "trainable", "stored")

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def params(
    ctx: typer.Context,
    model: options.Models = None,
    by: options.By = None,
    top: options.Top = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(KINDS),
            autocompletion=options.words(*KINDS),
            help="Weights of convolutions and linear layers only; trainable, with biases and the affine values of "
            "normalisations, which is the default; stored, with their running statistics too.",
        ),
    ] = None,
    convention: options.ConventionName = None,
    quiet: options.Quiet = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Count parameters: totals and shares by stage, layer or type of layer; several models side by side."""
    result = options.Result(format, output)
    if kind is not None:
        options.choose("--kind", kind, KINDS)
        if convention is not None:
            raise UsageError("--kind says what costcalc counts, --convention what another tool does: leave one out")
    rows = options.choose("--by", "stage" if by is None else by, options.BY)
    most = options.at_least("--top", top, 1)
    if quiet:
        options.quietly(format=format, by=by, top=top)
    models = chosen(ctx, model, set)

    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    if convention is None:
        from costcalc.analyses import cost

        counted = kind or "trainable"
        if quiet:
            result.text("".join(f"{cost.total_params(graph)[counted]}\n" for graph in graphs))
        else:
            result.table(cost.params(graphs, by=rows, kind=counted, top=most))
        return
    from costcalc.conventions import convention as called
    from costcalc.conventions.tables import table, total

    tool = called(convention)
    if quiet:
        result.text("".join(f"{total(tool, graph, 'params').number}\n" for graph in graphs))
    else:
        result.table(table(graphs, tool, "params", by=rows, top=most))
