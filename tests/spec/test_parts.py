"""Blocks and layers alone, as models of one line."""

import pytest

from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.spec import shipped_models
from costcalc.spec.parts import _names, load_any
from costcalc.spec.shipped import shipped_blocks


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_stands_alone(name: str) -> None:
    """At its examples it gives a graph of the input and itself, with a knob for each argument that can have one."""
    model = load_any(name)
    graph = infer(model)
    assert [node.layer.type for node in graph.nodes] == ["input", name]
    assert {key for key in LAYERS[name].fields if key in model.knobs} == set(LAYERS[name].fields)
    assert list(model.knobs)[:1] == ["cin"]


BLOCKS = [name for file in shipped_blocks() for name in sorted(_names(file))]


@pytest.mark.parametrize("name", BLOCKS)
def test_every_shipped_block_stands_alone(name: str) -> None:
    """With the blocks of other files that it calls."""
    model = load_any(name)
    assert model.knobs["height"].default == 56
    assert len(infer(model).nodes) > 1


def test_what_need_not_be_given_is_optional() -> None:
    """A kernel has a default, the output channels have none."""
    assert "kernel" in load_any("conv").optional
    assert load_any("conv").optional.isdisjoint({"cin", "height", "width", "out"})
    assert load_any("inverted_residual").optional.isdisjoint({"t", "c", "s"})


def test_a_layer_of_vectors_has_no_height() -> None:
    """linear takes features."""
    assert list(load_any("linear").knobs) == ["cin", "out", "bias"]


def test_a_model_is_still_a_model() -> None:
    """A shipped one by its name, a file by its path; everything else is told what is near."""
    for name in shipped_models():
        assert load_any(name).name == name
    with pytest.raises(UsageError) as caught:
        load_any("inverted_residul")
    assert str(caught.value) == "no model, block or layer inverted_residul (did you mean inverted_residual?)"
    with pytest.raises(Exception, match="there is no such file"):
        load_any("./nothing.yaml")


def test_a_number_of_a_layer_keeps_its_bounds() -> None:
    """A share of dropped values is from 0 to 1: there is no closed form beyond."""
    knob = load_any("dropout").knobs["p"]
    assert (knob.min, knob.max) == (0, 1)
