"""``costcalc reconcile``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError

__all__ = ["app"]

QUANTITIES = ("macs", "backward", "training", "params")

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def reconcile(
    ctx: typer.Context,
    model: options.Models = None,
    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="NAME", autocompletion=options.conventions, help="The convention to start from."
        ),
    ] = None,
    second: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", autocompletion=options.conventions, help="The convention to end at."),
    ] = None,
    measured: Annotated[
        str | None,
        typer.Option(
            "--measured",
            metavar="NUMBER",
            help="A number from elsewhere, as 300774272 or rounded as 300M: what gives it? --from narrows the search.",
        ),
    ] = None,
    quantity: Annotated[
        str | None,
        typer.Option(
            "--quantity",
            metavar=options.metavar(QUANTITIES),
            autocompletion=options.words(*QUANTITIES),
            help="What is counted; by default what both conventions count, or, of a number, anything.",
        ),
    ] = None,
    freeze: options.Freeze = None,
    checkpoint: options.Checkpoint = False,
    batch: options.Batch = None,
    top: options.Top = None,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Why two tools give two totals for one model, term by term; or what gives a number that was found elsewhere."""
    result = options.Result(format, output)
    most = options.at_least("--top", top, 1)
    images = options.at_least("--batch", batch, 1) or 1
    if quantity is not None:
        options.choose("--quantity", quantity, QUANTITIES)

    from costcalc.conventions import convention as called

    ends = [called(name) for name in (first, second) if name is not None]
    if measured is None and len(ends) < 2:
        raise UsageError("reconcile needs --from NAME and --to NAME, or --measured NUMBER")
    if measured is not None and second is not None:
        raise UsageError("--measured asks which convention gives a number: leave out either it or --to")
    if measured is not None and (freeze or checkpoint or batch):
        raise UsageError("--measured searches by itself: leave out --freeze, --checkpoint and --batch")
    if (freeze or checkpoint) and quantity not in ("backward", "training"):
        raise UsageError("--freeze and --checkpoint are for a backward pass: add --quantity backward or training")
    if measured is None and top is not None:
        raise UsageError("--top is for --measured: all terms are shown")
    models = chosen(ctx, model, set)
    if len(models) > 1:
        names = " and ".join(choice.model.name for choice in models[:2])
        raise UsageError(f"reconcile takes one model, not {names}")

    if measured is not None:
        from costcalc.conventions.measured import explain
        from costcalc.figures import count

        table = explain(count(measured), *models[0], quantity=quantity, convention=ends[0] if ends else None, top=most)
    else:
        from costcalc.conventions.reconcile import reconcile as compare
        from costcalc.inference import infer

        graph = infer(*models[0])
        table = compare(graph, ends[0], ends[1], quantity, batch=images, freeze=freeze or (), checkpoint=checkpoint)
    result.table(table)
