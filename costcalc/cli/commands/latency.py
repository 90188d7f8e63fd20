"""``costcalc latency``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command

__all__ = ["latency"]


@command(ModelCommand)
def latency(
    models: catalogue.Models,
    ceilings: catalogue.Ceilings,
    device: catalogue.Device,
    batch: catalogue.Batch,
    dtype: catalogue.TimedDtype,
    by: catalogue.By,
    top: catalogue.Top,
    result: catalogue.Format,
) -> None:
    """Predict the latency of a forward pass from the ledger and a machine's ceilings, without running it.

    The ceilings are measured by costcalc roofline, possibly on another machine.
    """
    from costcalc.device.latency import latency as predicted
    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    result.table(predicted(graphs, ceilings, device=device, batch=batch, dtype=dtype, by=by, top=top))
