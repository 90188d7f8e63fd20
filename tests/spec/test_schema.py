"""The JSON Schema that editors use knows what the parser knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from costcalc.layers import LAYERS
from costcalc.spec.schema import json_schema
from costcalc.spec.shipped import specs_folder

SCHEMA = json_schema()
SHIPPED = Path(specs_folder())
DATA = Path(__file__).parent / "data"


def _valid(document: Any, schema: dict[str, Any] = SCHEMA) -> bool:
    return bool(Draft202012Validator(schema).is_valid(document))


def _blocks_schema() -> dict[str, Any]:
    return {"$ref": "#/$defs/blocks", "$defs": SCHEMA["$defs"]}


def _line(line: Any) -> bool:
    return _valid({"input": [3, 8, 8], "layers": [line]})


def test_the_schema_is_one() -> None:
    """JSON Schema 2020-12, and plain JSON."""
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize(
    "path", sorted([*SHIPPED.glob("models/*.yaml"), *DATA.glob("*.yaml")]), ids=lambda path: path.stem
)
def test_models_validate(path: Path) -> None:
    """Those that are shipped, and those of the tests."""
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("blocks/*.yaml")), ids=lambda path: path.stem)
def test_files_of_blocks_validate(path: Path) -> None:
    """Against the part of the schema that is for them."""
    Draft202012Validator(_blocks_schema()).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_there_with_its_fields_and_no_other(name: str) -> None:
    """A misspelt field is refused, a known one taken, a required one asked for; the docstring describes the layer."""
    layer = LAYERS[name]
    definition = SCHEMA["$defs"][f"layer-{name}"]
    assert definition["description"] == " ".join((layer.__doc__ or "").strip().split("\n\n")[0].split())
    (mapping,) = [form for form in definition["anyOf"] if form.get("type") == "object"]
    assert set(mapping["properties"]) == {*layer.fields, "name", "from", "when"}
    filled = dict.fromkeys(layer.fields, 1)
    assert _line({name: filled})
    assert not _line({name: {**filled, "kernal": 3}})
    for required in mapping["required"]:
        assert not _line({name: {key: value for key, value in filled.items() if key != required}})


@pytest.mark.parametrize(
    "line",
    [
        "relu",
        {"conv": {"out": "round(8 * alpha)", "kernel": [1, 7], "when": "t != 1", "name": "x", "from": "input"}},
        {"conv": {"out": None, "bias": True}},
        {"add": ["a", -1, [], ["relu"], {"conv": {"out": 3}}]},
        {"add": {"from": ["a", "b"], "name": 1}},
        {"my_block": {"c": 3, "k": [1, 2], "until": "head"}},
        {"my_block": None},
        {"my_block": ["a", "b"]},
        {"repeat": {"n": 3, "layers": ["relu"]}},
        {"stages": {"block": "b", "columns": ["c", "from"], "rows": [[1, "a"], [2, ["x", "y"]]], "rest": {"s": 1}}},
    ],
)
def test_what_the_language_allows_validates(line: object) -> None:
    """Each form of a line."""
    assert _line(line)


@pytest.mark.parametrize(
    "line",
    [
        3,
        [],
        {},
        {"conv": {"out": 8}, "relu": None},
        {"conv": 8},
        {"conv": {"out": {"a": 1}}},
        {"conv": {"out": 8, "kernel": [1, 2, 3]}},
        {"conv": {"out": [1, 2]}},
        {"repeat": {"n": 3}},
        {"repeat": {"n": 3, "layers": ["relu"], "times": 2}},
        {"stages": {"block": "b", "columns": ["c"]}},
        {"stages": {"block": "b", "columns": ["c"], "rows": []}},
        {"stages": {"block": "b", "columns": ["c"], "rows": [1]}},
        {"my_block": {"c": {"d": 1}}},
    ],
)
def test_what_the_language_refuses_by_form_does_not_validate(line: object) -> None:
    """An editor marks it before costcalc is asked."""
    assert not _line(line)


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"input": [3, 8, 8]},
        {"layers": ["relu"]},
        {"input": [3, 8, 8], "layers": ["relu"], "layer": []},
        {"input": [3, 8, 8], "layers": "relu"},
        {"input": [3, 8, 8], "layers": ["relu"], "knobs": {"alpha": {"default": 1, "minimum": 2}}},
        {"input": [3, 8, 8], "layers": ["relu"], "knobs": {"alpha": {"min": 2}}},
        {"input": [3, 8, 8], "layers": ["relu"], "knobs": {"alpha": [1]}},
        {"input": [3, 8, 8], "layers": ["relu"], "blocks": {"b": {"args": ["c"]}}},
        {"input": [3, 8, 8], "layers": ["relu"], "blocks": {"b": {"layers": ["relu"], "arg": ["c"]}}},
        {"input": [3, 8], "layers": ["relu"]},
        {"input": [], "layers": ["relu"]},
        {"input": [3, 8, 8], "layers": []},
        {"extends": 3},
    ],
)
def test_a_document_with_a_wrong_key_or_none_does_not_validate(document: object) -> None:
    """At the top, in knobs and in blocks."""
    assert not _valid(document)


def test_what_extends_needs_no_input_and_no_layers() -> None:
    """They may be the base's; its knobs may be parts of knobs."""
    assert _valid({"extends": "mobilenetv2", "define": {"n3": 23}})
