"""Documents are read strictly: what is wrong in one is told at file, line, column and path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from costcalc.audit import document
from costcalc.audit.document import CONVENTIONS
from costcalc.errors import SpecError, UsageError

HEAD = "title: A net\nauthors: Nobody\nsource: nowhere\n"


def read(folder: Path, text: str):
    """The document that holds ``text`` after its head."""
    path = folder / "own.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return document(str(path))


def claim(rest: str) -> str:
    """A document of one claim."""
    return f"claims:\n  - {{id: a, place: p, {rest}}}\n"


GOOD = "printed: 3.5M, model: mobilenetv2, value: params"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("claim: []\n", "own.yaml:4:1: claim: a document has no key claim (did you mean claims?)"),
        (claim(f"{GOOD}, verdikt: exact"), "own.yaml:5:73: claims[0].verdikt: an entry of claims has no key verdikt"),
        (claim(f"{GOOD}, verdict: right"), "verdict right: must be one of exact, rounds, explained, does not follow"),
        (
            claim("printed: 3.5M, model: mobilenetv3, value: params"),
            "no shipped model mobilenetv3 (costcalc ships no MobileNetV3; ",
        ),
        (claim("printed: 3.5M, model: mobilenetv2"), "claim a needs value: an expression that gives the figure"),
        (claim("model: mobilenetv2, value: params"), "claim a requires either printed or formula"),
        (claim(f"{GOOD}, formula: {{value: 1}}"), "claim a requires either printed or formula"),
        (claim("printed: much, model: mobilenetv2, value: params"), "claims[0].printed: much: not a number"),
        (claim("printed: 20, to: tens, value: 22"), "own.yaml:5:40: claims[0].to: tens: not a number"),
        (claim(f"{GOOD}, explanation: {{what: x}}"), "by (one of stored, weights, flops, "),
        (claim("printed: 3.5M, value: params"), "value: unknown name params (no model is given)"),
        (claim("printed: 3.5M, model: mobilenetv2, value: a.params"), "value: unknown name a.params"),
        (
            claim("printed: 3.5M, model: mobilenetv2, value: a.b.params"),
            "not allowed in an expression: attribute access",
        ),
        (claim("printed: 3.5M, model: mobilenetv2, value: params ** 2"), "not allowed in an expression: **"),
        (claim("printed: 3.5M, model: mobilenetv2, value: half(params)"), "value: no function half"),
        (claim("printed: 3.5M, model: mobilenetv2, value: height(params)"), "value: unknown tensor params"),
        (claim("printed: 3.5M, models: {a: {model: mobilenetv2}}, value: 1"), "models: a is unused in 1"),
        (claim("printed: 3.5M, models: {a: {}}, value: a.params"), "a model is missing"),
        (claim(f"{GOOD}, models: {{a: {{model: vgg16}}}}"), "claim a cannot have both model and models"),
        (claim("printed: 3.5M, part: stem, value: 1"), "claim a: part requires a model"),
        (claim(f"{GOOD}, text: 3.6M parameters"), "text: the quotation does not contain 3.5M"),
        (claim("printed: 8 to 9, value: 8.5, text: 9 times less"), "text: the quotation does not contain 8 to 9"),
        (claim(f"{GOOD}, explanation: {{value: stored}}"), "explanation requires by or what"),
        (claim(f"{GOOD}, explanation: {{what: x}}"), "an explanation requires a convention: by"),
        (claim(f"{GOOD}, explanation: {{by: magic}}"), "by: no convention magic"),
        (
            claim(f"{GOOD}, explanation: {{by: stored}}, slip: {{what: x}}"),
            "cannot have both explanation and slip",
        ),
        (claim(f"{GOOD}, only: dense"), "only dense: must be one of pointwise, depthwise, spatial, linear"),
        (claim(f"{GOOD}, at: wide"), "at wide: must be a whole number"),
        ("claims:\n  - {id: a b, place: p}\n", "id a b: letters, digits, - and single dots only"),
        (claim(GOOD) + claim(GOOD).split("\n", 1)[1], "id a: line 5 has it already"),
        ("published:\n  - {place: p, name: A, printed: 1}\n", "a published figure needs measure: one of top1, "),
        (
            "published:\n  - {place: p, measure: top1, printed: 1}\n",
            "a published figure requires model or name",
        ),
        ("published:\n  - {place: p, measure: top1, name: A, printed: nan}\n", "printed nan: must be from 0"),
        ("published:\n  - {place: p, measure: top1, name: A, printed: x}\n", "printed x: must be a number"),
        ("coverage: {claims: 1}\n", "coverage needs published"),
        ("coverage: {claims: 1, published: x, listed: 1}\n", "coverage.published: published x: must be a whole number"),
        ("listed:\n  - {place: p}\n", "an entry of listed needs about"),
        ("listed:\n  - {about: x, everywhere: maybe, text: a}\n", "everywhere maybe: must be one of true"),
        ("claims:\n  - {place: p, rows: [{id: a}], tried: []}\n", "an entry of claims has no key tried"),
    ],
)
def test_what_is_wrong_in_a_document_is_told_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    """With the value, the rule and the nearest name."""
    with pytest.raises(SpecError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "own.yaml:" in str(error.value)


def test_rows_have_what_their_group_says(tmp_path: Path) -> None:
    """A row's own word is stronger; groups stand in groups."""
    text = """
claims:
  - place: Table 1
    model: mobilenetv2
    value: params
    rows:
      - {id: a, printed: 3.5M}
      - {id: b, printed: 300.8M, value: macs}
      - knobs: {alpha: 1.4}
        rows: [{id: c, printed: 6.1M, place: Table 2}]
"""
    a, b, c = read(tmp_path, text).claims
    assert [each.place for each in (a, b, c)] == ["Table 1", "Table 1", "Table 2"]
    assert [each.value.expression.text for each in (a, b, c)] == ["params", "macs", "params"]
    assert {name: node.text for name, node in c.value.subjects[""].knobs.items()} == {"alpha": "1.4"}


def test_an_explanation_says_what_is_different_only(tmp_path: Path) -> None:
    """The rest is the claim's; knobs are added to the claim's knobs; another model comes without them."""
    text = claim(
        "printed: 3.5M, model: mobilenetv2, knobs: {alpha: 1.4}, part: stem, value: params, "
        "tried: [{by: stored, value: stored}, {by: classes, knobs: {num_classes: 10}}, {what: x, model: vgg16}]"
    )
    tried = [(each.expression.text, each.subjects[""]) for each in read(tmp_path, text).claims[0].others["tried"]]
    assert [(value, subject.model, subject.part, set(subject.knobs)) for value, subject in tried] == [
        ("stored", "mobilenetv2", "stem", {"alpha"}),
        ("params", "mobilenetv2", "stem", {"alpha", "num_classes"}),
        ("params", "vgg16", None, set()),
    ]


def test_a_model_of_ones_own_stands_beside_the_document(tmp_path: Path) -> None:
    """A path is relative to the document."""
    subject = read(tmp_path, claim("printed: 1, model: nets/mine.yaml, value: params")).claims[0].value.subjects[""]
    assert subject.model == str(tmp_path / "nets" / "mine.yaml")


def test_an_unknown_document_is_told_with_the_nearest() -> None:
    """And a file that is not there likewise."""
    with pytest.raises(UsageError, match=r"no document mobilenetv3: .*did you mean mobilenetv"):
        document("mobilenetv3")
    with pytest.raises(SpecError, match="there is no such file"):
        document("nowhere.yaml")


def test_the_page_on_the_audit_names_every_convention() -> None:
    """Whoever explains a figure of their own paper finds them there."""
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    listed = page[page.index("the convention it goes `by`") :].partition("\n\n")[0]
    assert re.findall(r"`([^`]+)`", listed)[1:] == list(CONVENTIONS)
