"""``costcalc macs``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError
from costcalc.words import DTYPES

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def macs(
    ctx: typer.Context,
    model: options.Models = None,
    by: options.By = None,
    top: options.Top = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="All kinds of work, the bytes moved, and FLOPs per byte.")
    ] = False,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(DTYPES),
            autocompletion=options.words(*DTYPES),
            help="The type of the elements whose bytes --ledger counts; float32 by default.",
        ),
    ] = None,
    convention: options.ConventionName = None,
    backward: Annotated[bool, typer.Option("--backward", help="The backward pass: both gradients.")] = False,
    training: Annotated[bool, typer.Option("--training", help="The forward and the backward pass.")] = False,
    freeze: options.Freeze = None,
    checkpoint: options.Checkpoint = False,
    batch: options.Batch = None,
    quiet: options.Quiet = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Count multiply-accumulates (MACs) and FLOPs: totals and shares by stage, layer or type of layer.

    For one image and its forward pass, unless an option asks for more; --quiet prints MACs, or what the tool of a
    --convention prints.
    """
    result = options.Result(format, output)
    rows = options.choose("--by", "stage" if by is None else by, options.BY)
    most = options.at_least("--top", top, 1)
    images = options.at_least("--batch", batch, 1) or 1
    if dtype is not None:
        dtype = options.choose("--dtype", dtype, DTYPES)
    if quiet:
        options.quietly(format=format, by=by, top=top, ledger=ledger or None)
    _check_together(ledger, dtype, convention, backward, training, freeze, checkpoint)
    chosen_models = chosen(ctx, model, set)

    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in chosen_models]
    if ledger:
        from costcalc.analyses.ledger import ledger as account

        result.table(account(graphs, by=rows, top=most, dtype=dtype or "float32", batch=images))
        return
    if convention is None and not (backward or training) and images == 1:
        from costcalc.analyses import cost

        if quiet:
            result.text("".join(f"{cost.total_macs(graph)}\n" for graph in graphs))
        else:
            result.table(cost.macs(graphs, by=rows, top=most))
        return
    from costcalc.conventions import convention as called
    from costcalc.conventions.tables import table, total

    tool = called("costcalc" if convention is None else convention)
    quantity = "training" if training else "backward" if backward else "macs"
    frozen = freeze or ()
    if quiet:
        totals = [total(tool, g, quantity, batch=images, freeze=frozen, checkpoint=checkpoint) for g in graphs]
        result.text("".join(f"{each.number}\n" for each in totals))
    else:
        result.table(
            table(graphs, tool, quantity, by=rows, top=most, batch=images, freeze=frozen, checkpoint=checkpoint)
        )


def _check_together(
    ledger: bool,
    dtype: str | None,
    convention: str | None,
    backward: bool,
    training: bool,
    freeze: list[str] | None,
    checkpoint: bool,
) -> None:
    """Raise UsageError for options that do not go together."""
    if backward and training:
        raise UsageError("--training is the forward and the backward pass: leave --backward out")
    if ledger and (backward or training):
        raise UsageError("--ledger covers the forward pass only: it cannot be combined with --backward or --training")
    if ledger and convention is not None:
        raise UsageError("--ledger is costcalc's own: leave out either it or --convention")
    if dtype is not None and not ledger:
        raise UsageError("--dtype is for --ledger, which counts bytes")
    for option, given in (("--freeze", freeze), ("--checkpoint", checkpoint)):
        if given and not (backward or training):
            raise UsageError(f"{option} is for a backward pass: add --backward or --training")
