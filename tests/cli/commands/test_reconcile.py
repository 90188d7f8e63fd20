"""``costcalc reconcile``."""

import json
from pathlib import Path

import pytest

from tests.cli.runner import python, refused, run


def test_it_shows_the_terms_that_make_the_difference() -> None:
    """With their signs, and both totals in the tools' own units."""
    text = run("reconcile", "mobilenetv2", "--from", "thop", "--to", "fvcore").out
    assert "-13,356,224" in text
    assert "+62,720" in text
    assert "MACs by thop" in text
    assert "flops by fvcore" in text


def test_knobs_quantities_and_formats_are_those_of_other_commands(tmp_path: Path) -> None:
    """JSON holds raw integers that add up."""
    path = tmp_path / "table.json"
    arguments = ["reconcile", "mobilenetv2", "--alpha", "0.5", "--from=costcalc", "--to=torch", "--quantity=backward"]
    options = ["--batch", "2", "--freeze", "stem", "--freeze", "stage1", "--checkpoint", "--output", str(path)]
    assert run(*arguments, *options).out == ""
    document = json.loads(path.read_text())
    assert document["about"]["knobs"]["alpha"] == 0.5
    assert document["about"]["freeze"] == ["stem", "stage1"]
    assert document["about"]["checkpoint"] is True
    assert document["total"]["difference"] == sum(row["difference"] for row in document["rows"])
    assert {row["term"] for row in document["rows"]} >= {"recomputed", "weight gradient, groups forgotten"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("300774272", "the simplest: forward pass, MACs by costcalc."),
        ("314,130,496", "the simplest: forward pass, flops by fvcore, without adaptive pooling."),
        ("300M", "the simplest: forward pass, MACs by costcalc, 300,774,272 cut off."),
        ("300774273", "Nothing plausible gives 300774273."),
    ],
)
def test_a_number_is_explained_or_honestly_not(text: str, said: str) -> None:
    """Either is an answer: the exit status is 0."""
    result = run("reconcile", "mobilenetv2", "--measured", text)
    assert result.status == 0
    assert said in result.out


def test_a_search_is_narrowed_by_from_and_quantity() -> None:
    """And --top says how much is shown."""
    text = run("reconcile", "mobilenetv2", "--measured", "3504872", "--from", "thop", "--quantity", "params").out
    assert "1 explanation of 3504872; the simplest: parameters by thop." in text
    rows = json.loads(run("reconcile", "mobilenetv2", "--measured", "300M", "--top", "2", "--format", "json").out)[
        "rows"
    ]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "reconcile requires --to or --measured"),
        (["--from", "thop"], "reconcile requires --to or --measured"),
        (["--to", "thop"], "--to requires --from"),
        (["--from", "thop", "--to", "fvcor"], "no convention fvcor (did you mean fvcore? known: costcalc, "),
        (["--from", "keras", "--to", "thop", "--quantity", "macs"], "keras counts only parameters"),
        (["--from", "costcalc", "--to", "thop", "--quantity", "training"], "thop counts only the forward pass"),
        (["--from", "costcalc", "--to", "torch", "--quantity", "flops"], "--quantity flops: must be one of macs, "),
        (
            ["--from", "costcalc", "--to", "torch", "--freeze", "stem"],
            "--freeze requires --quantity backward or --quantity training",
        ),
        (["--from", "thop", "--to", "torch", "--top", "3"], "--top requires --measured"),
        (["--from", "thop", "--to", "torch", "--batch", "0"], "--batch 0: must be a whole number of at least 1"),
        (
            ["--from", "keras", "--to", "thop", "--batch", "2"],
            "batch = 2: parameters do not depend on the batch",
        ),
        (["--measured", "0"], "measured = 0: must be above 0"),
        (["--measured", "-5"], "measured = -5: must be above 0 and at most"),
        (["--measured", "abc"], "measured = abc: not a number (such as 300774272, "),
        (["--measured", ""], "measured = : not a number"),
        (
            ["--measured", "9" * 30],
            "measured = 999999999999999999999999999999: must be above 0 and at most 1,000,000,000,000,000,000",
        ),
        (["--measured", "5", "--to", "thop"], "--measured cannot be combined with --to"),
        (
            ["--measured", "5", "--batch", "2"],
            "--measured cannot be combined with --batch (--measured searches over these itself)",
        ),
        (["--measured", "5", "--from", "keras", "--quantity", "macs"], "keras counts only parameters"),
        (["--measured", "5", "--from", "nobody"], "no convention nobody (known: costcalc, "),
    ],
    ids=" ".join,
)
def test_bad_input_is_told_in_one_line(arguments: list[str], said: str) -> None:
    """With the option, the value and the rule."""
    assert refused("reconcile", "mobilenetv2", *arguments).startswith(said)


def test_it_takes_one_model() -> None:
    """Two cannot be reconciled in one table."""
    said = refused("reconcile", "mobilenetv1", "mobilenetv2", "--from", "thop", "--to", "torch")
    assert said == "reconcile takes exactly one model, not mobilenetv1 and mobilenetv2"


def test_it_needs_neither_torch_nor_numpy() -> None:
    """A convention is formulas: no tool is run."""
    code = (
        "import sys; from costcalc.cli import main; "
        "main(['reconcile', 'mobilenetv2', '--from', 'thop', '--to', 'torch', '--output', '/dev/null']); "
        "print(sorted({'torch', 'fvcore', 'thop', 'numpy', 'sympy', 'pandas'} & set(sys.modules)))"
    )
    assert python(code) == "[]\n"
