"""JSON Schema of the spec language, for editors: made from the same layer classes and keys that the parser uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.layers import LAYERS
from costcalc.layers.fields import EXPRESSION, REQUIRED
from costcalc.spec.chains import MODEL_CALL_KEYS, REPEAT, STAGES
from costcalc.spec.parse import BLOCK, KNOB_KEYS, MODEL

__all__ = ["json_schema"]

_SCALAR = {"type": ["number", "boolean", "string"]}
_VALUE = {"$ref": "#/$defs/value"}
_PAIR = {"anyOf": [_VALUE, {"type": "array", "items": _VALUE}]}
_CHAIN = {"$ref": "#/$defs/chain"}
_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def json_schema() -> dict[str, Any]:
    """The schema of a model's file, JSON Schema 2020-12. A file of blocks matches ``#/$defs/blocks``."""
    properties: dict[str, Any] = {
        "name": {"type": "string", "description": "as it appears in tables"},
        "title": {"type": "string"},
        "source": {"type": "string", "description": "the paper, its table, and what is followed where they differ"},
        "extends": {"type": "string", "description": "a shipped model or a path; knobs, defines, blocks merge by key"},
        "knobs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/knob"}},
        "input": {
            "type": "array",
            "items": _VALUE,
            "anyOf": [{"minItems": 3, "maxItems": 3}, {"minItems": 1, "maxItems": 1}],
            "description": "[channels, height, width] or [features]",
        },
        "use": {**_NAMES, "description": "files of blocks, and models to call as blocks"},
        "define": {"type": "object", "description": "values, functions such as width(c), and lookup tables"},
        "blocks": {"$ref": "#/$defs/blocks"},
        "layers": {**_CHAIN, "minItems": 1},
        "outputs": _NAMES,
        "examples": {"type": "array", "items": {"type": "object"}, "description": "knob settings to validate"},
    }
    assert set(properties) == set(MODEL)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "costcalc model",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "anyOf": [
            {"required": ["extends"]},
            {
                "required": ["input", "layers"],
                "properties": {"knobs": {"additionalProperties": {"anyOf": [_SCALAR, {"required": ["default"]}]}}},
            },
        ],
        "$defs": {
            "value": dict(EXPRESSION),
            "knob": _knob(),
            "blocks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/block"}},
            "block": _block(),
            "chain": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "source": {"anyOf": [{"type": ["string", "integer"]}, {"$ref": "#/$defs/step"}, _CHAIN]},
            "source-list": {"type": "array", "items": {"$ref": "#/$defs/source"}, "minItems": 1},
            "sources": {"anyOf": [{"$ref": "#/$defs/source-list"}, {"$ref": "#/$defs/source"}]},
            "step": _step(),
            **{f"layer-{name}": _layer(name) for name in LAYERS},
        },
    }


def _object(properties: dict[str, Any], required: Sequence[str] | None = None, others: Any = False) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": others,
        **({} if required is None else {"required": list(required)}),
    }


def _common() -> dict[str, Any]:
    return {
        "name": {"type": ["string", "integer"], "description": "by which from and outputs can refer to this line"},
        "from": {"$ref": "#/$defs/sources", "description": "what this line receives instead of the current tensor"},
        "when": {**_VALUE, "description": "false: as if the line were not there"},
    }


def _layer(name: str) -> dict[str, Any]:
    layer = LAYERS[name]
    arguments = {key: {"anyOf": [field.schema(), {"type": "null"}]} for key, field in layer.fields.items()}
    required = [key for key, field in layer.fields.items() if field.default is REQUIRED]
    forms = [_object({**arguments, **_common()}, required)]
    if not required:
        forms.append({"type": "null"})
        if layer.arity != (1, 1):
            forms.append({"$ref": "#/$defs/source-list"})
    description = (layer.__doc__ or "").strip().split("\n\n")[0]
    return {"description": " ".join(description.split()), "anyOf": forms}


def _step() -> dict[str, Any]:
    """A word; or a mapping of one key: a layer's own form, ``stages``, ``repeat``, or a call of a block or model."""
    call = {
        "anyOf": [
            {"type": "null"},
            {"$ref": "#/$defs/source-list"},
            _object({**_common(), **dict.fromkeys(MODEL_CALL_KEYS, _VALUE)}, others=_PAIR),
        ]
    }
    known = {
        **{name: {"$ref": f"#/$defs/layer-{name}"} for name in LAYERS},
        "stages": _stages(),
        "repeat": _repeat(),
    }
    return {
        "anyOf": [
            {"type": "string", "description": "a layer or block without arguments"},
            {**_object(known, others=call), "minProperties": 1, "maxProperties": 1},
        ]
    }


def _stages() -> dict[str, Any]:
    cell = {"anyOf": [_VALUE, {"$ref": "#/$defs/sources"}]}
    properties: dict[str, Any] = {
        "block": {"type": "string", "description": "the layer or block that each row calls"},
        "columns": {"type": "array", "items": {"type": "string"}, "description": "n: how often; from: the row's input"},
        "rows": {"type": "array", "items": {"type": "array", "items": cell}, "minItems": 1},
        "with": {"type": "object", "additionalProperties": _VALUE, "description": "what a row's numbers mean"},
        "rest": {"type": "object", "additionalProperties": _VALUE, "description": "all but the first of a row"},
    }
    assert set(properties) == set(STAGES)
    return _object({**properties, **_common()}, [key for key, field in STAGES.items() if field.needed])


def _repeat() -> dict[str, Any]:
    properties: dict[str, Any] = {"n": _VALUE, "layers": _CHAIN}
    assert set(properties) == set(REPEAT)
    return _object({**properties, **_common()}, list(REPEAT))


def _knob() -> dict[str, Any]:
    properties: dict[str, Any] = {
        "default": {**_SCALAR, "description": "its kind is the kind of the knob"},
        "choices": {"type": "array", "items": _SCALAR, "minItems": 1},
        "above": {"type": "number"},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "help": {"type": "string"},
    }
    assert set(properties) == set(KNOB_KEYS)
    return {"anyOf": [_SCALAR, _object(properties)]}


def _block() -> dict[str, Any]:
    properties: dict[str, Any] = {
        "args": {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": _VALUE},
            ],
            "description": "names, or names with defaults; an empty default is none",
        },
        "inputs": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "let": {"type": "object", "additionalProperties": _VALUE, "description": "values named once"},
        "layers": _CHAIN,
        "residual": {**_VALUE, "description": "true: the block's input is added to its output"},
        "outputs": _NAMES,
    }
    assert set(properties) == set(BLOCK)
    return _object(properties, ["layers"])
