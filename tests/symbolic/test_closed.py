"""Closed forms of whole models, against arithmetic by hand and against counting."""

from fractions import Fraction

import pytest
import sympy

from costcalc.analyses.cost import total_macs, total_params
from costcalc.inference import infer
from costcalc.quantities import KINDS, QUANTITIES
from costcalc.spec import load
from costcalc.symbolic.closed import ClosedForms
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.text import text
from tests.symbolic.writing import model


def forms(name: str, what: str = "macs", **knobs: object) -> ClosedForms:
    return ClosedForms(symbolic(load(name), knobs), QUANTITIES[what])


def test_mobilenetv1_is_what_its_table_adds_up_to() -> None:
    """Over R^2 alpha^2: pointwise convolutions; over R^2 alpha: stem and depthwise ones; the classifier apart.

    The former add up to 10752, the latter to 1125 / 2.
    """
    derived = forms("mobilenetv1", resolution=224, rho=1.0)
    whole = derived.form("total")
    assert text(whole.ideal) == "539492352*alpha^2 + 1024*alpha*num_classes + 28224000*alpha"
    assert 539492352 == 10752 * 224**2
    assert 28224000 == 1125 * 224**2 // 2
    assert whole.value == whole.counted == 568740352
    assert derived.validity(exact=False) == ["alpha >= 1/4"]
    assert derived.roundings([whole]) == ["int"]


def test_the_ideal_form_says_what_rounding_makes_of_it() -> None:
    """At alpha 0.35 MobileNetV2's widths are rounded up: 247869440 * 0.35^2 + 51624832 * 0.35 + 1280000 is less."""
    derived = ClosedForms(symbolic(load("mobilenetv2"), {"alpha": 0.35}, ["alpha"]), QUANTITIES["macs"])
    whole = derived.form("total")
    assert whole.counted == total_macs(infer(load("mobilenetv2"), {"alpha": 0.35}))
    assert whole.value == Fraction(247869440 * 49, 400) + Fraction(51624832 * 7, 20) + 1280000
    assert derived.evaluate(whole, {"alpha": 0.35, "resolution": 224, "num_classes": 1000, "t": 6}) == whole.counted


def test_parts_sum_to_the_whole() -> None:
    """Over stages, exact and ideal."""
    derived = forms("mobilenetv2")
    stages = dict.fromkeys(node.stage for node in derived.graph.counted.nodes[1:])
    parts = [derived.form(stage, lambda node, stage=stage: node.stage == stage) for stage in stages]  # type: ignore[misc]
    whole = derived.form("total")
    assert sympy.expand(sum(part.exact for part in parts) - whole.exact) == 0
    assert sympy.expand(sum(part.ideal for part in parts) - whole.ideal) == 0
    assert sum(part.counted for part in parts) == whole.counted == total_macs(derived.graph.counted)


@pytest.mark.parametrize("kind", ["weights", "trainable", "stored"])
def test_each_kind_of_parameters_has_its_form(kind: str) -> None:
    """1280 weights of the classifier for each class, and a bias if that counts."""
    derived = ClosedForms(symbolic(load("mobilenetv2"), {}, ["num_classes"]), QUANTITIES[KINDS[kind]])
    per_class = 1280 if kind == "weights" else 1281
    rest = total_params(infer(load("mobilenetv2")))[kind] - 1000 * per_class
    assert text(derived.form("total").ideal) == f"{per_class}*num_classes + {rest}"


def test_memory_is_the_sum_at_its_peak() -> None:
    """MobileNetV2's is where its first 96 channels of 112 x 112 are normalised: twice that and the image, 4 bytes each.

    Over the resolution R and t: 2 * 16 t * (R / 2)^2 and 3 R^2 elements.
    """
    derived = forms("mobilenetv2", "peak_memory", alpha=1.0)
    whole = derived.form("total")
    assert whole.place == "stage2.1.expand.batch_norm"
    assert whole.counted == (2 * 96 * 112 * 112 + 3 * 224 * 224) * 4
    assert text(whole.ideal) == "32*resolution^2*t + 12*resolution^2"


def test_the_peak_of_a_part_is_the_greatest_over_its_steps() -> None:
    """The image is held, a dropout is a view, a max pooling has indices of 8 bytes, a result stays."""
    found = model(
        "knobs: {c: {default: 8, min: 1}}\nlayers:\n  - conv: {name: a, out: c}\n  - dropout: {name: b}\n"
        "  - max_pool: {name: pool, kernel: 2, stride: 2}\n  - conv: {name: d, out: 2}\noutputs: [pool, d]"
    )
    derived = ClosedForms(symbolic(found), QUANTITIES["peak_memory"])
    # image 4*16*16*4 = 4096; a 16*16*4 c = 1024 c; b is a; pool 8*8*4 c = 256 c, and its indices 8*8*8 c = 512 c; d 512
    steps = {"a": "1024*c + 4096", "b": "1024*c + 4096", "pool": "1792*c + 4096", "d": "256*c + 4608"}
    for path, expected in steps.items():
        assert text(derived.form(path, lambda node, path=path: node.path == path).exact) == expected  # type: ignore[misc]
    first = derived.form("first", lambda node: node.path in ("a", "b"))
    assert (first.place, first.counted) == ("a", 1024 * 8 + 4096)
    whole = derived.form("total")
    assert (whole.place, whole.counted) == ("pool", 1792 * 8 + 4096)


def test_what_a_transient_depends_on_is_a_condition_of_the_memory_alone() -> None:
    """With TensorFlow's padding a convolution pads apart where the two sides differ: for an odd k they are equal.

    At k = 4 the image of 4 x 16 x 16 gets 3 rows and columns; that copy is there beside image and result.
    """
    found = model("knobs: {k: {default: 4, min: 1}}\nlayers: [conv: {out: 2, kernel: k, padding: same}]")
    derived = ClosedForms(symbolic(found, {}, ["k"]), QUANTITIES["peak_memory"])
    whole = derived.form("total")
    assert whole.counted == (4 * 16 * 16 + 2 * 16 * 16 + 4 * 19 * 19) * 4
    assert derived.evaluate(whole, {"k": 6}) == (4 * 16 * 16 + 2 * 16 * 16 + 4 * 21 * 21) * 4
    assert derived.evaluate(whole, {"k": 5}) is None
    macs = ClosedForms(symbolic(found, {}, ["k"]), QUANTITIES["macs"])
    assert macs.evaluate(macs.form("total"), {"k": 5}) == 16 * 16 * 2 * 4 * 5 * 5


def test_elasticities_are_those_of_the_ideal_form() -> None:
    """x f'(x) / f(x): of a square 2, of a sum in between, of what has steps none."""
    derived = forms("mobilenetv1")
    whole = derived.form("total")
    square, line, classes = 539492352, 28224000, 1024000
    assert derived.elasticity(whole, "alpha") == Fraction(2 * square + line + classes, square + line + classes)
    assert derived.elasticity(whole, "resolution") == Fraction(2 * (square + line), square + line + classes)
    assert derived.elasticity(whole, "num_classes") == Fraction(classes, square + line + classes)
    steps = model("knobs: {s: {default: 2, min: 1}}\nlayers: [conv: {out: 4, stride: s}]")
    stepped = ClosedForms(symbolic(steps), QUANTITIES["macs"])
    assert stepped.elasticity(stepped.form("total"), "s") is None


def test_a_knob_that_a_condition_pins_is_replaced() -> None:
    """Where c must be cin the form has one of them."""
    found = model("knobs: {c: {default: 4, min: 1}}\nlayers: [conv: {out: c}, conv: {out: c, when: c == cin}]")
    pinned = model(
        "knobs: {c: {default: 4, min: 1}, d: {default: 4, min: 1}}\ninput: [d, 8, 8]\n"
        "layers: [conv: {out: c}, conv: {out: 2, when: c == d}]"
    )
    assert ClosedForms(symbolic(found), QUANTITIES["macs"]).validity(exact=False) == []
    derived = ClosedForms(symbolic(pinned), QUANTITIES["macs"])
    assert text(derived.form("total").ideal) == "64*c^2 + 128*c"
    assert derived.validity(exact=False) == ["c = d"]
