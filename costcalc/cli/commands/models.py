"""``costcalc models``."""

from __future__ import annotations

import typer

from costcalc.cli import options
from costcalc.cli.command import PlainCommand

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def models(format: options.Format = None, output: options.Output = None) -> None:
    """List the shipped models with their sources, knobs, parameters and multiply-accumulates (MACs)."""
    result = options.Result(format, output)

    from costcalc.analyses.cost import catalogue
    from costcalc.inference import infer
    from costcalc.spec import load, shipped_models

    specs = [load(name) for name in shipped_models()]
    result.table(catalogue([infer(spec) for spec in specs], {spec.name: spec.source for spec in specs}))
