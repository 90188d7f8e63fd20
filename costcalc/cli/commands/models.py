"""``costcalc models``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import PlainCommand, command

__all__ = ["models"]


@command(PlainCommand)
def models(result: catalogue.Format) -> None:
    """List the shipped models with their sources, knobs, parameters and multiply-accumulates (MACs)."""
    from costcalc.analyses.cost import catalogue
    from costcalc.inference import infer
    from costcalc.spec import load, shipped_models

    specs = [load(name) for name in shipped_models()]
    result.table(catalogue([infer(spec) for spec in specs], {spec.name: spec.source for spec in specs}))
