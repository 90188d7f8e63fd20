"""``costcalc fits``."""

from __future__ import annotations

from typing import Annotated

import typer

from costcalc.amounts import in_bytes
from costcalc.cli import options
from costcalc.cli import training as train
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import CheckFailed, UsageError

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def fits(
    ctx: typer.Context,
    model: options.Models = None,
    device: Annotated[
        str | None,
        typer.Option("--device", metavar="SIZE", help="The memory of the device, with its unit: 8GB, 16GiB, 512MiB."),
    ] = None,
    optimizer: train.OptimizerName = None,
    bf16: Annotated[bool, typer.Option("--bf16", help="All tensors in bfloat16; fp32 by default.")] = False,
    autocast: train.Autocast = False,
    checkpoint: options.Checkpoint = False,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """The largest batch that fits a device, for training and at inference.

    The exit status is 1 if a model fits in neither way.
    """
    result = options.Result(format, output)
    if device is None:
        raise UsageError("--device is needed: the memory of the device, such as 8GB")
    in_bytes("--device", device)
    type = "bf16" if bf16 else None
    step = train.step(batch=1, optimizer=optimizer, type=type, autocast=autocast, checkpoint=checkpoint)
    models = chosen(ctx, model, set)

    from costcalc.inference import infer
    from costcalc.memory.fits import fits as search

    found = search([infer(choice.model, choice.knobs) for choice in models], device, step)
    result.table(found.table)
    if found.misfits:
        names = " or ".join(found.misfits)
        raise CheckFailed(f"no batch of {names} fits {device.strip()}, neither in training nor at inference")
