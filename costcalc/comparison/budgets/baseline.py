"""A baseline: what models had of their limited quantities when it was written, as a JSON file to be committed.

With the layers of each model and what they had, so that a later check can say which of them made a difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.comparison.align import Record
from costcalc.errors import CostcalcError, UsageError, file_reason, shown

__all__ = ["MAX_BYTES", "SCHEMA", "Known", "check_replaceable", "read", "text"]

SCHEMA = "costcalc.baseline/1"
"""The name and version of the form. A new version is one that a reader of the old would misread."""

FAMILY = SCHEMA.partition("/")[0]

MAX_BYTES = 64 * 2**20


class Known(NamedTuple):
    """A model at the knobs that a budgets file sets, and what it had.

    ``values`` are by the quantity's title, and so are ``parts``: what each of ``layers`` had of it, where it is a sum.
    """

    model: str
    knobs: Mapping[str, Any]
    values: Mapping[str, int | Fraction | float]
    layers: Sequence[Record]
    parts: Mapping[str, Sequence[int]]


def text(models: Sequence[Known]) -> str:
    """The JSON of ``models``: a line for each layer, so that a diff shows what changed."""
    blocks = []
    for each in models:
        head = {
            "model": each.model,
            "knobs": dict(each.knobs),
            "values": {name: str(v) if isinstance(v, Fraction) else v for name, v in each.values.items()},
        }
        lines = [
            json.dumps({**layer._asdict(), "parts": {name: each.parts[name][index] for name in each.parts}})
            for index, layer in enumerate(each.layers)
        ]
        rows = ",\n        ".join(lines)
        fields = [f"      {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        blocks.append("    {\n" + ",\n".join([*fields, f'      "layers": [\n        {rows}\n      ]']) + "\n    }")
    return f'{{\n  "schema": {json.dumps(SCHEMA)},\n  "models": [\n' + ",\n".join(blocks) + "\n  ]\n}\n"


def read(path: str) -> list[Known]:
    """The models of the baseline at ``path``.

    Raises UsageError for a file that is missing, no baseline, or one of another version.
    """
    from costcalc.comparison.budgets.stored import known

    document = _document(path)
    schema = _schema(document, path)
    if schema != SCHEMA:
        raise UsageError(f"schema {shown(schema)}: this costcalc reads {SCHEMA}", file=path, hint=_ANEW)
    try:
        return known(document)
    except CostcalcError as error:
        raise UsageError(error.message, file=path, path=error.path, hint=error.hint or _ANEW) from None


def check_replaceable(path: str) -> None:
    """Raise UsageError if the file at ``path`` is there and is something else than a baseline, of whatever version."""
    if os.path.lexists(path):
        try:
            _schema(_document(path), path)
        except UsageError as error:
            error.hint = error.hint or "it is not overwritten: restore the file or delete it"
            raise


_ANEW = "costcalc check --update-baseline rewrites it"


def _schema(document: Any, path: str) -> str:
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or schema.partition("/")[0] != FAMILY:
        raise UsageError("not a baseline", file=path, hint=f"expected schema {SCHEMA}")
    return schema


def _document(path: str) -> Any:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        hint = "costcalc check --update-baseline creates it"
        raise UsageError("no such baseline", file=path, hint=hint) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {file_reason(error)}", file=path) from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"larger than {MAX_BYTES // 2**20} MiB", file=path)
    from costcalc.strict import document

    try:
        return document(data)
    except CostcalcError as error:
        raise UsageError(error.message, file=path, line=error.line, column=error.column) from None
