"""Models over symbols: the conditions on which the graph rests, and what cannot be a symbol."""

import pytest
import sympy

from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.spec import load
from costcalc.symbolic.conditions import readable
from costcalc.symbolic.graph import numbers, one_for_each_side, symbolic
from costcalc.symbolic.text import text
from costcalc.symbols import Rounding
from tests.symbolic.writing import model


def sizes(graph: Graph) -> set[str]:
    return {text(sympy.sympify(size)) for node in graph.nodes for size in node.shape}


def test_every_number_is_a_symbol_unless_it_has_a_value() -> None:
    """Flags, words and choices stay; what is given a value stays at it."""
    mobilenet = load("mobilenetv2")
    assert numbers(mobilenet) == ["alpha", "resolution", "num_classes", "t"]
    assert list(symbolic(mobilenet).symbols.outer) == ["alpha", "resolution", "num_classes", "t"]
    assert list(symbolic(mobilenet, {"alpha": 0.5}).symbols.outer) == ["resolution", "num_classes", "t"]
    assert list(symbolic(mobilenet, {"alpha": 0.5}, ["alpha"]).symbols.outer) == ["alpha"]


def test_halving_an_image_leaves_no_floor() -> None:
    """Its size is 32 m, or 32 m and a rest: floors go by themselves."""
    for resolution in (224, 97, 128):
        derived = symbolic(load("mobilenetv2"), {"resolution": resolution}, ["resolution"])
        assert not any(sympy.sympify(size).has(sympy.floor) for node in derived.graph.nodes for size in node.shape)


def test_a_floor_that_no_residue_takes_away_stays() -> None:
    """A stride that is a symbol itself divides nothing for sure."""
    found = model("knobs: {s: 2, size: 56}\ninput: [4, size, size]\nlayers: [conv: {out: 4, stride: s}]")
    assert "floor((size - 1)/s) + 1" in sizes(symbolic(found).graph)
    assert symbolic(found).symbols.residues() == []


def test_the_floors_of_a_kernel_go_too() -> None:
    """Half padding of an odd kernel keeps the size: kernel = 2 m + 1."""
    derived = symbolic(model("knobs: {k: {default: 3, min: 1}}\nlayers: [conv: {out: 4, kernel: k}]"))
    assert derived.symbols.residues() == ["k = 2 m + 1"]
    assert sizes(derived.graph) == {"4", "16"}


def test_conditions_hold_where_the_graph_is_the_same_and_nowhere_else() -> None:
    """A residual, a line that may be dropped, a division that must be whole."""
    found = model(
        "knobs: {t: 6, c: 8, g: {default: 2, min: 1}}\nlayers:\n"
        "  - conv: {out: 12, when: t != 1}\n"
        "  - add: {from: [-1, conv: {out: cin}], when: c == 8}\n"
        "  - conv: {out: 2 * c, groups: g}\n"
    )
    derived = symbolic(found)
    assert derived.at({"t": 3, "c": 8, "g": 4}) is not None
    assert derived.at({"t": 1, "c": 8, "g": 4}) is None
    assert derived.at({"t": 3, "c": 9, "g": 2}) is None
    assert derived.at({"t": 3, "c": 8, "g": 5}) is None
    told = readable(derived.conditions, lambda condition: condition, {})
    assert {"t != 1", "c = 8", "g divides 12", "g divides 2*c"} <= set(told)


def test_sizes_that_must_not_fall_to_nothing_are_conditions() -> None:
    """A convolution without padding needs an image."""
    found = model("knobs: {size: 32}\ninput: [4, size, size]\nlayers: [conv: {out: 4, kernel: 5, padding: valid}]")
    derived = symbolic(found)
    assert derived.at({"size": 5}) is not None
    assert derived.at({"size": 4}) is None


def test_equal_widths_are_no_condition() -> None:
    """Of the residuals of MobileNetV2 only those between different widths are."""
    conditions = symbolic(load("mobilenetv2"), {}, ["alpha"]).conditions
    assert all(isinstance(condition, sympy.Ne) for condition in conditions)
    assert all(condition.lhs.has(Rounding) for condition in conditions)


def test_what_changes_the_structure_is_fixed() -> None:
    """Asked for, it is refused with the value; by default it is left out."""
    found = model("knobs: {n: 2, c: 8}\nlayers: [repeat: {n: n, layers: [conv: {out: c}]}]")
    assert list(symbolic(found).symbols.outer) == ["c"]
    for names in (["n"], ["c", "n"]):
        with pytest.raises(UsageError) as caught:
            symbolic(found, {"n": 3}, names)
        assert str(caught.value).startswith(
            "n changes the structure of model and is fixed at 3 (--n sets another value"
        )


def test_of_two_knobs_for_one_size_the_whole_one_is_a_symbol() -> None:
    """Their product alone would count."""
    found = model(
        "knobs: {rho: 1.0, r: 32}\ndefine: {size: round(rho * r)}\ninput: [4, size, size]\nlayers: [conv: {out: 4}]"
    )
    assert one_for_each_side(found, found.knob_values({}), ["rho", "r"]) == ["r"]
    assert list(symbolic(found).symbols.outer) == ["r"]
    assert list(symbolic(found, {}, ["rho"]).symbols.outer) == ["rho"]
    with pytest.raises(UsageError, match="rho and r together"):
        symbolic(found, {}, ["rho", "r"])
