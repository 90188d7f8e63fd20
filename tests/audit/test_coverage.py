"""Every number of a document's text is accounted for, or named."""

from __future__ import annotations

from pathlib import Path

import pytest

from costcalc.audit import Document, document
from costcalc.audit.coverage import coverage

YAML = """
title: A net
authors: Nobody
source: nowhere
claims:
  - {id: params, place: text, text: "has 3.5M parameters", printed: 3.5M, model: mobilenetv2, value: params}
  - {id: image, place: an image, printed: 300.8M, model: mobilenetv2, value: macs}
published:
  - {place: text, measure: top1, name: A net, printed: 72.0, text: 72.0%}
listed:
  - {place: text, about: training, text: 30 epochs}
  - {text: ResNet50, about: a name, everywhere: true}
"""
TEXT = """ResNet50 is larger. Our net
has 3.5M parameters and 72.0% accuracy
after 30 epochs; ResNet50 needs 60.
"""


@pytest.fixture
def net(tmp_path: Path) -> Document:
    """The document of YAML."""
    path = tmp_path / "net.yaml"
    path.write_text(YAML, encoding="utf-8")
    return document(str(path))


def test_a_number_is_found_in_its_quotation_or_missing(net: Document) -> None:
    """Names count wherever they stand; white space and lines do not matter; what is left is told with its line."""
    covered = coverage(net, TEXT)
    assert covered.counts == {"claims": 1, "published": 1, "listed": 3}
    assert [(number.line, number.text) for number in covered.missing] == [(3, "60")]
    assert covered.absent == ()


def test_a_second_occurrence_wants_an_entry_of_its_own(net: Document) -> None:
    """The same words elsewhere in the text may mean something else."""
    covered = coverage(net, TEXT.replace("60.", "30 epochs."))
    assert [(number.line, number.text) for number in covered.missing] == [(3, "30")]


def test_a_quotation_that_the_text_does_not_have_is_told(net: Document) -> None:
    """A quotation is to the letter."""
    assert coverage(net, TEXT.replace("30 epochs", "thirty epochs")).absent == ("30 epochs",)


def test_a_quotation_is_not_cut_out_of_a_longer_number(net: Document) -> None:
    """130 epochs are not 30 epochs."""
    assert coverage(net, TEXT.replace("30 epochs", "130 epochs")).absent == ("30 epochs",)
