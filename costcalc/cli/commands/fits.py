"""``costcalc fits``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.cli.sizes import in_bytes
from costcalc.errors import UsageError

__all__ = ["app"]

OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam", "adamw")

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def fits(
    ctx: typer.Context,
    model: options.Models = None,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="SIZE", help="The memory of the device, with its unit: 8GB, 16GiB, 512MiB."),
    ] = None,
    optimizer: Annotated[
        str,
        typer.Option(
            "--optimizer",
            metavar=options.metavar(OPTIMIZERS),
            autocompletion=options.words(*OPTIMIZERS),
            help="The optimizer of the training.",
        ),
    ] = "sgd",
    bf16: Annotated[bool, typer.Option("--bf16", help="All tensors in bfloat16; fp32 by default.")] = False,
    autocast: Annotated[
        bool, typer.Option("--autocast", help="Train with torch's automatic mixed precision, in bfloat16.")
    ] = False,
    checkpoint: Annotated[
        bool, typer.Option("--checkpoint", help="Train with gradient checkpoints: keep the inputs of stages alone.")
    ] = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """The largest batch that fits a device, for training and at inference."""
    result = options.Result(format, output)
    if device is None:
        raise UsageError("--device is needed: the memory of the device, such as 8GB")
    size = in_bytes("--device", device)
    options.choose("--optimizer", optimizer, OPTIMIZERS)
    if bf16 and autocast:
        raise UsageError("--bf16 and --autocast are two types: leave one out")
    models = chosen(ctx, model, set)

    from costcalc.analyses.memory.fits import fits as search
    from costcalc.analyses.memory.inference import Setting
    from costcalc.analyses.memory.training import Training
    from costcalc.inference import infer

    training = Training(1, optimizer, "autocast" if autocast else "bf16" if bf16 else "fp32", checkpoint)
    graphs = [infer(choice.model, choice.knobs) for choice in models]
    result.table(search(graphs, size, training, Setting(dtype="bf16" if bf16 else "fp32")))
