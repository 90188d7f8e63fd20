"""Budgets and baselines made wrong: they are judged, or one error says what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from costcalc.device.files import ceilings_text
from tests.cli.runner import run
from tests.device.samples import CEILINGS
from tests.fuzzing import BATCH, seeds, survived
from tests.mutation import mutated, mutated_json

TINY = "name: tiny\nknobs: {width: 8}\ninput: [3, 8, 8]\nlayers: [conv: {out: width}, relu, conv: {out: 4}]\n"
BUDGETS = """ceilings: ceilings.json
budgets:
  - model: tiny.yaml
    knobs: {width: 16}
    macs: <= 9k
    params: [<= +1% vs baseline.json, '< 4M']
    bytes(fp16): < 2 kB
    latency: <= 3 ms
  - model: tiny.yaml
    macs: <= +5k vs baseline.json
    peak_memory(fp32, batch=2): <= 3 MiB
"""
COMMANDS = (("--format", "json"), ("--junit", "junit.xml"), ("--update-baseline",))


@pytest.mark.parametrize("first", seeds(3, 8))
def test_a_mutant_of_budgets_or_of_their_baseline_is_judged_or_refused(
    first: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kept, broken, or wrong at a place; a baseline that cannot be read is not written over unless it is one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    Path("tiny.yaml").write_text(TINY, encoding="utf-8")
    Path("ceilings.json").write_text(ceilings_text(CEILINGS), encoding="utf-8")
    Path("budgets.yaml").write_text(BUDGETS, encoding="utf-8")
    assert run("check", "--update-baseline").status == 0
    baseline = Path("baseline.json").read_text(encoding="utf-8")
    done = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        data = {"budgets.yaml": BUDGETS.encode(), "baseline.json": baseline.encode()}
        if random.random() < 0.5:
            data["budgets.yaml"] = mutated(BUDGETS, random).encode()
        else:
            data["baseline.json"] = mutated_json(baseline, random)
        for name, content in data.items():
            Path(name).write_bytes(content)
        options = random.choice(COMMANDS)
        result = survived(seed, "check", *options)
        done += result.status != 2
        assert Path("budgets.yaml").read_bytes() == data["budgets.yaml"], seed
        if result.status != 0 or "--update-baseline" not in options:
            assert Path("baseline.json").read_bytes() == data["baseline.json"], seed
    assert 0 < done < BATCH
