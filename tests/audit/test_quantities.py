"""What a claim may ask of a model: each quantity against numbers that are worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from costcalc.audit import document
from costcalc.audit.derive import Deriver
from costcalc.errors import CostcalcError, SpecError

NET = """
name: net
input: [4, 8, 8]
use: [conv]
layers:
  - conv_norm_act: {name: full, out: 8, kernel: 3, stride: 2}    # 4 x 8 x 8 to 8 x 4 x 4
  - depthwise: {name: thin}                                       # 8 x 4 x 4
  - conv: {name: wide, out: 16, groups: 2, bias: true}            # 8 x 4 x 4 to 16 x 4 x 4
  - global_avg_pool
  - linear: {name: last, out: 10}
"""


def derive(folder: Path, value: str, subject: str = "") -> Any:
    """The number of ``value`` of NET, or of a part of it."""
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    path = folder / "paper.yaml"
    path.write_text(
        "title: T\nauthors: A\nsource: S\n"
        f"claims: [{{id: a, place: p, printed: 1, model: ./net.yaml, {subject} value: {value}}}]\n",
        encoding="utf-8",
    )
    return Deriver().derive(document(str(path)).claims[0].value).number


@pytest.mark.parametrize(
    ("value", "subject", "number"),
    [
        ("weights", "", 9 * 4 * 8 + 9 * 8 + 8 * 16 // 2 + 16 * 10),
        ("params", "", 288 + 16 + 72 + 16 + 64 + 16 + 160 + 10),  # scales and shifts of two batch norms, two biases
        ("stored", "", 642 + 32),  # and their means and variances
        ("macs", "", 288 * 16 + 72 * 16 + 64 * 16 + 160),
        ("flops", "", 2 * 6944),
        ("dense_weights", "", 288 + 72 * 8 + 64 * 2 + 160),
        ("dense_macs", "", 288 * 16 + 576 * 16 + 128 * 16 + 160),
        ("layers", "", 4),
        ("convolutions", "", 3),
        ("channels_in", "part: full,", 4),
        ("channels_out", "part: full,", 8),
        ("height_in", "part: full,", 8),
        ("height_out", "part: full,", 4),
        ("height_out", "part: last,", 1),
        ("elements_in", "part: full,", 4 * 8 * 8),
        ("elements_out", "part: full,", 8 * 4 * 4),
        ("largest", "", 16 * 4 * 4),
        ("largest_channels", "", 16),
        ("largest_in_out", "", 4 * 8 * 8 + 8 * 4 * 4),
        ("largest_weights", "", 288),
        ("weights", "only: depthwise,", 72),
        ("weights", "only: pointwise,", 64),
        ("weights", "only: spatial,", 288),
        ("weights", "only: linear,", 160),
        ("weights", "without: last,", 288 + 72 + 64),
        ("weights", "without: [last, full],", 72 + 64),
        ("largest", "at: 1,", 16),
        ("macs / params / 4", "part: full,", Fraction(288 * 16, 304 * 4)),
    ],
)
def test_a_quantity_is_what_the_hand_works_out(
    tmp_path: Path, value: str, subject: str, number: int | Fraction
) -> None:
    """Of the whole, of a part, of a kind of layer, at a height, without something."""
    assert derive(tmp_path, value, subject) == number


def test_fractions_are_exact(tmp_path: Path) -> None:
    """A third of three is one, and 0.1 is a tenth."""
    assert derive(tmp_path, "layers / 3 * 3 - 4") == 0
    assert derive(tmp_path, "(0.1 * 3 - 0.3) * layers") == 0  # floats leave 5.6e-17


@pytest.mark.parametrize(
    ("value", "subject", "said"),
    [
        ("parms", "", "paper.yaml:4:67: claims[0].value: unknown quantity parms (did you mean params?)"),
        ("params", "part: body,", "4:65: claims[0].part: net has no layer at body"),
        ("params", "only: depthwise, part: last,", "4:65: claims[0].only: net: no layer matches part and only"),
        ("params", "at: 3,", "claims[0].at: net: no layer matches at"),
        ("params", "without: tail,", "claims[0].without: net has no layer at tail"),
        ("params", "without: ful,", "4:68: claims[0].without: net has no layer at ful (did you mean full?)"),
        ("params", "knobs: {alpha: 2},", "net has no knob alpha"),
        ("params / (layers - 4)", "", "division by zero"),
        ("params > 3", "", "params > 3 is true, not a number"),
    ],
)
def test_what_has_no_value_is_told_at_its_place(tmp_path: Path, value: str, subject: str, said: str) -> None:
    """In the document, with the nearest name."""
    with pytest.raises(CostcalcError) as error:
        derive(tmp_path, value, subject)
    assert said in str(error.value)
    assert "paper.yaml:4:" in str(error.value)


def test_a_model_whose_file_is_not_there_is_told_at_its_place(tmp_path: Path) -> None:
    """In the document that names it, not in the file that is missing."""
    path = tmp_path / "paper.yaml"
    body = "title: T\nauthors: A\nsource: S\nclaims: [{id: a, place: p, printed: 1, model: ./no.yaml, value: params}]\n"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(SpecError, match=r"paper\.yaml:4:47: claims\[0\]\.model: no file .*no\.yaml$"):
        Deriver().derive(document(str(path)).claims[0].value)
