"""The registry: every layer type under one name, documented, counted by loops, and cheap to import."""

import re
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator

from costcalc.layers import ACTIVATIONS, LAYERS, registry
from costcalc.layers.base import WORK_KINDS, Free, Input
from costcalc.layers.fields import REQUIRED
from costcalc.layers.linear import Linear
from costcalc.layers.norm import BatchNorm
from tests.layers.brute import BRUTE
from tests.layers.cases import CASES

everywhere = pytest.mark.parametrize("name", LAYERS)


@everywhere
def test_every_layer_type_is_counted_by_loops_and_tried_in_cases(name: str) -> None:
    """A layer type without loops of its own in brute.py, or without a case in cases.py, has no test."""
    assert name in BRUTE
    assert name in {case.type for case in CASES}


@everywhere
def test_every_layer_type_states_its_counting_rule_and_where_it_comes_from(name: str) -> None:
    """The docstring says what is counted, or that nothing is, and names the source."""
    text = " ".join((LAYERS[name].__doc__ or "").split())
    assert re.search(r"Source: \S+.*\.$", text)
    rule = r"[Ff]ree" if issubclass(LAYERS[name], Free) else r"multipl|addition|comparison|division|operation"
    assert re.search(rule, text)
    assert "__doc__" in vars(LAYERS[name])


@everywhere
def test_every_layer_type_is_registered_under_its_own_name(name: str) -> None:
    """Names are lower-case words, as a spec writes them."""
    assert LAYERS[name].type == name
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)


@everywhere
def test_every_ledger_has_known_kinds_of_work_only(name: str) -> None:
    """A kind that no convention knows would never be summed."""
    for case in CASES:
        if case.type == name:
            layer, inputs = case.build(**case.settings(1)[0])
            assert set(layer.ledger(inputs, layer.out_shape(*inputs))) <= set(WORK_KINDS)


@everywhere
def test_every_field_describes_itself_in_json_schema_and_accepts_its_default(name: str) -> None:
    """What editors are told is valid JSON Schema, and a default obeys its own field."""
    for key, field in LAYERS[name].fields.items():
        schema = field.schema()
        Draft202012Validator.check_schema(schema)
        if field.default is not REQUIRED:
            Draft202012Validator(schema).validate(field.default)
            field.check(key, field.default)


def test_two_types_of_one_name_are_an_error() -> None:
    """A second registration would hide the first."""
    with pytest.raises(ValueError, match="two layer types are called linear"):
        registry((Linear, BatchNorm, Linear))


def test_a_registry_is_a_mapping_by_name_in_the_order_given() -> None:
    """The order is the one in which messages and the schema list the types."""
    assert list(registry((Linear, BatchNorm)).items()) == [("linear", Linear), ("batch_norm", BatchNorm)]


def test_the_input_is_no_layer_that_a_spec_can_call() -> None:
    """The graph makes the input node itself."""
    assert Input.type not in LAYERS
    assert Input not in LAYERS.values()


@pytest.mark.parametrize("word", ACTIVATIONS)
def test_every_activation_word_is_a_layer_without_arguments(word: str) -> None:
    """``- relu`` says the same as ``- activation: {fn: relu}``."""
    named, general = LAYERS[word](), LAYERS["activation"](fn=word)
    inputs, output = ((4, 3, 2),), (4, 3, 2)
    assert named.fields == {}
    assert named.ledger(inputs, output) == general.ledger(inputs, output)
    assert named.torch(inputs, output) == general.torch(inputs, output)


def test_importing_the_layers_loads_nothing_heavy() -> None:
    """The whole registry comes before the first line of every command."""
    heavy = ("torch", "numpy", "sympy", "pandas", "dataclasses", "inspect", "pydantic", "yaml")
    script = f"import sys, costcalc.layers; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("[]\n", "")
