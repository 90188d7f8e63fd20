"""A baseline: what models had of their limited quantities when it was written, as a JSON file to be committed.

With the layers of each model and what they had, so that a later check can say which of them made a difference.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any, NamedTuple

from costcalc.comparison.align import Record
from costcalc.errors import UsageError, nearest, shown

__all__ = ["MAX_BYTES", "SCHEMA", "Known", "check_replaceable", "read", "text"]

SCHEMA = "costcalc.baseline/1"
"""The name and version of the form. A new version is one that a reader of the old would misread."""

FAMILY = SCHEMA.partition("/")[0]

MAX_BYTES = 64 * 2**20

_FRACTION = re.compile(r"\d{1,60}/\d{1,60}", re.ASCII)


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
    document = _document(path)
    schema = _schema(document, path)
    if schema != SCHEMA:
        raise UsageError(f"schema {shown(schema)}: this costcalc reads {SCHEMA}", file=path, hint=_ANEW)
    try:
        _check_keys(document, ("schema", "models"))
        return [_known(each) for each in document["models"]]
    except (TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise UsageError(f"not as {SCHEMA} is: {shown(error, 120)}", file=path, hint=_ANEW) from None


def check_replaceable(path: str) -> None:
    """Raise UsageError if the file at ``path`` is there and is something else than a baseline, of whatever version."""
    if os.path.lexists(path):
        _schema(_document(path), path)


_ANEW = "costcalc check --update-baseline writes it anew"


def _schema(document: Any, path: str) -> str:
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or schema.partition("/")[0] != FAMILY:
        raise UsageError("this is no baseline", file=path, hint=f"it would say schema {SCHEMA}")
    return schema


def _document(path: str) -> Any:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        hint = "costcalc check --update-baseline writes it"
        raise UsageError("there is no such baseline", file=path, hint=hint) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path) from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"larger than {MAX_BYTES // 2**20} MiB", file=path)
    try:
        return json.loads(data, object_pairs_hook=_distinct, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise UsageError(f"not JSON: {error.msg}", file=path, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {shown(error, 120)}", file=path) from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {shown(twice)} for the second time")
    return found


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _known(entry: Mapping[str, Any]) -> Known:
    _check_keys(entry, ("model", "knobs", "values", "layers"))
    layers = []
    parts: dict[str, list[int]] = {}
    for each in entry["layers"]:
        _check_keys(each, (*Record._fields, "parts"))
        path, kind, text = (_text(each[key]) for key in ("path", "kind", "text"))
        shapes = tuple(_shape(shape) for shape in each["inputs"])
        layers.append(Record(path, kind, text, shapes, _shape(each["shape"])))
        for name, count in each["parts"].items():
            parts.setdefault(name, []).append(_whole(count))
    for name, counts in parts.items():
        if len(counts) != len(layers):
            raise ValueError(f"not every layer says {name}")
    values = {name: _number(value) for name, value in entry["values"].items()}
    return Known(_text(entry["model"]), dict(entry["knobs"]), values, layers, parts)


def _check_keys(entry: Any, keys: Sequence[str]) -> None:
    if not isinstance(entry, dict):
        raise TypeError(f"{shown(entry)} is no object")
    for key in keys:
        if key not in entry:
            raise ValueError(f"{key} is missing")
    for key in entry:
        if key not in keys:
            raise ValueError(f"no key {shown(key)} is known; {nearest(key, keys)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{shown(value)} is no text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{shown(value)} is no whole number")
    return value


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(_whole(size) for size in value)


def _number(value: Any) -> int | Fraction | float:
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return Fraction(value)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a number is beyond the range of floats")
    return value if isinstance(value, float) else _whole(value)
