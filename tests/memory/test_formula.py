"""Formulas that documents give."""

from __future__ import annotations

import pytest

from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.memory.formula import FORMULAS, formula_of
from costcalc.spec import load


def test_the_documents_formula_gives_its_own_terms() -> None:
    """For the reduced model of the document: its feature map; the largest filter of its table, which it overlooks."""
    terms = formula_of("seed001", infer(load("mobilenetv2-reduced"))).terms
    assert terms["largest feature map"] == ("saved", 4 * 196_608)  # (384 + 384) * 16 * 16
    assert terms["largest filter"] == ("filter", 4 * 8_294_400)  # 3 * 3 * 960 * 960
    assert terms["weights"][1] == terms["gradients"][1] == 4 * 1_327_274
    # the two results that the document prints, from its own terms
    assert (709_120 + 709_120 + 196_608 + 2_983_984) * 4 == 18_395_328
    assert (4_278_048 + 4_278_048 + 196_608 + 2_983_984) * 4 == 46_946_752
    notes = " ".join(FORMULAS["seed001"].notes)
    assert 'Nancy Dominguez, "MobileNetV2: The Same but Better"' in notes
    with pytest.raises(UsageError, match=r"formula seed01: must be one of seed001 \(did you mean seed001\?\)"):
        formula_of("seed01", infer(load("lenet5")))
