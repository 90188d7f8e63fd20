"""Results files and ceilings made wrong: each is read, or one error says what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from costcalc.device.files import ceilings_text, dumped, resume
from costcalc.device.plan import digest
from costcalc.device.schedule import Schedule
from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.spec import load
from tests.device.samples import CEILINGS, cell, header, turn
from tests.fuzzing import BATCH, seeds, survived
from tests.mutation import mutated_json, mutated_lines

MODEL = "name: {name}\nknobs: {{resolution: 8}}\ninput: [3, resolution, resolution]\nlayers: [conv: {{out: {out}}}]\n"
VIEWS = ((), ("--by", "layer"), ("--vs", "two"), ("--format", "json"), ("--ceilings", "ceilings.json"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, with two models and no ceilings of this machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name, out in (("one", 2), ("two", 4)):
        Path(f"{name}.yaml").write_text(MODEL.format(name=name, out=out), encoding="utf-8")
    Path("ceilings.json").write_text(ceilings_text(CEILINGS), encoding="utf-8")


def _results() -> str:
    """Two rounds of a forward pass, a training step and a pass by layer of two models, one of which failed."""
    graphs = {name: digest(infer(load(f"./{name}.yaml"))) for name in ("one", "two")}
    works = ("forward", "step-adam", "layers")
    cells = [cell(name, work, 8, graph=graph) for work in works for name, graph in graphs.items()]
    lines = [dumped(header(cells, ceilings=CEILINGS))]
    for round in range(2):
        for number, each in enumerate(cells):
            times = {"conv": 0.25} if each.work == "layers" else None
            lines.append(dumped(turn(number, round, 0.5, 0.25 + number, layers=times, memory=4096)))
    lines[-1] = dumped(turn(len(cells) - 1, 1, status="failed", reason="no such kernel"))
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("first", seeds(2, 8))
def test_a_mutant_of_a_results_file_is_shown_or_refused(first: int) -> None:
    """Whatever became of its lines; and what is resumed begins with whole lines of the mutant, and can be gone on."""
    text = _results()
    done = resumed = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        data = mutated_lines(text, random)
        Path("r.jsonl").write_bytes(data)
        done += survived(seed, "bench", "--from", "r.jsonl", *random.choice(VIEWS)).status == 0
        assert Path("r.jsonl").read_bytes() == data, seed
        try:
            recorder, results = resume("r.jsonl")
        except CostcalcError as error:
            message = str(error)
            assert message.isprintable(), (seed, message)
            assert Path("r.jsonl").read_bytes() == data, seed
            continue
        with recorder:
            assert Path("r.jsonl").read_bytes() == data[: data.rindex(b"\n") + 1], seed
            following = Schedule(len(results.cells), results.header.policy, results.turns).next()
            if following is not None:
                recorder.add(turn(*following, 0.5, layers={"conv": 0.25}))
        survived(seed, "bench", "--from", "r.jsonl")
        resumed += 1
    assert 0 < done < BATCH
    assert 0 < resumed < BATCH


@pytest.mark.parametrize("first", seeds(1, 4))
def test_a_mutant_of_ceilings_predicts_or_is_refused(first: int) -> None:
    """By each command that reads them."""
    Path("r.jsonl").write_text(_results(), encoding="utf-8")
    commands = (
        ("latency", "one.yaml", "--ceilings", "c.json"),
        ("compare", "one.yaml", "two.yaml", "--ceilings", "c.json", "--format", "json"),
        ("bench", "--from", "r.jsonl", "--ceilings", "c.json", "--by", "layer"),
    )
    done = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        Path("c.json").write_bytes(mutated_json(ceilings_text(CEILINGS), random))
        done += survived(seed, *random.choice(commands)).status == 0
    assert 0 < done < BATCH
