"""What holds of every model that costcalc brings."""

from __future__ import annotations

import pytest

from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.layers.move import Dropout
from costcalc.measure.validate import validate
from costcalc.spec import load, shipped_models
from tests.exhaustive import over

MODELS = shipped_models()


@pytest.mark.parametrize("name", over(MODELS))
def test_the_torch_module_of_a_shipped_model_is_what_costcalc_says(name: str) -> None:
    """Layer by layer, at the default and at every example: parameters, shapes, multiply-accumulates."""
    model = load(name)
    for knobs in ({}, *model.examples):
        assert validate(infer(model, knobs)).differences == ()


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    """Its name is its file's, its title is for people, its source is named, its knobs are explained."""
    model = load(name)
    assert model.name == name
    assert model.title != name
    assert model.source
    assert model.examples
    assert [knob.name for knob in model.knobs.values() if not knob.help] == []


@pytest.mark.parametrize("name", MODELS)
def test_the_least_value_of_a_knob_gives_a_graph(name: str) -> None:
    """What a knob allows works, the other knobs being at their defaults."""
    model = load(name)
    for knob in model.knobs.values():
        if knob.min is not None:
            assert infer(model, {knob.name: int(knob.min)}).nodes


@pytest.mark.parametrize("name", [name for name in MODELS if "resolution" in load(name).knobs])
def test_the_least_resolution_is_the_least_that_gives_a_graph(name: str) -> None:
    """An image smaller than what the knob allows would vanish on the way."""
    model = load(name)
    knob = model.knobs["resolution"]
    assert knob.min is not None
    model.knobs["resolution"] = knob._replace(min=None)
    with pytest.raises(CostcalcError, match="at least 1|falls to|does not divide"):
        infer(model, {"resolution": int(knob.min) - 1})


DROPOUTS = {
    "mobilenetv1": [0.001],  # TF-slim: dropout_keep_prob=0.999
    "mobilenetv2": [0.2],  # torchvision: dropout=0.2
    "alexnet": [0.5, 0.5],
    "alexnet-torch": [0.5, 0.5],
    "vgg16": [0.5, 0.5],
    "inception-v3": [0.5],
}


@pytest.mark.parametrize("name", DROPOUTS)
def test_values_are_dropped_as_often_as_in_the_reference(name: str) -> None:
    """It costs nothing, but a module that is trained has it."""
    layers = [node.layer for node in infer(load(name)).nodes]
    assert [layer.p for layer in layers if isinstance(layer, Dropout)] == DROPOUTS[name]


def test_no_two_shipped_models_have_one_title() -> None:
    """Titles head tables."""
    titles = [load(name).title for name in MODELS]
    assert sorted(set(titles)) == sorted(titles)
