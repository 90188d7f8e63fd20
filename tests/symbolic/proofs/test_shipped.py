"""The shipped theorems: all proved from the layers as they are, and refuted as soon as a formula is another."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import costcalc.symbolic.proofs.every as every
from costcalc.conventions.base import counts
from costcalc.dims import Dim, Shape, is_symbol
from costcalc.errors import SpecError, UsageError
from costcalc.layers.allocation import Allocation
from costcalc.layers.base import Parameter
from costcalc.layers.conv import Conv
from costcalc.quantities import QUANTITIES, Setting
from costcalc.symbolic.proofs import load_theorem, report, shipped_theorems
from costcalc.symbolic.proofs.report import statements
from costcalc.symbolic.proofs.verdict import PROVED, REFUTED
from tests.exhaustive import over

ROOT = Path(__file__).resolve().parents[2]

LONG = {"forms-of-layers", "forms-of-models", "sum-of-layers", "weight-gradients"}
"""About every shipped model, or every layer: these take seconds."""

STATED = [name for name in shipped_theorems() if name not in every.EVERY]


@pytest.mark.parametrize("name", over(shipped_theorems(), set(shipped_theorems()) - LONG))
def test_a_shipped_theorem_is_proved(name: str) -> None:
    """And says what it claims, of what, and who says so."""
    theorem = load_theorem(name)
    verdict = theorem.prove()
    assert verdict.status == PROVED, verdict.detail
    assert theorem.claim.endswith(".")
    assert theorem.source
    assert theorem.conditions


def one_more(layer: Conv, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
    """A convolution that takes one multiply-accumulate more for each element of its output."""
    work = dict(right_ledger(layer, inputs, output))
    return {**work, "macs": work["macs"] + output[0] * output[1] * output[2]}


def with_bias(layer: Conv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
    """A convolution with a weight more for each output channel."""
    return (*right_parameters(layer, inputs, output), Parameter("more", "weight", (layer.out,)))


def wider(layer: Conv, *inputs: Shape) -> Shape:
    """A convolution whose output is one row higher and one column wider."""
    channels, height, width = right_shape(layer, *inputs)
    return channels, height + 1, width + 1


right_ledger, right_parameters, right_shape = Conv.ledger, Conv.parameters, Conv.out_shape

BROKEN: Mapping[str, Any] = {"ledger": one_more, "parameters": with_bias, "out_shape": wider}

USES = {"bottleneck-memory": "out_shape", "replication": "parameters"}
"""The formula that a theorem is about, where that is not the ledger."""


@pytest.mark.parametrize("name", STATED)
def test_a_wrong_formula_is_refuted_with_a_counterexample(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof runs on the layer classes: one of their formulas is changed, and the theorem no longer holds."""
    formula = USES.get(name, "ledger")
    monkeypatch.setattr(Conv, formula, BROKEN[formula])
    verdict = load_theorem(name).prove()
    assert verdict.status == REFUTED
    assert " at " in verdict.detail
    assert ": left " in verdict.detail


def test_a_layer_that_allocates_more_refutes_the_memory_of_a_bottleneck(monkeypatch: pytest.MonkeyPatch) -> None:
    """The theorem rests on what `costcalc memory` counts, transients included."""
    monkeypatch.setattr(Conv, "allocates", lambda layer, inputs, output, tensors: Allocation(transient=1))
    verdict = load_theorem("bottleneck-memory").prove()
    assert verdict.status == REFUTED
    assert verdict.detail.endswith("left 9, right 8")  # at k = e = q = S = 1: 4 * (1 + 1), and one byte more


def test_a_total_that_is_no_sum_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first model says by how much."""
    monkeypatch.setattr(every, "total", lambda graph, key: sum(QUANTITIES[key].by_node(graph, Setting())) + 5)
    verdict = load_theorem("sum-of-layers").prove()
    assert verdict.status == REFUTED
    assert verdict.detail.endswith("the total of macs is more than the sum by 5")


def test_parameters_that_grow_with_the_image_are_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the layer whose they are."""

    def grown(layer: Conv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return (*right_parameters(layer, inputs, output), Parameter("more", "weight", (output[1],)))

    monkeypatch.setattr(Conv, "parameters", grown)
    verdict = load_theorem("parameters-without-resolution").prove()
    assert verdict.status == REFUTED
    assert "depend on the resolution" in verdict.detail


def test_a_gradient_that_costs_more_than_the_forward_pass_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the backward pass's own count, or by a layer whose work is no more a product for each weight and position."""

    def dearer(*arguments: Any) -> list[dict[str, Any]]:
        return [{term: number + 1 for term, number in terms.items()} for terms in counts(*arguments)]

    with monkeypatch.context() as patch:
        patch.setattr(every, "counts", dearer)
        verdict = load_theorem("weight-gradients").prove()
        assert verdict == (REFUTED, "conv: conv: the gradient takes cin*height*out*width + 1, not cin*height*out*width")
    monkeypatch.setattr(Conv, "ledger", one_more)
    verdict = load_theorem("weight-gradients").prove()
    assert verdict.status == REFUTED
    assert verdict.detail.startswith("conv: conv: the gradient takes ")


@pytest.mark.parametrize("name", ["forms-of-models", "forms-of-layers"])
def test_a_formula_that_is_another_on_symbols_is_refuted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first point where counting gives something else."""

    def two_faced(layer: Conv, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        work = right_ledger(layer, inputs, output)
        return work if any(map(is_symbol, output)) else {**work, "macs": work["macs"] + 1}

    monkeypatch.setattr(Conv, "ledger", two_faced)
    verdict = load_theorem(name).prove()
    assert verdict.status == REFUTED
    assert "by the closed form" in verdict.detail
    assert "by counting" in verdict.detail


def test_an_unknown_theorem_has_a_nearest_name() -> None:
    """Shipped names; a path is read as a file."""
    with pytest.raises(UsageError, match=r"no theorem bottlenek.*did you mean bottleneck\?"):
        load_theorem("bottlenek")
    with pytest.raises(SpecError, match=r"^some/where/mine\.yaml: there is no such file"):
        load_theorem("some/where/mine.yaml")


def test_the_report_has_a_row_for_each() -> None:
    """And tells of progress; what each claims is in `about`."""
    seen: list[str] = []
    theorems = [load_theorem(name) for name in ("split-work", "dense-depthwise")]
    table = report(theorems, lambda theorem, verdict: seen.append(f"{theorem.name} {verdict.status}"))
    assert seen == ["split-work proved", "dense-depthwise proved"]
    assert [row["verdict"] for row in table.rows] == ["proved", "proved"]
    assert table.notes == ["2 of 2 proved, from the formulas of the layers."]
    assert set(table.about["theorems"]["split-work"]) == {"claim", "conditions", "source"}
    assert [row["name"] for row in statements(theorems).rows] == ["split-work", "dense-depthwise"]


def test_proving_imports_no_torch() -> None:
    """Neither does deriving, nor solving."""
    code = (
        "import sys\nfrom costcalc.cli import main\n"
        "main(['prove', 'split-work', '--format', 'csv'])\nmain(['derive', 'mobilenetv1', '--format', 'csv'])\n"
        "main(['solve', 'mobilenetv1', '--macs', '300M', '--resolution', '96..224/32', '--format', 'csv'])\n"
        "print([m for m in ('torch', 'fvcore') if m in sys.modules], 'sympy' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"
