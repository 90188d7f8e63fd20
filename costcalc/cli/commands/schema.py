"""``costcalc schema``."""

from __future__ import annotations

import typer

from costcalc.cli import options
from costcalc.cli.command import PlainCommand

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command(cls=PlainCommand)
def schema(output: options.Output = None) -> None:
    """Print the JSON Schema of specs, for editors that complete and check YAML."""
    import json

    from costcalc.spec.schema import json_schema

    options.Result("json", output).text(json.dumps(json_schema(), indent=2) + "\n")
