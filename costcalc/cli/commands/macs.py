"""``costcalc macs``."""

from __future__ import annotations

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def macs(
    ctx: typer.Context,
    model: options.Models = None,
    by: options.By = None,
    top: options.Top = None,
    quiet: options.Quiet = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Count multiply-accumulates (MACs) for one image: totals and shares by stage, layer or type of layer."""
    result = options.Result(format, output)
    rows = options.choose("--by", by or "stage", options.BY)
    most = options.at_least("--top", top, 1)
    if quiet:
        options.quietly(format=format, by=by, top=top)
    models = chosen(ctx, model, set)

    from costcalc.analyses import cost
    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    if quiet:
        result.text("".join(f"{cost.total_macs(graph)}\n" for graph in graphs))
    else:
        result.table(cost.macs(graphs, by=rows, top=most))
