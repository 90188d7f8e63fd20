"""``costcalc show``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError
from costcalc.outputs import FILES

__all__ = ["app"]

FORMS = ("tree", *FILES)

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def show(
    ctx: typer.Context,
    model: options.Models = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(FORMS),
            autocompletion=options.words(*FORMS),
            help="A tree by default; the other forms have a row for each layer, with all its arguments and inputs.",
        ),
    ] = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Show a model as a tree of its layers with their shapes, parameters and multiply-accumulates (MACs)."""
    result = options.Result(format, output, FORMS)
    models = chosen(ctx, model, set)
    if len(models) > 1:
        names = " and ".join(choice.model.name for choice in models[:2])
        raise UsageError(f"show takes one model, not {names}")

    from costcalc.analyses.cost import layers, total_macs
    from costcalc.inference import infer
    from costcalc.outputs.units import work

    graph = infer(models[0].model, models[0].knobs)
    table = layers(graph)
    table = table._replace(notes=(*table.notes, f"{graph.name} by costcalc's convention: {work(total_macs(graph))}."))
    if result.format == "tree":
        from costcalc.outputs import tree

        rows = [{**row, "layer": node.layer.brief()} for row, node in zip(table.rows, graph.nodes, strict=True)]
        text = tree.render(table._replace(rows=rows), "path", result.terminal(), without={"type", "inputs"})
        result.text(text)
    else:
        result.table(table)
