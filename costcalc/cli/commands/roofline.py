"""``costcalc roofline``."""

from __future__ import annotations

import os

from costcalc.cli import catalogue, streams
from costcalc.cli.command import PlainCommand, command

__all__ = ["roofline"]


@command(PlainCommand)
def roofline(
    device: catalogue.Device, threads: catalogue.Threads, save: catalogue.Save, result: catalogue.Format
) -> None:
    """Measure the two ceilings of this machine: matrix products by dtype, and copies.

    They are kept, with the environment, for bench and latency.
    """
    from costcalc.device.files import ceilings_file, ceilings_text
    from costcalc.device.tables import ceilings_table
    from costcalc.measure.bench.ceilings import ceilings
    from costcalc.measure.bench.device import find
    from costcalc.outputs.file import write

    found = ceilings(find(device), threads, tell=streams.tell)
    path = save if save is not None else ceilings_file(device)
    if save is None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    write(ceilings_text(found), path)
    streams.tell(f"kept in {path}")
    result.table(ceilings_table(found))
