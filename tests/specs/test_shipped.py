"""What holds of every model that costcalc brings."""

from __future__ import annotations

import pytest

from costcalc.inference import infer
from costcalc.measure.validate import validate
from costcalc.spec import load, shipped_models

MODELS = shipped_models()


@pytest.mark.parametrize("name", MODELS)
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


def test_no_two_shipped_models_have_one_title() -> None:
    """Titles head tables."""
    titles = [load(name).title for name in MODELS]
    assert sorted(set(titles)) == sorted(titles)
