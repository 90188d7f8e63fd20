"""Piece by piece: where a form does not hold another one is made, and none twice."""

import random

import sympy

from costcalc.analyses.cost import total_macs
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load
from costcalc.symbolic.piecewise import Piecewise, random_values
from tests.symbolic.writing import model


def macs(graph: Graph) -> list[object]:
    return [sympy.Add(*(node.ledger.get("macs", 0) for node in graph.nodes))]


def test_a_piece_is_made_once() -> None:
    """t = 1 has no expansion, another residue class other floors, another word another graph."""
    spec = load("mobilenetv2")
    forms = Piecewise(spec, macs)
    for knobs, count in (
        ({}, 1),
        ({"alpha": 0.75, "resolution": 96}, 1),
        ({"t": 1}, 2),
        ({"t": 1, "num_classes": 3}, 2),
        ({"resolution": 97}, 3),
        ({"resolution": 129}, 3),
    ):
        point = spec.knob_values(knobs)
        assert forms.values(point) == [total_macs(infer(spec, point))]
        assert len(forms.pieces) == count


def test_a_fixed_knob_that_differs_is_another_piece() -> None:
    """A flag is no symbol."""
    spec = model("knobs: {wide: false, c: 8}\nlayers: [conv: {out: 2 * c if wide else c}]")
    forms = Piecewise(spec, macs)
    assert [forms.values({"wide": wide, "c": 5}) for wide in (False, True)] == [[5120], [10240]]
    assert len(forms.pieces) == 2


def test_random_values_are_allowed_ones() -> None:
    """And not always the default."""
    spec = model(
        "knobs:\n  alpha: {default: 1.0, above: 0, max: 1.2}\n  n: {default: 3, min: 2, max: 4}\n"
        "  act: {default: relu, choices: [relu, relu6]}\n  wide: false\nlayers:\n"
        "  - conv: {out: int(8 * alpha) + n if wide else n}\n  - activation: {fn: act}\n"
    )
    pick = random.Random(2)
    seen = [random_values(spec, pick) for _ in range(200)]
    assert all(spec.knob_values(values) == values for values in seen)
    assert {values["n"] for values in seen} == {2, 3, 4}
    assert {values["act"] for values in seen} == {"relu", "relu6"}
    assert {values["wide"] for values in seen} == {False, True}
    assert len({values["alpha"] for values in seen}) > 50
