"""``costcalc fits``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes
from costcalc.errors import CheckFailed

__all__ = ["fits"]


@command(ModelCommand, Excludes("--autocast", ("--bf16",), "--autocast sets the types itself"))
def fits(
    models: catalogue.Models,
    device: catalogue.DeviceMemory,
    optimizer: catalogue.Optimizer,
    bf16: catalogue.AllBf16,
    autocast: catalogue.Autocast,
    checkpoint: catalogue.Checkpoint,
    freeze: catalogue.Freeze,
    result: catalogue.Format,
) -> None:
    """Find the largest batch that fits a device, in training and at inference.

    The exit status is 1 if a model fits in neither.
    """
    from costcalc.inference import infer
    from costcalc.memory.fits import fits as search
    from costcalc.memory.training import Training

    precision = "autocast" if autocast else "bf16" if bf16 else "fp32"
    step = Training(1, optimizer, precision, checkpoint, tuple(freeze))
    found = search([infer(*choice) for choice in models], device, step)
    result.table(found.table)
    if found.misfits:
        names = " or ".join(found.misfits)
        raise CheckFailed(f"no batch of {names} fits {device}, neither in training nor at inference")
