"""``costcalc schema``."""

import json
from pathlib import Path

from costcalc.spec.schema import json_schema
from tests.cli.runner import run


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    """The JSON Schema of specs, on stdout or in a file."""
    printed = run("schema").out
    assert json.loads(printed) == json_schema()
    path = tmp_path / "schema.json"
    assert run("schema", "--output", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == printed
