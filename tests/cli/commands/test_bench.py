"""``costcalc bench``: what is measured, kept, resumed and shown; never how fast anything is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from costcalc.device import plan
from costcalc.device.files import ceilings_text, dumped, read
from costcalc.device.plan import digest
from costcalc.device.records import Policy, Subject
from costcalc.inference import infer
from costcalc.measure.bench.tasks import Task
from costcalc.spec import load
from tests.cli.runner import MODULE, environment, heed_interruption, python, refused, run
from tests.device.samples import CEILINGS, cell, header, turn
from tests.exhaustive import over

TINY = """
name: {name}
knobs:
  resolution: {{default: 16, min: 1}}
  width: 4
input: [3, resolution, resolution]
layers:
  - conv: {{name: stem, out: width, kernel: 3}}
  - relu
  - global_avg_pool
  - linear: {{name: classifier, out: 5}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with two tiny models, no ceilings of this machine, and three rounds of a run for each cell,
    however long they take."""
    three = Policy(least=3, most=3, spread=0.02, slot=1e-6, confidence=0.95)
    monkeypatch.setattr("costcalc.device.plan.policy", lambda quick: three)
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(TINY.format(name=name), encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ceilings_here(folder: Path, threads: int = 1, **changes: Any) -> str:
    """A file of made-up ceilings that pass for this machine's."""
    from costcalc.measure.bench.environment import environment as found

    here = found(torch.device("cpu"), threads).model_copy(update=changes)
    made = CEILINGS.model_copy(update={"environment": here})
    (folder / "ceilings.json").write_text(ceilings_text(made), encoding="utf-8")
    return "ceilings.json"


def kinds(file: str) -> list[tuple[str, Any, int, str, str, str]]:
    """What the cells of a file are."""
    return [(c.model, c.resolution, c.batch, c.dtype, c.mode, c.work) for c in read(file).cells]


def test_a_bench_is_measured_kept_and_shown(folder: Path) -> None:
    """Forward and backward of every model at every resolution; the tables are those of the file."""
    done = run("bench", "one.yaml", "two.yaml", "--resolution", "8,16", "--threads", "1", "--results", "r.jsonl")
    assert done.status == 0, done.err
    assert kinds("r.jsonl") == [
        (name, size, 1, "fp32", "eager", work)
        for size in (8, 16)
        for work in ("forward", "backward")
        for name in ("one", "two")
    ]
    found = read("r.jsonl")
    assert [(row.cell, row.round) for row in found.turns] == [
        *((i, 0) for i in range(8)),
        *((7 - i, 1) for i in range(8)),
        *((i, 2) for i in range(8)),
    ]
    assert [(one.name, one.file, one.revision) for one in found.header.subjects] == [
        ("one", "one.yaml", None),
        ("two", "two.yaml", None),
    ]
    assert "8 cells on" in done.err
    assert "every row goes to r.jsonl" in done.err
    assert "8: forward (ms)" in done.out
    assert "No ceilings, so no floors and shares: run costcalc roofline to measure them" in done.out
    assert run("bench", "--from", "r.jsonl").out == done.out


def test_the_file_has_a_name_of_its_own(folder: Path) -> None:
    """With the device and the time; a second run has another."""
    assert run("bench", "one.yaml", "--forward-only").status == 0
    (file,) = folder.glob("bench-cpu-*T*Z.jsonl")
    assert kinds(str(file)) == [("one", 16, 1, "fp32", "eager", "forward")]


def test_every_combination_is_a_cell(folder: Path) -> None:
    """Batches, types, modes and layouts; a compiled module may be refused here, and the run goes on."""
    options = ["--batch", "1,2", "--dtype", "fp32,bf16", "--channels-last", "--forward-only", "--width", "3"]
    assert run("bench", "one.yaml", *options, "--results", "r.jsonl").status == 0
    found = read("r.jsonl").cells
    assert [(c.batch, c.dtype) for c in found] == [(1, "fp32"), (1, "bf16"), (2, "fp32"), (2, "bf16")]
    assert {(c.layout, c.knobs["width"]) for c in found} == {("channels_last", 3)}


def test_training_steps_tell_of_an_epoch(folder: Path) -> None:
    """With the three optimizers, or those that are asked for."""
    done = run("bench", "one.yaml", "--train-step", "--epoch", "1000", "--results", "r.jsonl")
    assert [c.work for c in read("r.jsonl").cells] == ["step-sgd", "step-rmsprop", "step-adam"]
    assert "Epoch of 1,000 images (hours)" in done.out
    run("bench", "one.yaml", "--train-step", "--optimizer", "adam", "--results", "s.jsonl")
    assert [c.work for c in read("s.jsonl").cells] == ["step-adam"]


def test_training_steps_leave_frozen_layers_as_they_are(folder: Path) -> None:
    """The cells and the notes name them; a pattern that names no layer, or leaves nothing to train, is refused."""
    options = ["--train-step", "--optimizer", "adam", "--freeze", "stem"]
    done = run("bench", "one.yaml", *options, "--results", "r.jsonl")
    assert done.status == 0, done.err
    assert [each.freeze for each in read("r.jsonl").cells] == [["stem"]]
    assert "Frozen in training steps: stem." in done.out
    task = Task(infer(load("one.yaml"), {}), cell(work="step-adam", freeze=["stem"]), torch.device("cpu"))
    before = {name: value.clone() for name, value in task.module.named_parameters()}
    task.run()
    changed = {name for name, value in task.module.named_parameters() if not torch.equal(value, before[name])}
    assert changed == {name for name in before if "classifier" in name}
    assert "did you mean stem?" in refused("bench", "one.yaml", *options[:3], "--freeze", "stam")
    assert "nothing to train" in refused("bench", "one.yaml", *options, "--freeze", "classifier")
    assert refused("bench", "one.yaml", "--freeze", "stem") == "--freeze requires --train-step"


def test_ceilings_bring_floors(folder: Path) -> None:
    """They are kept in the results file: it needs no other to be shown."""
    file = ceilings_here(folder)
    options = ["--threads", "1", "--by", "layer", "--ceilings", file, "--results", "r.jsonl", "--notes"]
    done = run("bench", "one.yaml", "--forward-only", *options)
    assert done.status == 0, done.err
    for word in ("Floor (ms)", "Predicted (ms)", "Ceilings: GEMM rate 2 in fp32", "Time by layer", "classifier"):
        assert word in done.out
    Path(file).unlink()
    again = json.loads(run("bench", "--from", "r.jsonl", "--by", "type", "--format", "json").out)
    assert [column["key"] for column in again["columns"]][-5:] == ["floor", "share", "bound", "predicted", "error"]
    assert again["about"]["ceilings"]["schema"] == "costcalc.ceilings/1"
    assert [row["name"] for row in again["about"]["more"][0]["rows"]] == ["conv", "relu", "global_avg_pool", "linear"]


def test_ceilings_of_another_machine_are_refused(folder: Path) -> None:
    """Before anything is measured; those that are kept and do not fit are left out, and that is told."""
    file = ceilings_here(folder, processor="Abacus 9")
    said = refused("bench", "one.yaml", "--threads", "1", "--ceilings", file)
    assert said.startswith("ceilings.json: the ceilings are of Abacus 9, 1 thread of")
    assert not list(folder.glob("*.jsonl"))
    kept = folder / "config" / "costcalc"
    kept.mkdir(parents=True)
    Path(file).rename(kept / "ceilings-cpu.json")
    done = run("bench", "one.yaml", "--threads", "1", "--forward-only")
    assert "No ceilings: " in done.out
    assert "the ceilings are of Abacus 9" in done.out


def test_ratios_to_one_of_the_models(folder: Path) -> None:
    """Of every other model, everything else equal."""
    done = run("bench", "one.yaml", "two.yaml", "--forward-only", "--vs", "two", "--results", "r.jsonl")
    assert "Time relative to two" in done.out
    assert refused("bench", "--from", "r.jsonl", "--vs", "three").startswith("--vs three: must be one of one, two")


def test_out_of_memory_is_a_cell(folder: Path) -> None:
    """An image of 12 TB: the cell says so, the others are measured, and the exit status is 0."""
    options = ["--resolution", "8,1000000", "--forward-only", "--results", "r.jsonl"]
    done = run("bench", "one.yaml", *options)
    assert done.status == 0, done.err
    assert "out of memory" in done.out.splitlines()[4]
    assert "one 1000000, batch 1, fp32, eager, forward: out of memory:" in done.err
    assert [row.status for row in read("r.jsonl").turns].count("out of memory") == 1


def test_layers_without_room_say_so(folder: Path) -> None:
    """They have no table of zeros; what was timed is shown."""
    graph = infer(load("one.yaml"), {})
    same: dict[str, Any] = {"knobs": dict(graph.knobs), "graph": digest(graph)}
    cells = [cell("one", work, **same) for work in ("forward", "layers")]
    rows = [turn(0, 0, 0.5), turn(1, 0, status="out of memory", reason="no room")]
    lines = [header(cells, subjects=[Subject(name="one", file="one.yaml")]), *rows]
    (folder / "r.jsonl").write_text("".join(f"{dumped(each)}\n" for each in lines), encoding="ascii")
    done = run("bench", "--from", "r.jsonl", "--by", "layer")
    assert done.status == 0, done.err
    assert "Time by layer" not in done.out
    assert "one 16, batch 1, fp32, eager, layers: out of memory: no room" in done.out


def test_what_a_file_has_nothing_of_is_said_before_it_is_gone_on_with(folder: Path) -> None:
    """It is as it was."""
    before = interrupted(folder, 3)
    file = ceilings_here(folder, processor="Abacus 9")
    for options, said in (
        (("--vs", "three"), "--vs three: must be one of one, two"),
        (("--by", "layer"), "r.jsonl: --by layer requires cells timed layer by layer, with unchanged specs"),
        (("--ceilings", file), "ceilings.json: the ceilings are of Abacus 9"),
    ):
        assert refused("bench", "--resume", "r.jsonl", *options).startswith(said)
        assert (folder / "r.jsonl").read_bytes() == before


def test_nothing_is_overwritten(folder: Path) -> None:
    """A results file that is there is refused, whatever is in it."""
    (folder / "r.jsonl").write_text("mine", encoding="utf-8")
    said = refused("bench", "one.yaml", "--results", "r.jsonl")
    assert said == "r.jsonl already exists (use --resume to continue it, or choose another name)"
    assert (folder / "r.jsonl").read_text(encoding="utf-8") == "mine"


def test_tables_do_not_overwrite_what_was_measured(folder: Path) -> None:
    """Under whatever name the results file is given."""
    before = interrupted(folder, 3)
    (folder / "link.jsonl").symlink_to("r.jsonl")
    for options in (["--from", "r.jsonl", "--output", "./r.jsonl"], ["--resume", "r.jsonl", "--output", "link.jsonl"]):
        assert refused("bench", *options).endswith("cannot overwrite the results file: choose another file")
        assert (folder / "r.jsonl").read_bytes() == before
    assert refused("bench", "one.yaml", "--results", "new.jsonl", "--output", "new.jsonl").startswith(
        "--output new.jsonl: "
    )
    assert not (folder / "new.jsonl").exists()


def interrupted(folder: Path, rows: int) -> bytes:
    """A results file with a header and so many rows."""
    if not (folder / "whole.jsonl").exists():
        done = run("bench", "one.yaml", "two.yaml", "--threads", "1", "--results", "whole.jsonl")
        assert done.status == 0, done.err
    lines = (folder / "whole.jsonl").read_bytes().splitlines(keepends=True)
    data = b"".join(lines[: rows + 1])
    (folder / "r.jsonl").write_bytes(data)
    return data


def test_what_is_missing_is_measured(folder: Path) -> None:
    """After any row, or in the middle of one: those that are there stay, none is doubled."""
    for rows, rest in ((0, b""), (3, b'{"cell": 3, "rou')):
        before = interrupted(folder, rows)
        with (folder / "r.jsonl").open("ab") as stream:
            stream.write(rest)
        done = run("bench", "--resume", "r.jsonl")
        assert done.status == 0, done.err
        assert (f"line {rows + 2} is incomplete and ignored" in done.err) == bool(rest)
        assert (folder / "r.jsonl").read_bytes().startswith(before)
        found = [(row.cell, row.round) for row in read("r.jsonl").turns]
        assert found == [(row.cell, row.round) for row in read("whole.jsonl").turns]
    again = run("bench", "--resume", "r.jsonl")
    assert again.status == 0
    assert [(row.cell, row.round) for row in read("r.jsonl").turns] == found


def test_another_machine_or_spec_does_not_go_on(folder: Path) -> None:
    """The file is as it was."""
    interrupted(folder, 3)
    lines = (folder / "r.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    top = json.loads(lines[0])
    top["environment"]["torch"] = "2.4.0"
    strange = "".join([json.dumps(top) + "\n", *lines[1:]])
    (folder / "r.jsonl").write_text(strange, encoding="utf-8")
    said = refused("bench", "--resume", "r.jsonl")
    assert (
        said
        == f"r.jsonl: cannot resume on another machine: the measured one differs in torch: 2.4.0, {torch.__version__}"
    )
    assert (folder / "r.jsonl").read_text(encoding="utf-8") == strange
    interrupted(folder, 3)
    (folder / "two.yaml").write_text(TINY.format(name="two").replace("kernel: 3", "kernel: 5"), encoding="utf-8")
    assert (
        refused("bench", "--resume", "r.jsonl")
        == "r.jsonl: cannot resume: two: its spec has changed since the measurement"
    )
    shown = run("bench", "--from", "r.jsonl").out
    assert "No floor: two: its spec has changed since the measurement." in shown


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
@pytest.mark.parametrize("name", over(["SIGKILL", "SIGINT"], ["SIGKILL"]))
def test_a_stopped_bench_goes_on(folder: Path, name: str) -> None:
    """Kill -9 or Ctrl-C while it measures: what was measured is there, and the rest is measured then."""
    command = [*MODULE, "bench", "one.yaml", "two.yaml", "--resolution", "8,9,10,11", "--threads", "1"]
    child = subprocess.Popen(
        [*command, "--results", "r.jsonl"],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interruption,
    )
    file = folder / "r.jsonl"
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_bytes().count(b"\n") > 3):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.01)
    child.send_signal(getattr(signal, name))
    _, said = child.communicate(timeout=60)
    if name == "SIGINT":
        assert child.returncode == 130
        assert "stopped: costcalc bench --resume r.jsonl resumes" in said
    else:
        assert child.returncode == -signal.SIGKILL
    before = read("r.jsonl")
    # The rest at one round each: only the order of rows is asked for, and time is short.
    quick = before.header.model_copy(update={"policy": before.header.policy.model_copy(update={"least": 1, "most": 1})})
    rows = [row for row in before.turns if row.round == 0]
    file.write_text("".join(f"{dumped(each)}\n" for each in [quick, *rows]), encoding="ascii")
    assert run("bench", "--resume", "r.jsonl").status == 0
    assert [(row.cell, row.round) for row in read("r.jsonl").turns] == [(number, 0) for number in range(16)]


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_exit_status_3(
    folder: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    """No silent other device, no file."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for command in (["bench", "one.yaml"], ["roofline"]):
        assert refused(*command, "--device", device, status=3).startswith(
            f"no device {device}: torch {torch.__version__} "
        )
    assert not list(folder.glob("*.jsonl"))


def test_results_are_shown_without_torch(folder: Path) -> None:
    """On any machine, from the file alone."""
    file = folder / "r.jsonl"
    lines = [header([cell("mobilenetv2", resolution=64)]), turn(0, 0, 0.5)]
    file.write_text("".join(f"{dumped(each)}\n" for each in lines), encoding="ascii")
    code = "import sys; from costcalc.cli import main; s = main(['bench', '--from', 'r.jsonl']); "
    code += "print(s, 'torch' in sys.modules)"
    assert python(code).endswith("\n0 False\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one.yaml", "--device", "cdua"], "--device cdua: must be one of cpu, cuda, mps (did you mean cuda?)"),
        (["one.yaml", "--batch", "1,0"], "--batch 0: must be a whole number of at least 1"),
        (["one.yaml", "--batch", "8,8"], "--batch: 8 is given twice"),
        (["one.yaml", "--resolution", "8,x"], "--resolution x: must be a whole number of at least 1"),
        (["one.yaml", "--dtype", "fp32,fp8"], "--dtype fp8: must be one of fp32, fp16, bf16"),
        (["one.yaml", "--mode", "lazy"], "--mode lazy: must be one of eager, compile"),
        (["one.yaml", "--threads", "0"], "--threads 0: must be a whole number of at least 1"),
        (["one.yaml", "--vs", "on"], "--vs on: must be one of one"),
        (["one.yaml", "--top", "3"], "--top requires --by"),
        (["one.yaml", "--epoch", "3"], "--epoch requires --train-step, --from or --resume"),
        (["one.yaml", "--optimizer", "sgd"], "--optimizer requires --train-step"),
        (["one.yaml", "--train-step", "--optimizer", "sdg"], "--optimizer sdg: must be one of sgd, rmsprop, adam"),
        (
            ["one.yaml", "--train-step", "--forward-only"],
            "--train-step cannot be combined with --forward-only (a training step includes the backward pass)",
        ),
        (["one.yaml", "--by", "layer", "--mode", "compile"], "--by requires --mode eager"),
        (["lenet5", "--resolution", "32"], "lenet5 has no knob resolution (its knobs: num_classes)"),
        (["--from", "a", "--resume", "b"], "--from cannot be combined with --resume"),
        (
            ["one.yaml", "--from", "a"],
            "--from cannot be combined with MODEL (the results file determines what is measured)",
        ),
        (
            ["--resume", "a", "--batch", "2"],
            "--resume cannot be combined with --batch (the results file determines what is measured)",
        ),
        (["--from", "nowhere.jsonl"], "nowhere.jsonl: cannot be read: there is no such file or folder"),
        (["one.yaml", "--results", "no/r.jsonl"], "cannot write no/r.jsonl: there is no such file or folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_measured_is_said(folder: Path, arguments: list[str], said: str) -> None:
    """In one line, before anything is measured."""
    assert refused("bench", *arguments).startswith(said)
    assert not list(folder.glob("*.jsonl"))


def test_the_default_is_figure_6(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ResNet-50, MobileNetV2 and its variant (b), forward and backward, at 128 and 224; --quick at 128 alone."""
    monkeypatch.setattr("costcalc.benchmarking._measure", lambda *_: None)
    names = ("resnet50", "mobilenetv2", "mobilenetv2-replicate-b")
    for options, sizes in (([], (128, 224)), (["--quick"], (128,))):
        file = f"r{len(options)}.jsonl"
        assert run("bench", *options, "--results", file).status == 0
        assert kinds(file) == [
            (name, size, 1, "fp32", "eager", work)
            for size in sizes
            for work in ("forward", "backward")
            for name in names
        ]


def test_a_read_only_folder_is_told(folder: Path) -> None:
    """Root may write everywhere: then there is nothing to be told."""
    locked = folder / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):
        pytest.skip("this user may write everywhere")
    said = refused("bench", "one.yaml", "--results", "locked/r.jsonl")
    assert said == "cannot write locked/r.jsonl: permission denied"


def test_a_look_has_few_rounds_and_an_end() -> None:
    """--quick: as many rounds as an interval needs, none begun after 8 seconds; else until the interval is narrow."""
    quick, careful = plan.policy(True), plan.policy(False)
    assert (quick.least, quick.most, quick.seconds) == (6, 6, 8.0)
    assert (careful.least, careful.most, careful.spread, careful.seconds) == (9, 25, 0.02, None)
    assert quick.confidence == careful.confidence == 0.95
