"""``costcalc roofline`` and ``costcalc latency``: ceilings are measured once, kept, and predicted from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costcalc.device.files import ceilings_text, read_ceilings
from costcalc.device.latency import predict
from costcalc.inference import infer
from costcalc.spec import load
from tests.cli.runner import python, refused, run
from tests.device.samples import CEILINGS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and ceilings that are quickly measured."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("costcalc.measure.bench.ceilings.SIDES", (16,))
    monkeypatch.setattr("costcalc.measure.bench.ceilings.COPIES", {"cpu": 2**16})
    return tmp_path


def test_ceilings_are_kept_where_latency_finds_them(folder: Path) -> None:
    """In the user's own folder for settings, with the environment; or in a file that is named."""
    done = run("roofline", "--threads", "1")
    assert done.status == 0, done.err
    kept = folder / "config" / "costcalc" / "ceilings-cpu.json"
    assert f"saved to {kept}" in done.err
    found = read_ceilings(str(kept))
    assert found.environment.threads == 1
    assert "GEMM, fp32" in done.out
    assert run("latency", "mobilenetv2").out == run("latency", "mobilenetv2", "--ceilings", str(kept)).out
    assert run("roofline", "--threads", "1", "--save", "mine.json").status == 0
    assert read_ceilings("mine.json").products.keys() == found.products.keys()


def test_latency_predicts_without_torch(folder: Path) -> None:
    """From another machine's ceilings, if they are given; the total is the sum over layers."""
    (folder / "c.json").write_text(ceilings_text(CEILINGS), encoding="ascii")
    document = json.loads(
        run("latency", "mobilenetv2", "--alpha", "0.5", "--batch", "8", "--ceilings", "c.json", "--format", "json").out
    )
    graph = infer(load("mobilenetv2"), {"alpha": 0.5})
    assert document["total"]["predicted"] == pytest.approx(1000 * predict(graph, CEILINGS, batch=8), rel=1e-12)
    assert "Nothing was run." in document["notes"][1]
    code = "import sys; from costcalc.cli import main; main(['latency', 'mobilenetv1', '--ceilings', 'c.json']); "
    assert python(f"{code}print('torch' in sys.modules, 'numpy' in sys.modules)").endswith("\nFalse False\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mobilenetv2"], "cannot be read: there is no such file or folder (run costcalc roofline to measure them)"),
        (["mobilenetv2", "--ceilings", "c.json", "--dtype", "fp16"], "the ceilings have no GEMM rate in fp16"),
        (["mobilenetv2", "--ceilings", "c.json", "--dtype", "int8"], "--dtype int8: must be one of fp32, fp16, bf16"),
        (["mobilenetv2", "--ceilings", "c.json", "--batch", "0"], "--batch 0: must be a whole number of at least 1"),
        (["--ceilings", "c.json"], "no MODEL given"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_predicted_is_said(folder: Path, arguments: list[str], said: str) -> None:
    """In one line."""
    (folder / "c.json").write_text(ceilings_text(CEILINGS), encoding="ascii")
    assert said in refused("latency", *arguments)


def test_a_place_that_cannot_be_written_is_told(folder: Path) -> None:
    """By the file's name."""
    assert run("roofline", "--threads", "1", "--save", "no/c.json").status == 2
    assert refused("roofline", "--device", "cpx").startswith("--device cpx: must be one of cpu, cuda, mps")
