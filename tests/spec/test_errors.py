"""Every wrong spec gets one error, with its place and what would have been right.

The cases are in ``data/wrong``: a sentence, the spec (with other files after ``+++``), and the message. Those in
``unused.txt`` are errors of a strict model, and warnings of any other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from costcalc.inference import infer, located
from costcalc.spec import load, shipped_models
from tests.spec.writing import model, refusal

CASES = {
    f"{path.stem}: {title}": (spec, message)
    for path in sorted(Path(__file__).parent.joinpath("data", "wrong").glob("*.txt"))
    for title, spec, message in re.findall(
        r"^=== (.+?)\n(.*?)^--> (.+?)$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
}
UNUSED = [case for case in CASES if case.startswith("unused: ")]


def _files(text: str) -> dict[str, Any]:
    first, *others = re.split(r"^\+\+\+ (.+)\.yaml\n", text, flags=re.MULTILINE)
    return {"text": first, **dict(zip(others[::2], others[1::2], strict=True))}


def test_the_cases_are_read_whole() -> None:
    """As many as there are titles: a case that the pattern skips would never fail."""
    folder = Path(__file__).parent / "data" / "wrong"
    titles = sum(path.read_text(encoding="utf-8").count("\n=== ") + 1 for path in folder.glob("*.txt"))
    assert len(CASES) == titles > 200


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_spec_gets_this_message(case: str) -> None:
    """The message to the letter: it is what a user sees."""
    spec, message = CASES[case]
    assert refusal(**_files(spec), strict=case in UNUSED) == message


@pytest.mark.parametrize("case", UNUSED)
def test_what_is_unused_is_a_warning(case: str) -> None:
    """The same message, once; the graph is there, and each of its nodes is used."""
    spec, message = CASES[case]
    found = model(**_files(spec))
    infer(found)
    graph = infer(found)
    assert [str(warning) for warning in found.warnings] == [message]
    read = {output.node for output in graph.outputs}.union(*(node.inputs for node in graph.nodes))
    assert read == set(range(len(graph.nodes)))


def test_a_graph_is_as_if_what_is_unused_were_not_written() -> None:
    """Nodes are counted anew, in inputs and in outputs, and keep their places."""
    found = model(
        "input: [3, 8, 8]\nlayers:\n  - tanh: {from: input}\n  - conv: {name: stem, from: input, out: 4}\n"
        "  - relu: {from: input}\n  - sigmoid\n  - add: [stem, stem]\n"
    )
    graph, places = located(found)
    assert [(node.path, node.inputs) for node in graph.nodes] == [("input", ()), ("stem", (0,)), ("add", (1, 1))]
    assert [place.line for place in places] == [1, 4, 7]
    assert [output.node for output in graph.outputs] == [2]
    assert [warning.line for warning in found.warnings] == [3, 6]


def test_a_used_model_accepts_its_unused_knob() -> None:
    """It is not one that sets the input of that model."""
    found = model(
        "input: [3, 8, 8]\nuse: [./other.yaml]\nlayers: [other: {alpha: 2}]\n",
        other="knobs: {alpha: 1}\ninput: [3, 8, 8]\nlayers: [relu]\n",
    )
    assert [str(warning) for warning in found.warnings] == ["other.yaml:1:9: knobs.alpha: unused knob 'alpha'"]


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_has_no_warnings(name: str) -> None:
    """Strict or not, at its defaults and at all its examples."""
    found = load(name, strict=True)
    for knobs in ({}, *found.examples):
        infer(found, knobs)
    assert found.warnings == ()


@pytest.mark.parametrize("case", CASES)
def test_a_message_begins_with_file_line_and_column(case: str) -> None:
    """Every message: the file that a user wrote, and where in it."""
    spec, message = CASES[case]
    file, line, column = re.match(r"(\w+)\.yaml:(\d+):(\d+): ", message).groups()  # type: ignore[union-attr]
    lines = _files(spec)["text" if file == "model" else file].splitlines()
    assert 1 <= int(line) <= len(lines)
    assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        (float("nan"), "alpha = nan: must be a finite number"),
        (float("inf"), "alpha = inf: must be a finite number"),
        (-float("inf"), "alpha = -inf: must be a finite number"),
        (0, "alpha = 0: must be above 0"),
        (-1.0, "alpha = -1.0: must be above 0"),
        (2**65, "alpha = 36893488147419103232: must have at most 64 bits"),
        ("wide", "alpha = wide: must be a number"),
        (True, "alpha = true: must be a number"),
        (None, "alpha = none: must be a number"),
        ([1, 2], "alpha = [1, 2]: must be a number"),
        ({}, "alpha = {}: must be a number"),
    ],
)
def test_a_wrong_value_of_a_knob_gets_this_message(alpha: object, message: str) -> None:
    """A knob that Python sets, or the command line."""
    spec = "knobs: {alpha: {default: 1.0, above: 0}}\ninput: [3, 8, 8]\nlayers: [conv: {out: round(8 * alpha)}]\n"
    assert refusal(spec, {"alpha": alpha}) == message


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "0", "-0.5", "", "x", "1e400", "1_0", "٣", "true", "[1]"])
def test_a_wrong_text_for_a_knob_is_refused(text: str) -> None:
    """As the command line gives it."""
    from costcalc.errors import UsageError
    from costcalc.spec import Knob

    with pytest.raises(UsageError, match=r"^alpha = .*: must be "):
        Knob("alpha", 1.0, above=0).parse(text)


def test_an_unknown_knob_names_those_that_there_are() -> None:
    """And the nearest."""
    spec = "knobs: {alpha: 1.0, beta: 2}\ninput: [3, 8, 8]\nlayers: [conv: {out: round(8 * alpha * beta)}]\n"
    assert refusal(spec, {"alhpa": 1}) == "model has no knob alhpa (did you mean alpha? its knobs: alpha, beta)"
    assert refusal("input: [3, 8, 8]\nlayers: [relu]\n", {"a": 1}) == "model has no knob a (its knobs: none)"


def test_long_and_strange_texts_are_cut_in_messages() -> None:
    """One short printable line, whatever the spec holds."""
    message = refusal(f"input: [3, 8, 8]\nlayers: [{'x' * 100_000}]\n")
    assert len(message) < 300
    assert refusal('input: [3, 8, 8]\nlayers: ["a\\nb\\tc\\u202e"]\n') == (
        "model.yaml:2:10: layers[0]: unknown layer or block a\ufffdb\ufffdc\ufffd"
    )
