"""``costcalc roofline``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from costcalc.cli import options, streams
from costcalc.cli.command import PlainCommand
from costcalc.words import DEVICES

__all__ = ["app"]


app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def roofline(
    device: options.Device = None,
    threads: Annotated[
        str | None,
        typer.Option("--threads", metavar="N", help="Threads on the CPU; a thread for each core by default."),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="FILE", help="Keep them here and not in the user's own folder for settings."),
    ] = None,
    format: options.Format = None,
    output: options.Output = None,
) -> None:
    """Measure the two ceilings of this machine: matrix products by dtype, and copies.

    They are kept, with the environment, for bench and latency.
    """
    result = options.Result(format, output)
    place = options.choose("--device", device or "cpu", DEVICES)
    count = options.at_least("--threads", threads, 1)

    from costcalc.device.files import ceilings_file, ceilings_text
    from costcalc.device.tables import ceilings_table
    from costcalc.measure.bench.ceilings import ceilings
    from costcalc.measure.bench.device import find
    from costcalc.outputs.file import write

    found = ceilings(find(place), count, tell=streams.tell)
    path = save if save is not None else ceilings_file(place)
    if save is None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    write(ceilings_text(found), path)
    streams.tell(f"kept in {path}")
    result.table(ceilings_table(found))
