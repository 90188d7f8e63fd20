"""Names that people know from elsewhere lead to ours."""

import pytest

from costcalc.errors import closest, did_you_mean, nearest
from costcalc.layers import LAYERS
from costcalc.spec.chains import MODEL_CALL_KEYS, REPEAT, STAGES, STEP
from costcalc.spec.parse import BLOCK, KNOB_KEYS, MODEL
from costcalc.spec.parts import part_names
from costcalc.spec.shipped import shipped_models
from costcalc.synonyms import SYNONYMS, family, plain
from costcalc.words import DTYPES


def test_a_synonym_leads_to_names_that_there_are() -> None:
    """Each is a layer, a shipped block, an argument of one, a key of a spec or an element type, as looked up."""
    keys = {*STEP, *MODEL_CALL_KEYS, *REPEAT, *STAGES, *BLOCK, *KNOB_KEYS, *MODEL}
    arguments = {name for layer in LAYERS.values() for name in layer.fields}
    known = {*part_names(), *keys, *arguments, *DTYPES, "act"}  # act: of the block conv_norm_act
    assert {name for meant in SYNONYMS.values() for name in meant} <= known
    assert [name for name in SYNONYMS if plain(name) != name] == []


def test_a_family_that_is_not_shipped_is_none_that_is() -> None:
    """An entry of the table must go when a model of the family is shipped."""
    assert [name for name in shipped_models() if family(name)] == []
    assert family("EfficientNet-B0") == "EfficientNet"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bn", "batch_norm"),
        ("BatchNorm2d", "batch_norm"),
        ("fc", "linear"),
        ("Dense", "linear"),
        ("Conv2D", "conv"),
        ("swish", "silu"),
        ("ReLU", "relu"),
        ("max-pool", "max_pool"),
        ("cat", "concat"),
        ("sep_conv", "depthwise"),
        ("rely", "relu"),
        ("attention", None),
        ("conv3d", None),
        ("qqqq", None),
        ("", None),
    ],
)
def test_what_people_type_is_understood(typed: str, meant: str | None) -> None:
    """A synonym, another case or other signs, a misspelling; what is no layer here is none."""
    assert closest(typed, part_names()) == meant


def test_a_synonym_is_one_of_the_candidates() -> None:
    """``units`` means out to a layer that has out; to others the misspelling decides."""
    assert closest("units", ["out", "bias"]) == "out"
    assert closest("units", ["unit", "bias"]) == "unit"


def test_the_hint_names_the_nearest_or_lists_a_few() -> None:
    """`did_you_mean` names one or is silent; `nearest` lists up to twelve."""
    assert did_you_mean("kernal", ["kernel", "out"]) == nearest("kernal", ["kernel", "out"]) == "did you mean kernel?"
    assert did_you_mean("x", ["kernel", "out"]) is None
    assert nearest("x", ["out", "kernel"]) == "known: kernel, out"
    assert nearest("x", [f"kernel{number}" for number in range(13)]) is None
    assert nearest("x", []) is None
