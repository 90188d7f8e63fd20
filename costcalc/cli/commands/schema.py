"""``costcalc schema``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import PlainCommand, command
from costcalc.cli.result import Result

__all__ = ["schema"]


@command(PlainCommand)
def schema(output: catalogue.Output) -> None:
    """Print the JSON Schema of specs, for editors that complete and check YAML."""
    import json

    from costcalc.spec.schema import json_schema

    Result("json", output).text(json.dumps(json_schema(), indent=2) + "\n")
