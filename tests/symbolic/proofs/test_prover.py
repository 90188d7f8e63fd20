"""Proofs, refutations, and what is neither: on comparisons about small graphs."""

import pytest

from costcalc.errors import SpecError
from costcalc.symbolic.proofs import prover
from costcalc.symbolic.proofs.verdict import PROVED, REFUTED, UNDECIDED
from tests.symbolic.proofs.writing import proof


@pytest.mark.parametrize(
    "claim",
    [
        "macs(conv) == 9 * c * d * h * h",
        "weights(conv) == 9 * c * d",
        "params(conv) == weights(conv)",
        "stored(conv) == params(conv)",
        "macs(conv) / weights(conv) == elements(conv) / (c + d)",
        "adds(conv) + muls(conv) + compares(conv) + divides(conv) + exps(conv) == 0",
        "channels(conv) + height(conv) == d + h",
        "memory(conv) == 4 * (c + d) * h * h",
        "inner(conv) == 0",
        "macs(conv) >= 9",
        "macs(conv) > 8",
        "limit(macs(conv) / (macs(conv) + 1), d) == 1",
        "max(c, 1) == c",
    ],
)
def test_what_follows_from_the_layers_is_proved(claim: str) -> None:
    """Each function of a graph is there."""
    assert proof(claim).status == PROVED


@pytest.mark.parametrize(
    ("claim", "counterexample"),
    [
        ("macs(conv) == 9 * c * d * h", "macs(conv) == 9 * c * d * h at c = 1, d = 1, h = 2: left 36, right 18"),
        ("macs(conv) != 36", "macs(conv) != 36 at c = 1, d = 1, h = 2: left 36, right 36"),
        ("macs(conv) / 9 < 1000", "macs(conv) / 9 < 1000 at "),
        ("limit(macs(conv) / (macs(conv) + 1), d) == 1 / 2", "left 1, right 1/2"),
        ("1 / 3 == 0.33", "1 / 3 == 0.33: left 1/3, right 33/100"),
    ],
)
def test_what_is_false_is_refuted_by_numbers(claim: str, counterexample: str) -> None:
    """The first point at which the sides, counted over ints, differ; arithmetic is exact."""
    verdict = proof(claim)
    assert verdict.status == REFUTED
    assert counterexample in verdict.detail


HALVED = "graphs: {halved: {input: [c, h, h], layers: [conv: {out: d, kernel: 3, stride: 2}]}}\n"


PADDED = "graphs: {padded: {input: [c, h, h], layers: [conv: {out: d, kernel: %s, padding: same}]}}\n"


def test_memory_has_what_is_there_while_a_layer_runs() -> None:
    """Torch copies the image to pad it unevenly: by one row and one column for a kernel of 2."""
    for claim in (
        "inner(padded) == 4 * c * (h + 1) * (h + 1)",
        "memory(padded) == 4 * (c + d) * h * h + inner(padded)",
    ):
        assert proof(claim, graphs=PADDED % 2).status == PROVED


def test_what_a_transient_depends_on_is_a_case() -> None:
    """Whether the padding is even: over all kernels both are gone through."""
    found = proof("memory(padded) >= 4 * (c + d) * h * h", "{c: 1, d: 1, h: 1, k: 1}", PADDED % "k")
    assert found.status == PROVED
    assert "2 cases" in found.detail


def test_what_is_true_and_not_understood_is_not_decided() -> None:
    """That floor((h - 1) / 2) + 1 is the ceiling of h / 2, no counterexample says, and no proof."""
    verdict = proof("height(halved) == -(-h // 2)", graphs=HALVED)
    assert verdict.status == UNDECIDED
    assert "height(halved) == -(-h // 2)" in verdict.detail


def test_the_symbols_of_one_comparison_may_be_others() -> None:
    """A range is gone through to its end, and no further."""
    both = "prove:\n  - {that: c * c < 20, for: {c: 1..4}}\n  - {that: c * c > 20, for: {c: 5}}\n"
    assert proof(both).status == PROVED
    assert proof("prove: [{that: c * c < 20, for: {c: 1..5}}]").detail.startswith("c * c < 20 at c = 5")


RESIDUAL = """graphs:
  block:
    input: [c, h, h]
    layers:
      - add: {from: [conv: {out: d}, conv: {out: d}], when: c == d or h == 3}
      - conv: {out: d, when: c != d and h != 3}
"""


def test_every_case_of_a_condition_must_hold() -> None:
    """Where c and d are the same or h is 3 there are two convolutions, else there is one."""
    assert proof("macs(block) == macs(block)", graphs=RESIDUAL).detail == "1 comparison by sympy, 3 cases"
    assert proof("macs(block) == c * d * h * h", graphs=RESIDUAL).status == REFUTED
    assert proof("macs(block) >= c * d * h * h", graphs=RESIDUAL).status == PROVED


def test_a_case_that_only_equal_symbols_make_is_found() -> None:
    """Corners and random points hit c = d; what is true for c != d alone is refuted."""
    verdict = proof("macs(block) == c * d * h * h", symbols="{c: 1, d: 1, h: 4}", graphs=RESIDUAL)
    assert verdict.status == REFUTED
    assert "c = 1, d = 1" in verdict.detail


def test_sides_without_a_counterexample_are_told_in_the_symbols_of_the_file() -> None:
    """A limit has no value at a point; from 2 on d stands for itself, not for what it is more than 2."""
    verdict = proof("limit(c * d / (c + 1), c) == d + 1", symbols="{c: 1, d: 2}", graphs="")
    assert verdict == (REFUTED, "limit(c * d / (c + 1), c) == d + 1: left d, right d + 1")


def test_too_many_cases_are_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are given up, not half done."""
    monkeypatch.setattr(prover, "MAX_CASES", 2)
    assert proof("macs(block) >= c * d * h * h", graphs=RESIDUAL).status == UNDECIDED


def test_without_symbols_both_sides_are_numbers() -> None:
    """One point says it all."""
    graph = "graphs: {net: {model: mobilenetv2, alpha: 0.75, resolution: 128}}\n"
    assert proof("macs(net) == 69129728", symbols="{}", graphs=graph).status == PROVED
    verdict = proof("macs(net) == 1", symbols="{}", graphs=graph)
    assert verdict == (REFUTED, "macs(net) == 1: left 69129728, right 1")


GROUPED = "graphs: {net: {input: [c, h, h], layers: [conv: {out: d, groups: g}]}}\n"


def test_what_the_graphs_take_for_granted_is_said() -> None:
    """A proof is about graphs that exist: groups that divide the channels, in the symbols that the file names."""
    verdict = proof("macs(net) == c * d / g * h * h", symbols="{c: 1, d: 3, g: 1, h: 1}", graphs=GROUPED)
    assert verdict == (PROVED, "1 comparison by sympy, where g divides c; g divides d")


def test_a_check_that_a_case_settles_is_not_said() -> None:
    """Where c and d are the same their sum has a sense, and nothing needs to be assumed."""
    graphs = (
        "graphs:\n  net:\n    input: [c, 4, 4]\n    layers:\n"
        "      - conv: {name: a, out: d}\n      - add: {from: [a, input], when: c == d}\n"
    )
    assert proof("macs(net) == 16 * c * d", symbols="{c: 1, d: 1}", graphs=graphs).detail == (
        "1 comparison by sympy, 2 cases"
    )


def test_a_graph_that_no_point_gives_is_an_error() -> None:
    """Two groups of an odd number of channels, wherever it is asked."""
    graphs = "graphs: {g: {input: [2 * c + 1, 4, 4], layers: [conv: {out: 2, groups: 2}]}}\n"
    with pytest.raises(SpecError, match="does not divide"):
        proof("macs(g) == 1", symbols="{c: 1}", graphs=graphs)


@pytest.mark.parametrize("claim", ["c / c == 1", "1 / (c - 1) > 0", "macs(conv) / (c - d) > 0"])
def test_a_side_without_a_value_is_an_error(claim: str) -> None:
    """Nothing is proved of what divides by zero at a point that the symbols allow."""
    with pytest.raises(SpecError, match="division by zero"):
        proof(claim, symbols="{c: 0, d: 1, h: 1}" if claim == "c / c == 1" else "{c: 1, d: 1, h: 1}")


@pytest.mark.parametrize(
    "claim",
    [
        "(c * c - 10000) / (c - 100) == c + 100",
        "(c - 200) * (c - 200) / (c - 200) / (c - 200) <= 1",
        "0 * (d // (c - 100)) == 0",
    ],
)
def test_what_divides_by_zero_far_away_is_not_proved(claim: str) -> None:
    """At c = 100, or 200, the side has no value; no point that is looked at says so, and sympy cancels it."""
    assert proof(claim).status == UNDECIDED


def test_a_divisor_that_the_symbols_keep_from_zero_is_no_obstacle() -> None:
    """The same from 101 on."""
    assert proof("(c * c - 10000) / (c - 100) == c + 100", symbols="{c: 101}", graphs="").status == PROVED


def test_the_sizes_at_which_there_are_graphs_are_said() -> None:
    """A 3x3 window without padding needs an image of 3."""
    valid = "graphs: {net: {input: [c, h, h], layers: [conv: {out: d, kernel: 3, padding: valid}]}}\n"
    verdict = proof("macs(net) == 9 * c * d * (h - 2) * (h - 2)", graphs=valid)
    assert verdict == (PROVED, "1 comparison by sympy, where h >= 3")


@pytest.mark.parametrize("claim", ["limit(2 * height(halved) - h, h) == 0", "limit(macs(halved) - h * h, h) == 0"])
def test_a_limit_that_is_not_found_is_an_error(claim: str) -> None:
    """What swings between two values has none, and what grows has none that is a number."""
    with pytest.raises(SpecError, match="sympy finds no limit"):
        proof(claim, graphs=HALVED)
