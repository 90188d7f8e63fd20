"""Formulas of training memory that documents give."""

from __future__ import annotations

from pathlib import Path

import pytest

from costcalc.audit.formulas import beside, shipped_formulas
from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.spec import load

HEAD = "title: A net\nauthors: Nobody\nsource: nowhere\ntraining_memory:\n  title: Nobody\n  terms:\n"


def test_the_documents_formula_gives_its_own_terms() -> None:
    """For the reduced model of the document: its feature map; the largest filter of its table, which it overlooks."""
    formula = beside("dominguez-same-but-better", [infer(load("mobilenetv2-reduced"))])
    terms = formula.terms[0]
    assert terms["largest feature map"] == ("saved", 4 * 196_608)  # (384 + 384) * 16 * 16
    assert terms["largest filter"] == ("filter", 4 * 8_294_400)  # 3 * 3 * 960 * 960
    assert terms["weights"][1] == terms["gradients"][1] == 4 * 1_327_274
    # the two results that the document prints, from its own terms
    assert (709_120 + 709_120 + 196_608 + 2_983_984) * 4 == 18_395_328
    assert (4_278_048 + 4_278_048 + 196_608 + 2_983_984) * 4 == 46_946_752
    assert 'Nancy Dominguez, "MobileNetV2: The Same but Better"' in " ".join(formula.notes)


def test_a_feature_map_is_counted_at_the_size_of_the_input() -> None:
    """Its (N_i + N_o) L_r L_c, where a stride makes the output smaller, and 0 where there is no convolution."""
    terms = beside("dominguez-same-but-better", [infer(load(name)) for name in ("alexnet", "mobilenetv2")]).terms
    assert terms[0]["largest feature map"][1] == 4 * (3 + 96) * 227 * 227  # conv1: 96 of 11x11, stride 4
    # stage2.1.expand makes 96 of 16 channels at 112 x 112; its depthwise convolution, 96 of 96, has stride 2
    assert terms[1]["largest feature map"][1] == 4 * (96 + 96) * 112 * 112


def test_the_shipped_formulas_are_found_without_reading_all_claims() -> None:
    """By the line that begins with their key."""
    assert shipped_formulas() == ["dominguez-same-but-better"]


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("name: a, row: a, value: 4 * parms", "own.yaml:7:7: training_memory.terms[0]: unknown quantity parms"),
        ("name: a, row: a, value: params / 7", "61706/7, not a whole number of bytes"),
        ("name: a, row: a", "own.yaml:7:7: training_memory.terms[0]: a term needs value"),
        ("name: a, row: a, value: 1, largst: convolution", "a term has no key largst (did you mean largest?)"),
        ("name: a, row: a, value: 1, largest: linear", "largest linear: must be one of convolution"),
    ],
)
def test_what_is_wrong_in_a_term_is_told_at_its_place(tmp_path: Path, term: str, said: str) -> None:
    """With the value and the rule: LeNet-5 has 61,706 parameters."""
    path = tmp_path / "own.yaml"
    path.write_text(f"{HEAD}    - {{{term}}}\n", encoding="utf-8")
    with pytest.raises(CostcalcError) as error:
        beside(str(path), [infer(load("lenet5-dense"))])
    assert said in str(error.value)


def test_a_document_without_a_formula_is_refused() -> None:
    """By its name."""
    with pytest.raises(CostcalcError, match="lenet has no formula for training memory"):
        beside("lenet", [])
