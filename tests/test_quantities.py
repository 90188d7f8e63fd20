"""The table of quantities: each is exact, and what its layers have adds up."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest

from costcalc.analyses.cost import ledger, total_macs, total_params
from costcalc.analyses.frame import frame
from costcalc.dims import Dim
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.memory.inference import Inference, run
from costcalc.memory.training import Training, figures
from costcalc.outputs import render
from costcalc.quantities import LEDGER, QUANTITIES, Quantity, Setting, notes, quantity
from costcalc.spec import load
from costcalc.symbolic.closed import ClosedForms
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.proofs.library import load_theorem
from costcalc.symbolic.proofs.verdict import PROVED
from tests.cli.runner import run as command

GRAPH = infer(load("resnet18"))


@pytest.mark.parametrize("key", [*QUANTITIES, *LEDGER])
def test_a_quantity_is_exact_and_its_layers_add_up(key: str) -> None:
    """An int or a fraction; a part for each node where it is a sum."""
    each = quantity(key)
    value = each.value(GRAPH, Setting())
    assert isinstance(value, (int, Fraction))
    assert [each.column, each.ratio, each.whole].count(None) == 2
    parts = each.parts(GRAPH, Setting())
    if parts is not None:
        assert len(parts) == len(GRAPH.nodes)
        assert sum(parts) == value
    place = each.place(GRAPH, Setting())
    if place is not None:
        assert 0 < place < len(GRAPH.nodes)
    if each.column is not None and each.peak and place is not None:
        assert each.column(GRAPH, Setting())[place] == value


def test_the_numbers_are_those_of_the_commands() -> None:
    """One formula, one number: parameters, work, bytes, peaks."""
    values = {
        key: each.value(GRAPH, Setting("fp16", 3, "adam"))
        for key, each in QUANTITIES.items()
        if key != "training_memory"
    }
    assert {
        kind: values[key] for kind, key in (("weights", "weights"), ("trainable", "params"), ("stored", "stored"))
    } == (total_params(GRAPH))
    assert total_macs(GRAPH) == 1_814_073_344  # torchvision's own metadata: 1.814 G
    assert values["macs"] == 3 * 1_814_073_344
    assert values["flops"] == 2 * values["macs"]
    sums = ledger(GRAPH, dtype="float16", batch=3).about["totals"]["resnet18"]
    assert values["bytes"] == sums["read"] + sums["written"]
    assert values["intensity"] == Fraction(sums["flops"], sums["read"] + sums["written"])
    assert values["all_flops"] == sums["flops"]
    assert values["peak_memory"] == run(GRAPH, Inference(batch=3, dtype="fp16")).liveness.peak
    peak = figures(GRAPH, Training(3, "adam", "bf16")).peak
    assert quantity("training_memory").value(GRAPH, Setting("bf16", 3, "adam")) == peak.bytes


@pytest.mark.parametrize(
    ("key", "text", "setting", "name"),
    [
        ("macs", "", Setting(), "macs"),
        ("macs", "batch=1", Setting(), "macs"),
        ("macs", "batch=8", Setting(batch=8), "macs(batch=8)"),
        ("bytes", "fp16", Setting("fp16"), "bytes(fp16)"),
        ("bytes", "batch = 8, fp32", Setting("fp32", 8), "bytes(batch=8)"),
        ("bytes", "dtype=bf16,batch=2", Setting("bf16", 2), "bytes(bf16, batch=2)"),
        ("training_memory", "batch=4, adam", Setting("fp32", 4, "adam"), "training_memory(adam, batch=4)"),
    ],
)
def test_a_setting_is_read_and_named(key: str, text: str, setting: Setting, name: str) -> None:
    """However it is written, it has one name."""
    each = quantity(key)
    assert each.setting(text) == setting
    assert each.name(setting) == name
    assert each.setting(name.partition("(")[2].rstrip(")")) == setting


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("params", "fp16", "params does not take 'fp16' (params depends on the model alone)"),
        ("macs", "fp16", "macs does not take 'fp16' (known: batch=N)"),
        ("bytes", "adam", "bytes does not take 'adam'"),
        ("bytes", "fp16,", "bytes does not take 'an empty word'"),
        ("bytes", "batch=-1", "bytes: batch = -1: must be a whole number from 1 to 999,999,999"),
        ("bytes", "batch=1000000000", "bytes: batch = 1000000000: must be"),
        ("bytes", "dtype=fp61", "bytes: dtype = fp61: must be one of fp64, fp32, bf16, fp16, int8"),
        ("training_memory", "int8", "training_memory: dtype = int8: must be one of fp32, bf16"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(key: str, text: str, said: str) -> None:
    """A word that means nothing to the quantity, or a value out of range."""
    with pytest.raises(UsageError) as caught:
        quantity(key).setting(text)
    assert str(caught.value).startswith(said)


def test_a_new_quantity_is_one_entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compare, budgets, their JSON, solve, tables of chosen columns, theorems and closed forms have it."""

    def sides(graph: Graph, setting: Setting) -> Sequence[Dim]:
        return [node.shape[-1] for node in graph.nodes]

    entry = Quantity("sides", "Sides", "pixels", sides, symbolic=True)
    monkeypatch.setitem(cast(dict[str, Quantity], QUANTITIES), "sides", entry)
    spec = tmp_path / "tiny.yaml"
    spec.write_text(
        "name: tiny\nknobs: {out: 4}\ninput: [3, 8, 8]\nlayers: [{conv: {out: out}}, {conv: {out: 2, stride: 2}}]\n",
        encoding="utf-8",
    )
    total = 8 + 8 + 4  # the sides of the image, of the first and of the second convolution
    table = json.loads(command("compare", str(spec), "lenet5", "--format", "json").out)
    assert next(row for row in table["rows"] if row["title"] == "Sides")["tiny.value"] == total
    budgets = tmp_path / "budgets.yaml"
    budgets.write_text(f"budgets:\n  - model: tiny.yaml\n    sides: <= {total - 1}\n", encoding="utf-8")
    checked = command("check", str(budgets), "--format", "json")
    assert checked.status == 1
    assert '"sides"' in checked.out or "Sides" in checked.out
    solved = command("solve", str(spec), "--out", "1..4", "--budget", f"sides <= {total}", "--format", "json")
    assert [(row["out"], row["sides"]) for row in json.loads(solved.out)["rows"]] == [(4, total)]
    form = ClosedForms(symbolic(load(str(spec)), {}, ["out"]), entry).form("total")
    assert form.counted == total - 8  # the input is no layer
    rows = json.loads(render(frame(infer(load(str(spec))), ("params", "sides"), by="layer"), "json"))["rows"]
    assert [row["sides"] for row in rows] == [8, 4]
    theorem = tmp_path / "sides.yaml"
    theorem.write_text(
        f"claim: the sides add up\nsource: by hand\ngraphs: {{g: {{model: {spec}}}}}\nprove: [sides(g) == {total}]\n",
        encoding="utf-8",
    )
    assert load_theorem(str(theorem)).prove().status == PROVED


def test_an_unknown_quantity_names_the_nearest() -> None:
    """Nothing is counted as zero."""
    with pytest.raises(UsageError, match=r"no quantity parms \(did you mean params\?\)"):
        quantity("parms")


def test_a_setting_takes_both_spellings_of_an_element_type() -> None:
    """``float16`` is ``fp16``."""
    assert quantity("bytes").setting("float16, batch=8") == quantity("bytes").setting("fp16, batch=8")


@pytest.mark.parametrize("key", QUANTITIES)
def test_a_quantity_that_depends_on_the_batch_says_so(key: str) -> None:
    """A value that changes with the batch has the batch in its name and its heading; no other has."""
    each = QUANTITIES[key]
    changes = each.value(GRAPH, Setting(batch=8)) != each.value(GRAPH, Setting())
    assert ("batch" in each.takes) is changes
    assert ("batch 8" in each.heading(Setting(batch=8))) is changes
    assert ("batch=8" in each.name(Setting(batch=8))) is changes
    assert each.name(Setting()) == key


def test_the_notes_say_for_how_many_images() -> None:
    """Once, and only where something depends on it; how two quantities are counted is said once too."""
    assert notes([QUANTITIES["macs"], QUANTITIES["flops"]], Setting(batch=8))[1:] == ["For 8 images."]
    assert notes([QUANTITIES["macs"]], Setting())[-1] == "For one image."
    assert notes([QUANTITIES["bytes"]], Setting("bf16"))[-1] == "For one image in bf16, 2 bytes per element."
    assert notes([QUANTITIES["weights"]], Setting(batch=8)) == [QUANTITIES["weights"].note]


def test_int8_says_what_its_bytes_are() -> None:
    """Biases are int32, and no max pooling makes indices; where no bytes are counted there is nothing to say."""
    assert notes([QUANTITIES["peak_memory"]], Setting("int8"))[-1].startswith("int8: 1 byte per element, 4 per bias")
    assert not any("int8" in note for note in notes([QUANTITIES["macs"]], Setting("int8")))
    assert not any("int8" in note for note in notes([QUANTITIES["peak_memory"]], Setting("fp16")))
    # LeNet-5, dense, from its layers: 416,520 MACs; 61,706 parameters, of which 6 + 16 + 120 + 84 + 10 = 236 biases.
    dense = infer(load("lenet5-dense"))
    assert QUANTITIES["params"].value(dense, Setting()) == 61_706
    wide, narrow = (QUANTITIES["bytes"].value(dense, Setting(each)) for each in ("fp32", "int8"))
    assert 4 * (narrow - 3 * 236) == wide


def test_a_model_that_moves_nothing_has_no_intensity() -> None:
    """No division by zero, and no infinity."""
    empty = GRAPH._replace(nodes=GRAPH.nodes[:1])
    with pytest.raises(UsageError, match="has no bytes moved, and so no arithmetic intensity"):
        quantity("intensity").value(empty, Setting())
