"""Documents and their texts made wrong: they are audited, or one error says what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzzing import BATCH, seeds, survived
from tests.mutation import mutated, mutated_bytes

DOCUMENT = """title: A net
authors: Nobody
source: nowhere
coverage: {claims: 1, published: 1, listed: 2}
claims:
  - {id: params, place: text, text: "has 60.0k parameters", printed: 60.0k, model: lenet5, value: params}
  - {id: image, place: an image, printed: 325.7k, model: lenet5, value: macs, verdict: rounds}
published:
  - {place: text, measure: top1, name: A net, printed: 72.0, text: 72.0%}
listed:
  - {place: text, about: training, text: 30 epochs}
  - {text: ResNet50, about: a name, everywhere: true}
"""
TEXT = "ResNet50 is larger. Our net\nhas 60.0k parameters and 72.0% accuracy\nafter 30 epochs.\n"
OPTIONS = (
    ("--text", "t.txt"),
    ("--text", "t.txt", "--format", "json"),
    ("--text", "t.txt", "--format", "html"),
    ("--explain", "params"),
)


@pytest.mark.parametrize("first", seeds(2, 6))
def test_a_mutant_of_a_document_or_of_its_text_is_audited_or_refused(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of the text are all accounted for, or named, or the document is wrong at a place."""
    monkeypatch.chdir(tmp_path)
    done = 0
    for seed in range(first, first + BATCH):
        random = Random(seed)
        Path("d.yaml").write_bytes(mutated(DOCUMENT, random).encode() if random.random() < 0.6 else DOCUMENT.encode())
        Path("t.txt").write_bytes(mutated_bytes(TEXT.encode(), random))
        done += survived(seed, "audit", "d.yaml", *random.choice(OPTIONS)).status != 2
    assert 0 < done < BATCH
