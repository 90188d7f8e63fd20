"""``costcalc roofline``."""

from __future__ import annotations

from costcalc.cli import catalogue, streams
from costcalc.cli.command import PlainCommand, command

__all__ = ["roofline"]


@command(PlainCommand)
def roofline(
    device: catalogue.Device, threads: catalogue.Threads, save: catalogue.Save, result: catalogue.Format
) -> None:
    """Measure this machine's ceilings: the GEMM rate by dtype, and memory bandwidth.

    They are saved, with the environment, for bench and latency.
    """
    from costcalc.benchmarking import measure_ceilings
    from costcalc.device.tables import ceilings_table

    result.table(ceilings_table(measure_ceilings(device, threads=threads, file=save, tell=streams.tell)))
