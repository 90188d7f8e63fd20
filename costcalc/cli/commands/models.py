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

    from costcalc.analyses import cost
    from costcalc.errors import shown
    from costcalc.inference import infer
    from costcalc.spec import load, shipped_models
    from costcalc.table import Column, Table

    columns = (
        Column("model", "Model"),
        Column("title", "Title"),
        Column("params", "Parameters", "params"),
        Column("macs", "MACs", "macs"),
        Column("knobs", "Knobs"),
        Column("source", "Source"),
    )
    rows = []
    knobs = {}
    for name in shipped_models():
        model = load(name)
        graph = infer(model)
        knobs[name] = {knob.name: knob.default for knob in model.knobs.values()}
        rows.append(
            {
                "model": name,
                "title": model.title,
                "params": cost.total_params(graph)["trainable"],
                "macs": cost.total_macs(graph),
                "knobs": " ".join(f"{knob}={shown(value)}" for knob, value in knobs[name].items()),
                "source": model.source,
            }
        )
    notes = (
        "Trainable parameters, and multiply-accumulates (MACs) for one image, at the knobs' defaults.",
        "FLOPs are twice the MACs.",
    )
    result.table(Table("Shipped models", columns, rows, notes=notes, about={"kind": "trainable", "knobs": knobs}))
