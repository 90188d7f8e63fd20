"""Knobs as symbols: which can be, and sizes of images in residue classes."""

import pytest
import sympy

from costcalc import dims
from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.spec import Knob, load
from costcalc.symbolic.knobs import Symbols, can_vary, check_names, domain, least, total_stride
from tests.symbolic.writing import model


def test_numbers_can_vary_and_structure_cannot() -> None:
    """A flag, a word and one of a few numbers are fixed."""
    assert can_vary(Knob("t", 6))
    assert can_vary(Knob("alpha", 1.0))
    assert not can_vary(Knob("skip", True))
    assert not can_vary(Knob("act", "relu", choices=("relu", "relu6")))
    assert not can_vary(Knob("groups", 3, choices=(1, 2, 3)))


def test_a_name_that_is_no_symbol_is_refused() -> None:
    """An unknown one with the nearest; one that changes the structure with the value at which it is fixed."""
    found = model("knobs: {t: 6, groups: {default: 2, choices: [1, 2]}}\nlayers: [conv: {out: 4 * t, groups: groups}]")
    point = found.knob_values({})
    check_names(found, ["t"], point)
    with pytest.raises(UsageError) as caught:
        check_names(found, ["group"], point)
    assert str(caught.value) == "model has no knob group (did you mean groups?)"
    with pytest.raises(UsageError) as caught:
        check_names(found, ["groups"], point)
    assert "groups of model cannot be a symbol: it changes the structure and is fixed at 2" in str(caught.value)


def test_a_symbol_knows_what_its_knob_may_be() -> None:
    """Whole or real, positive or not negative, or nothing of that."""
    assert domain(Knob("t", 6, min=1)) == sympy.Symbol("t", integer=True, positive=True)
    assert domain(Knob("p", 64, min=0)) == sympy.Symbol("p", integer=True, nonnegative=True)
    assert domain(Knob("alpha", 1.0, above=0)) == sympy.Symbol("alpha", real=True, positive=True)
    assert domain(Knob("x", 1.0)) == sympy.Symbol("x", real=True)
    assert least(Knob("a", 1.0, above=0.25)) == (sympy.Rational(1, 4), True)
    assert least(Knob("a", 1.0)) is None


def test_a_size_of_the_image_is_a_multiple_and_a_rest() -> None:
    """Of the total stride, so that nothing is left to round; and back."""
    mobilenet = load("mobilenetv2")
    assert total_stride(infer(mobilenet)) == 32
    symbols = Symbols(mobilenet, mobilenet.knob_values({"resolution": 100}), ["resolution"])
    (size,) = symbols.image_knobs().values()
    symbols.fold("resolution", 32, size)
    inner = symbols.inner("resolution")
    assert symbols.knobs["resolution"] == 32 * inner + 4
    assert symbols.point[inner] == 3
    assert symbols.residues() == ["resolution = 32 m + 4"]
    assert symbols.back == {inner: (symbols.outer["resolution"] - 4) / 32}
    assert symbols.at({"resolution": 68}) == {symbols.outer["resolution"]: 68, inner: 2}
    assert symbols.at({"resolution": 69}) is None


def test_a_multiplier_of_the_size_folds_it_too() -> None:
    """round(224 rho) = 32 m: rho is m / 7, and the rounding is gone."""
    found = model(
        "knobs: {rho: {default: 0.5, above: 0}, resolution: 224}\n"
        "define: {size: round(rho * resolution)}\ninput: [3, size, size]\nlayers: [conv: {out: 4, stride: 2}]"
    )
    symbols = Symbols(found, found.knob_values({}), ["rho"])
    symbols.fold("rho", 32, symbols.image_knobs()["rho"])
    assert symbols.knobs["rho"] == symbols.inner("rho") / 7 + sympy.Rational(16, 224)
    assert symbols.residues() == ["round(224*rho) = 32 m + 16"]
    assert infer(found, symbols.knobs, decide=bool).nodes[0].shape[1] == 32 * symbols.inner("rho") + 16
    with pytest.raises(UsageError, match="rho and resolution together set the image size"):
        Symbols(found, found.knob_values({}), ["rho", "resolution"]).image_knobs()


def test_an_inner_symbol_is_called_what_no_knob_is() -> None:
    """m is taken where a knob has the name."""
    found = model("knobs: {m: 32}\ninput: [3, m, m]\nlayers: [conv: {out: 4, stride: 2}]")
    symbols = Symbols(found, found.knob_values({}), ["m"])
    symbols.fold("m", 2)
    assert str(symbols.inner("m")) == "n"
    assert dims.is_symbol(symbols.knobs["m"])
