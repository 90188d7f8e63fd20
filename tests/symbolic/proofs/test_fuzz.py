"""Theorems made wrong: they are judged, or one error says what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from costcalc.errors import SpecError
from costcalc.spec.read import read_text
from costcalc.spec.shipped import specs_folder
from costcalc.symbolic.proofs.claims import parse
from tests.fuzzing import BATCH, seeds, survived
from tests.mutation import mutated

SHIPPED = [path.read_text(encoding="utf-8") for path in sorted(Path(specs_folder(), "theorems").glob("*.yaml"))]
SMALL = """claim: A convolution of a picture is one of its channels after the other.
source: nobody
conditions: three channels
symbols: {c: 3..3, d: 1..1, h: 4..4}
let: {twice: 2 * d, side: h / 2}
graphs:
  a: {input: [c, h, h], layers: [conv: {out: twice, kernel: 3}]}
  b: {input: [1, h, h], layers: [conv: {out: d, kernel: 3}, relu]}
prove:
  - macs(a) == c * twice * macs(b)
  - params(a) < 100 * c
  - weights(b) == (9 if d > 0 else 1)
  - {that: elements(a) >= side * side, for: {d: 2..2}}
"""


@pytest.mark.parametrize("first", seeds(1, 3))
def test_a_mutant_of_a_shipped_theorem_is_a_theorem_or_one_error(first: int) -> None:
    """Read, and not proved, which takes seconds."""
    theorems = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        try:
            statement = parse(read_text(mutated(random.choice(SHIPPED), random), "mutant.yaml"), "mutant")
        except SpecError as error:
            message = str(error)
            assert message.isprintable(), (seed, message)
            assert len(message) < 1000, (seed, message)
        else:
            assert statement.claims
            theorems += 1
    assert 0 < theorems < BATCH


@pytest.mark.parametrize("first", seeds(1, 3))
def test_a_mutant_of_a_theorem_about_one_graph_is_judged_or_refused(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proved, refuted, undecided, or wrong at a place; each symbol is one number, so that no proof takes long."""
    monkeypatch.chdir(tmp_path)
    done = 0
    for seed in range(first, first + BATCH):
        Path("t.yaml").write_text(mutated(SMALL, Random(seed)), encoding="utf-8")
        done += survived(seed, "prove", "t.yaml", "--format", "json").status != 2
    assert 0 < done < BATCH
