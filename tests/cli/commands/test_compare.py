"""``costcalc compare``."""

import json
from pathlib import Path

import pytest

from costcalc.device.files import ceilings_text
from costcalc.device.plan import digest
from costcalc.inference import infer
from costcalc.spec import load
from tests.cli.runner import process, refused, run
from tests.device.samples import CEILINGS, cell, header, turn
from tests.repository import Repository

PAIR = ("compare", "mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b")
TINY = "name: tiny\nknobs: {width: 8}\ninput: [3, 8, 8]\nlayers: [conv: {out: width}, relu, conv: {out: 4}]\n"


def row(text: str, name: str) -> list[str]:
    """The cells of the row of a table for people that begins with ``name``."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name}  ")]
    return line.removeprefix(name).split()


def test_replication_against_expansion() -> None:
    """The totals, their differences, and the seventeen expansions that make them."""
    text = run(*PAIR).out
    # Mehta 2018, Figure 1: (a) 2.3M, (b) 1.6M parameters as printed; the exact ones are those of `params`.
    assert row(text, "Parameters, trainable") == ["parameters", "2,237,770", "1,484,874", "-752,896", "-33.6%"]
    assert row(text, "MACs") == ["MACs", "266,740,224", "155,197,952", "-111,542,272", "-41.8%"]
    assert text.count("\nremoved  ") == text.count("\nadded    ") == 17
    assert "\nchanged  " not in text
    assert "17 added, 17 removed, 0 changed; 138 unchanged, 129 of them renamed." in text


def test_what_is_published_stands_beside_and_is_marked() -> None:
    """Sandler et al. 2018, Table 4: 72.0 for MobileNetV2; of another width another figure, or none."""
    text = run("compare", "mobilenetv1", "mobilenetv2").out
    assert "Published accuracies" in text
    rows = [line.split() for line in text.splitlines() if "top-1 accuracy, ImageNet" in line]
    assert ["mobilenetv2", "top-1", "accuracy,", "ImageNet", "72", "percent", "mobilenetv2", "Table", "4"] in rows
    assert {each[0] for each in rows} == {"mobilenetv1", "mobilenetv2"}
    assert "Published: as printed in the documents" in text
    assert "Published" not in run("compare", "mobilenetv1", "mobilenetv2", "--resolution", "64").out


def test_a_file_that_bears_a_shipped_name_is_not_what_was_published(tmp_path: Path) -> None:
    """Only the shipped model is that of the documents."""
    path = tmp_path / "mine.yaml"
    path.write_text(TINY.replace("tiny", "mobilenetv2"), encoding="utf-8")
    document = json.loads(run("compare", "mobilenetv1", str(path), "--format", "json").out)
    assert {each["model"] for each in document["about"]["published"]} == {"mobilenetv1"}


def test_json_has_all_and_csv_the_summary() -> None:
    """One document with the layers of each variant inside; the same bytes each time."""
    arguments = ("compare", "mobilenetv1", "mobilenetv1-shallow", "mobilenetv2", "--format", "json")
    text = run(*arguments).out
    assert text == run(*arguments).out
    document = json.loads(text)
    assert [each["after"] for each in document["about"]["layers"]] == ["mobilenetv1-shallow", "mobilenetv2"]
    quantities = dict(zip(document["about"]["quantities"], document["rows"], strict=True))
    for variant, layers in zip(("mobilenetv1-shallow", "mobilenetv2"), document["about"]["layers"], strict=True):
        assert layers["total"]["macs"] == quantities["macs"][f"{variant}.difference"]
        assert sum(each["params"] for each in layers["rows"]) == quantities["params"][f"{variant}.difference"]
    lines = run(*arguments[:-1], "csv").out.splitlines()
    assert len(lines) == 1 + len(quantities)


@pytest.mark.parametrize("form", ["table", "markdown", "json", "csv"])
def test_the_same_input_gives_the_same_bytes(form: str) -> None:
    """In processes of their own, with other hashes."""
    made = {process(*PAIR, "--format", form, env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(made) == 1
    assert made.pop()


def test_settings_reach_what_depends_on_them() -> None:
    """Type, batch and optimizer: the peaks are those of `costcalc memory`, the bytes those of the ledger."""
    text = run(*PAIR, "--dtype", "bf16", "--batch", "4", "--optimizer", "adam").out
    ledger = json.loads(run("macs", PAIR[1], "--ledger", "--dtype", "bfloat16", "--batch", "4", "--format", "json").out)
    total = ledger["total"]
    assert row(text, "Bytes moved (bf16, batch 4)")[1] == f"{total['read'] + total['written']:,}"
    peak = json.loads(run("memory", PAIR[1], "--bf16", "--batch", "4", "--format", "json").out)["rows"][0]["peak"]
    assert row(text, "Peak memory at inference, without weights (bf16, batch 4)")[1] == f"{peak:,}"
    assert "Peak memory in training, with weights (bf16, adam, batch 4)" in text
    assert row(text, "MACs (batch 4)")[1] == "1,066,960,896"  # 4 * 266,740,224


def test_frozen_layers_need_less_in_training() -> None:
    """The peak is that of `costcalc memory --training` with the same layers frozen, and a note names them."""
    text = run(*PAIR, "--freeze", "classifier").out
    asked = ("memory", PAIR[1], "--training", "--freeze", "classifier", "--format", "json")
    peak = json.loads(run(*asked).out)["total"]["bytes"]
    assert row(text, "Peak memory in training, with weights (fp32, sgd)")[1] == f"{peak:,}"
    assert "Frozen in training: classifier." in text
    assert "did you mean classifier?" in refused(*PAIR, "--freeze", "clasifier")


def test_every_row_is_of_the_same_batch() -> None:
    """Work as well as bytes: the counts, and so their ratio, are those of `costcalc macs --ledger` at that batch."""
    document = json.loads(run("compare", "mobilenetv1", "mobilenetv2", "--batch", "8", "--format", "json").out)
    rows = dict(zip(document["about"]["quantities"], document["rows"], strict=True))
    value = {key: cells["mobilenetv2.value"] for key, cells in rows.items()}
    # MobileNetV2 has 300,774,272 MACs for an image, as fvcore counts them.
    assert value["macs"] == 8 * 300_774_272 == 2_406_194_176
    assert value["flops"] == 2 * 2_406_194_176
    assert value["intensity"] == value["all_flops"] / value["bytes"]
    (layers,) = document["about"]["layers"]
    assert layers["total"]["macs"] == rows["macs"]["mobilenetv2.difference"]
    assert value["params"] == 3_504_872


def test_what_is_not_known_for_a_type_is_left_out() -> None:
    """Nobody trains in int8: a note says for what it is known."""
    text = run(*PAIR, "--dtype", "int8").out
    assert "Peak memory in training, with weights: defined for fp32, bf16 only." in text
    assert "(int8, sgd)" not in text


def test_a_file_is_compared_with_itself_at_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pull request's question: what did the edit cost, and where."""
    repository = Repository(tmp_path)
    first = repository.commit(tiny=TINY)
    repository.commit(tiny=TINY.replace("out: 4", "out: 6"))
    repository.write(tiny=TINY.replace("out: 4", "out: 5"))
    monkeypatch.chdir(tmp_path)
    text = run("compare", "tiny.yaml", "--rev", first).out
    # 3*8 + 8*4 = 56 parameters, and 8 more.
    assert row(text, "Parameters, trainable") == ["parameters", "56", "64", "+8", "+14.3%"]
    assert f"tiny@{first[:10]}" in text
    assert "out 4 -> 5; output 4 x 8 x 8 -> 5 x 8 x 8" in text
    text = run("compare", "tiny.yaml", "--rev", "HEAD~1", "--rev", "main", "--width", "2").out
    assert row(text, "Parameters, trainable") == ["parameters", "14", "18", "+4", "+28.6%"]  # 2*(3 + 4), 2*(3 + 6)
    assert "tiny@HEAD~1" in text


def test_what_was_unused_at_a_revision_is_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can mend it: no warning, and no error with --strict; of today's file there is both."""
    repository = Repository(tmp_path)
    unused = f"define: {{unused: 1}}\n{TINY}"
    repository.commit(tiny=unused)
    repository.write(tiny=TINY)
    monkeypatch.chdir(tmp_path)
    found = run("compare", "tiny.yaml", "--rev", "HEAD", "--strict")
    assert (found.status, found.err) == (0, "")
    repository.write(tiny=unused)
    message = "tiny.yaml:1:10: define.unused: unused definition 'unused'"
    assert refused("compare", "tiny.yaml", "--rev", "HEAD", "--strict") == message
    assert run("compare", "tiny.yaml", "--rev", "HEAD").err == f"costcalc: warning: {message}\n"


def test_a_knob_that_one_version_lacks_is_said_of_that_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old version has no such knob, and the new one has it; or the other way round."""
    repository = Repository(tmp_path)
    repository.commit(tiny=TINY)
    repository.write(tiny=TINY.replace("knobs: {", "knobs: {depth: 1, "))
    monkeypatch.chdir(tmp_path)
    assert refused("compare", "tiny.yaml", "--rev", "main", "--depth", "2").startswith("tiny@main has no knob depth")
    repository.write(tiny=TINY.replace("width", "depth"))
    assert refused("compare", "tiny.yaml", "--rev", "main", "--width", "2").startswith("tiny has no knob width")


def ceilings(folder: Path) -> str:
    """A file of ceilings in ``folder``: 10**9 MACs and 4 * 10**8 bytes a second, a call of a nanosecond."""
    path = folder / "machine.json"
    path.write_text(ceilings_text(CEILINGS), encoding="utf-8")
    return str(path)


def test_times_are_shown_where_a_machine_or_a_measurement_is_given(tmp_path: Path) -> None:
    """Predicted by the ceilings, and the median of what was measured of the same layers; a model without is blank."""
    path = tmp_path / "tiny.yaml"
    path.write_text("name: tiny\ninput: [64, 8, 8]\nlayers: [conv: {out: 64, kernel: 3}]\n", encoding="utf-8")
    graph = digest(infer(load(str(path))))
    lines = [
        header([cell(graph=graph), cell(graph=graph, batch=2)]),
        turn(0, 1, 0.25),
        turn(1, 1, 9.0),
        turn(0, 2, 0.75),
    ]
    times = tmp_path / "times.jsonl"
    times.write_text("".join(f"{line.model_dump_json(by_alias=True)}\n" for line in lines), encoding="utf-8")
    arguments = ["compare", str(path), "lenet5", "--ceilings", ceilings(tmp_path), "--results", str(times), "--notes"]
    text = run(*arguments).out
    # 9*64*64*64 = 2359296 MACs take 2.359296 ms, its bytes (2*64*64 + 9*64*64) * 4 / 4e8 s = 0.45056 ms.
    assert row(text, "Latency at inference, predicted (fp32)")[:2] == ["s", "0.0023593"]
    assert row(text, "Latency at inference, measured (median, fp32, batch 1)") == ["s", "0.5"]
    assert "Latency, predicted: each layer at the GEMM rate or at memory bandwidth" in text
    said = refused("compare", "lenet5", "mobilenetv2", "--results", str(times))
    assert said == f"{times}: no forward pass of these models was measured in fp32 with batch 1"
    assert refused("compare", "lenet5", "mobilenetv2", "--ceilings", str(times)).startswith(str(times))
    assert "no GEMM rate in bf16" in run(*arguments[:5], "--dtype", "bf16").out


def test_names_with_markup_are_text(tmp_path: Path) -> None:
    """In Markdown, as in a terminal."""
    path = tmp_path / "x.yaml"
    path.write_text(TINY.replace("name: tiny", 'name: "<img src=x>|[a](b) `c` \\e[31m"'), encoding="utf-8")
    text = run("compare", "lenet5", str(path), "--format", "markdown").out
    assert "<img" not in text
    assert "&lt;img src=x&gt;\\|\\[a\\](b) \\`c\\`" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no MODEL given"),
        (
            ("mobilenetv2",),
            "compare requires at least two models (the first is the base), or one MODEL and --rev REVISION",
        ),
        (("mobilenetv1", "mobilenetv1"), "model mobilenetv1 is given twice"),
        (("mobilenetv1", "mobilenetv3"), "no model mobilenetv3"),
        (("mobilenetv1", "resnet18", "--alpha", "0.5"), "resnet18 has no knob alpha"),
        (
            ("mobilenetv1", "mobilenetv2", "--dtype", "fp61"),
            "--dtype fp61: must be one of fp64, fp32, bf16, fp16, int8",
        ),
        (("mobilenetv1", "mobilenetv2", "--optimizer", "adma"), "--optimizer adma: must be one of sgd, momentum"),
        (("mobilenetv1", "mobilenetv2", "--batch", "0"), "--batch 0: must be a whole number of at least 1"),
        (("mobilenetv1", "mobilenetv2", "--top", "x"), "--top x: must be a whole number of at least 1"),
        (("mobilenetv2", "--rev", "main"), "mobilenetv2 is a shipped model: no revision main of it is known"),
        (("a.yaml", "--rev", "a", "--rev", "b", "--rev", "c"), "--rev must be given at most twice"),
    ],
)
def test_bad_usage_is_one_message(arguments: tuple[str, ...], said: str) -> None:
    """Exit status 2."""
    assert refused("compare", *arguments).startswith(said)


def test_one_model_at_a_revision(tmp_path: Path) -> None:
    """Of several models it would not be clear what is compared with what."""
    repository = Repository(tmp_path)
    repository.commit(one=TINY, two=TINY.replace("tiny", "two"))
    paths = [str(tmp_path / name) for name in ("one.yaml", "two.yaml")]
    assert refused("compare", *paths, "--rev", "main") == "--rev takes exactly one MODEL, not 2"
    assert refused("compare", paths[0], "--rev", "nowhere").startswith("no revision nowhere in the git repository")
