"""Plateaus: between two of their ends nothing changes, and at each end something does."""

import math
import random
from itertools import pairwise

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from costcalc.symbolic import steps
from costcalc.symbolic.steps import plateaus
from tests.symbolic.writing import model


def widths(spec: ModelSpec, alpha: float) -> list[tuple[int, ...]]:
    return [node.shape for node in infer(spec, {"alpha": alpha}).nodes]


@pytest.mark.parametrize(("name", "low", "high"), [("mobilenetv1", 0.2, 0.24), ("mobilenetv2", 0.3, 1.2)])
def test_nothing_changes_within_a_plateau_and_something_at_its_end(name: str, low: float, high: float) -> None:
    """To the last float: the one before each end is still of the plateau."""
    spec = load(name)
    found = plateaus(spec, spec.knob_values({}), "alpha", low, high)
    assert found[0][0] == low
    assert found[-1][1] == math.nextafter(high, math.inf)
    assert all(before[1] == after[0] for before, after in pairwise(found))
    pick = random.Random(1)
    for start, end, inside in pick.sample(found, 12):
        assert start <= inside < end
        here = widths(spec, start)
        for value in (inside, math.nextafter(end, 0), pick.uniform(start, math.nextafter(end, 0))):
            assert widths(spec, value) == here
        if end <= high:
            assert widths(spec, end) != here


def test_a_structure_that_changes_ends_a_plateau_too() -> None:
    """A condition on the knob itself, to the last float."""
    spec = model("knobs: {alpha: 1.0}\nlayers:\n  - conv: {out: 8}\n  - conv: {out: 8, when: alpha > 0.7}\n")
    below, above = plateaus(spec, spec.knob_values({}), "alpha", 0.1, 1.0)
    assert below[1] == above[0] == math.nextafter(0.7, 1)
    assert [total_macs(infer(spec, {"alpha": value})) for value in (below[2], above[2])] == [8192, 24576]


ODD = {
    "a kernel": "conv: {out: 8, kernel: 2 * int(3 * alpha) + 1}",
    "groups": "conv: {out: 8, groups: 1 if alpha > 0.3 else 2}",
    "one value": "conv: {out: 8, when: alpha == 0.77}",
    "an interval": "conv: {out: 8, when: alpha > 0.6 and alpha < 0.625}",
    "all but one value": "conv: {out: 8, when: alpha != 0.5}",
    "what falls": "conv: {out: int(20 - 9 * alpha)}",
    "a rounding of a rounding": "conv: {out: 1 + int(alpha * 2.5 + int(32 * alpha) / 7)}",
}


@pytest.mark.parametrize("layer", ODD.values(), ids=ODD)
def test_whatever_takes_the_knob_has_steps(layer: str) -> None:
    """Also where no width does: at each hundredth the plateau says what counting says."""
    spec = model(f"knobs: {{alpha: 1.0}}\nlayers:\n  - {layer}\n  - conv: {{out: 8}}\n")

    def cost(alpha: float) -> tuple[int, int]:
        graph = infer(spec, {"alpha": alpha})
        return total_macs(graph), total_params(graph)["trainable"]

    found = plateaus(spec, spec.knob_values({}), "alpha", 0.05, 1.0)
    assert len(found) > 1
    for hundredths in range(5, 101):
        alpha = hundredths / 100
        (inside,) = [inside for start, end, inside in found if start <= alpha < end]
        assert cost(inside) == cost(alpha)


def test_what_rises_and_falls_is_refused() -> None:
    """8 alpha (2 - alpha) is greatest in the middle: no bisection finds its jumps."""
    spec = model("knobs: {alpha: 1.0}\nlayers: [conv: {out: 1 + int(8 * alpha * (2 - alpha))}]")
    with pytest.raises(UsageError, match=r"int\(8\*alpha\*\(2 - alpha\)\) is not known to be monotonic in alpha"):
        plateaus(spec, spec.knob_values({}), "alpha", 0.05, 1.95)


def test_a_value_without_a_graph_is_named() -> None:
    """7 groups do not divide 8 channels; where the knob is 2 is no place of the spec."""
    spec = model("knobs: {alpha: 1.0}\nlayers: [conv: {out: 8, groups: int(3 * alpha) + 1}]")
    with pytest.raises(UsageError, match=r"alpha = .* gives no graph of .*does not divide"):
        plateaus(spec, spec.knob_values({}), "alpha", 1.0, 2.0)


def test_the_value_inside_is_as_round_as_it_can_be() -> None:
    """int(64 alpha) is 48 from 0.75 to 0.765625, and 0.75 is the roundest there."""
    spec = model("knobs: {alpha: 1.0}\nlayers: [conv: {out: int(64 * alpha)}]")
    found = {start: inside for start, _, inside in plateaus(spec, spec.knob_values({}), "alpha", 0.5, 1.0)}
    assert found[0.75] == 0.75
    assert found[0.734375] == 0.74
    assert found[1.0] == 1.0


def test_a_multiplier_of_the_resolution_has_plateaus_too() -> None:
    """round(20 rho) is 9 to 11 between 0.45 and 0.55; a convolution of stride 2 halves that."""
    spec = model(
        "knobs: {rho: 0.5}\ndefine: {size: round(20 * rho)}\n"
        "input: [4, size, size]\nlayers: [conv: {out: 4, stride: 2}]"
    )
    found = plateaus(spec, spec.knob_values({}), "rho", 0.45, 0.55)
    sizes = [infer(spec, {"rho": inside}).nodes[0].shape[1] for _, _, inside in found]
    assert sorted(set(sizes)) == [9, 10, 11]
    assert sizes == sorted(sizes)


def test_too_many_steps_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they are gone through."""
    monkeypatch.setattr(steps, "MAX_STEPS", 10)
    spec = load("mobilenetv2")
    with pytest.raises(UsageError, match="more than 10 steps for alpha"):
        plateaus(spec, spec.knob_values({}), "alpha", 0.5, 1.0)
    assert total_params(infer(spec))["trainable"] == 3504872
