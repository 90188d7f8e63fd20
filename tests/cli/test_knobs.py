"""Knobs on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.runner import refused, run

FLAGGED = """
name: flagged
knobs:
  width: 8
  biased: false
  words: {default: relu, choices: [relu, relu6]}
  format: {default: 2, choices: [2, 3]}
input: [3, 8, 8]
layers:
  - conv: {out: width * format, bias: biased}
  - activation: {fn: words}
"""


@pytest.fixture
def flagged(tmp_path: Path) -> str:
    """The path of a model with a flag, a word, and a knob that is called like an option."""
    path = tmp_path / "flagged.yaml"
    path.write_text(FLAGGED, encoding="utf-8")
    return str(path)


def count(*arguments: str) -> int:
    """The parameters that ``costcalc params ARGUMENTS --quiet`` prints."""
    result = run("params", "--quiet", *arguments)
    assert (result.status, result.err) == (0, "")
    return int(result.out)


@pytest.mark.parametrize(
    "arguments",
    [
        ("mobilenetv2", "--alpha", "0.75"),
        ("mobilenetv2", "--alpha=0.75"),
        ("--alpha", "0.75", "mobilenetv2"),
        ("--alpha=0.75", "mobilenetv2"),
        ("mobilenetv2", "--set", "alpha=0.75"),
        ("mobilenetv2", "--set", "alpha = 0.75", "--set", "num-classes=1000"),
        ("--set=alpha=0.75", "--", "mobilenetv2"),
    ],
    ids=" ".join,
)
def test_a_knob_is_set_by_its_name(arguments: tuple[str, ...]) -> None:
    """Before or after the model, attached or not, or by --set."""
    assert count(*arguments) == 2_636_424
    assert count("mobilenetv2") == 3_504_872


def test_a_name_may_be_written_with_dashes() -> None:
    """--num-classes is num_classes."""
    # 1280 * 990 weights and 990 biases fewer: 3504872 - 1281 * 990 = 2236682
    assert count("mobilenetv2", "--num-classes", "10") == count("mobilenetv2", "--num_classes", "10") == 2_236_682


def test_several_knobs_and_several_models() -> None:
    """Every model gets every knob."""
    result = run("params", "mobilenetv1", "mobilenetv2", "--alpha", "0.5", "--set", "num_classes=10", "--quiet")
    single = [count(name, "--alpha", "0.5", "--num-classes", "10") for name in ("mobilenetv1", "mobilenetv2")]
    assert [int(line) for line in result.out.split()] == single


def test_a_flag_needs_no_value(flagged: str) -> None:
    """--biased is true, --no-biased is false, and a value may be given all the same."""
    assert count(flagged) == 48  # 3 * 16 weights
    for arguments in (["--biased"], ["--biased", "true"], ["--biased=true"], ["--set", "biased=true"]):
        assert count(flagged, *arguments) == 64  # and 16 biases
    for arguments in (["--no-biased"], ["--biased", "false"], ["--biased=false"]):
        assert count(flagged, *arguments) == 48


def test_a_word_after_a_flag_is_a_model(flagged: str, tmp_path: Path) -> None:
    """What is neither true nor false does not belong to the flag before it."""
    other = tmp_path / "other.yaml"
    other.write_text(FLAGGED.replace("name: flagged", "name: other"), encoding="utf-8")
    for option in ("--biased", "--no-biased"):
        result = run("params", flagged, option, str(other), "--quiet")
        assert (result.status, len(result.out.split())) == (0, 2), result
    assert refused("params", flagged, "--biased=maybe") == "biased = maybe: must be true or false"


def test_an_option_goes_before_a_knob_of_the_same_name(flagged: str) -> None:
    """--format is the command's; --set reaches the knob."""
    assert run("params", flagged, "--format", "csv").out.startswith("name,")
    assert count(flagged, "--set", "format=3") == 72  # 3 * 24


def test_a_negative_value_is_a_value() -> None:
    """It reaches the knob, whose rule refuses it."""
    assert refused("params", "mobilenetv2", "--alpha", "-1") == "alpha = -1: must be above 0"
    assert refused("params", "mobilenetv2", "--alpha", "-1.5") == "alpha = -1.5: must be above 0"
    assert refused("params", "mobilenetv2", "--alpha=-0.5") == "alpha = -0.5: must be above 0"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "0", "1e400", "wide", "true"])
def test_a_value_that_breaks_the_rule_is_refused(value: str) -> None:
    """The message names the knob, the value and the rule."""
    assert refused("macs", "mobilenetv2", f"--alpha={value}").startswith(
        f"alpha = {'inf' if value == '1e400' else value}: "
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--alhpa", "2"],
            "mobilenetv2 has no knob alhpa (did you mean --alpha? its knobs: alpha, resolution, num_classes, t)",
        ),
        (["--fromat", "json"], "mobilenetv2 has no knob fromat (did you mean --format? its knobs: "),
        (["--quite"], "mobilenetv2 has no knob quite (did you mean --quiet? its knobs: "),
        (["--set", "beta=2"], "mobilenetv2 has no knob beta (its knobs: alpha, resolution, num_classes, t)"),
        (["--alpha"], "knob alpha requires a value (its default is 1.0)"),
        (["--alpha="], "knob alpha requires a value (its default is 1.0)"),
        (["--alpha", "--quiet"], "knob alpha requires a value (its default is 1.0)"),
        (["--alpha", "1", "--alpha", "2"], "knob alpha is set twice"),
        (["--alpha", "1", "--set", "alpha=1"], "knob alpha is set twice"),
        (["--num-classes", "1", "--num_classes", "2"], "knob num_classes is set twice"),
        (["--set", "alpha"], "--set alpha: must be KNOB=VALUE"),
        (["--set", "=2"], "--set =2: must be KNOB=VALUE"),
        (["--=3"], "mobilenetv2 has no knob "),
        (["--alpha", "0.5", "--by", "layers"], "--by layers: must be one of stage, layer, type (did you mean layer?)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_with_a_knob_is_said(arguments: list[str], message: str) -> None:
    """Unknown, without a value, twice: one message that names what would be right."""
    assert refused("params", "mobilenetv2", *arguments).startswith(message)


def test_an_option_of_another_command_is_no_knob() -> None:
    """The message names the commands that have it; --set names a knob all the same."""
    assert refused("params", "mobilenetv2", "--junit", "x.xml") == "params has no --junit (check has)"
    assert refused("params", "--junit", "x.xml") == "params has no --junit (check has)"
    assert refused("params", "mobilenetv2", "--set", "junit=1").startswith("mobilenetv2 has no knob junit ")


def test_every_model_must_have_the_knob() -> None:
    """The one that lacks it is named, with the knobs that it has."""
    said = refused("params", "mobilenetv2", "mobilenetv1", "--t", "3")
    assert said == "mobilenetv1 has no knob t (its knobs: alpha, resolution, rho, num_classes)"


def test_a_knob_of_choices_names_them(flagged: str) -> None:
    """A word that is no choice is refused with those that are."""
    assert (
        refused("params", flagged, "--words", "rleu") == "words = rleu: must be one of relu, relu6 (did you mean relu?)"
    )


def test_no_model_is_an_error_that_names_some() -> None:
    """A command over models needs one, and says where a misreading took it."""
    assert refused("params").startswith("no MODEL given: ")
    assert "shipped models: alexnet, alexnet-torch, " in refused("macs")
    assert refused("params", "--quite") == "no option --quite (did you mean --quiet?)"
    said = refused("params", "--alpha", "mobilenetv2")
    assert said == "no MODEL: mobilenetv2 was read as the value of --alpha (write the model first)"


def test_the_same_model_twice_is_an_error(flagged: str) -> None:
    """By name or by two paths to one file."""
    assert refused("params", "mobilenetv1", "mobilenetv1") == "model mobilenetv1 is given twice"
    twice = str(Path(flagged).parent / "." / ".." / Path(flagged).parent.name / "flagged.yaml")
    assert refused("params", flagged, twice) == "model flagged is given twice"


def test_two_models_of_one_name_are_an_error(flagged: str, tmp_path: Path) -> None:
    """Their columns could not be told apart."""
    other = tmp_path / "other.yaml"
    other.write_text(FLAGGED, encoding="utf-8")
    said = refused("params", flagged, str(other))
    assert said.startswith("two models are named flagged: ")
    assert said.endswith("other.yaml (rename one of them)")


def test_an_unknown_model_names_the_nearest() -> None:
    """A misspelt model is refused."""
    assert "did you mean mobilenetv2?" in refused("params", "mobilnetv2")


def test_help_lists_the_knobs_of_the_models_on_the_line(flagged: str) -> None:
    """--help beside a model shows its knobs with their defaults; a model that cannot be read is no error there."""
    text = run("params", "mobilenetv2", flagged, "nothing", "--help").out
    assert "Knobs of mobilenetv2" in text
    assert "--resolution" in text
    assert "expansion of the bottlenecks" in text
    assert "relu, relu6" in text
    assert "Knobs of" not in run("params", "--help").out


def test_a_model_may_stand_twice_with_knobs_of_its_own() -> None:
    """The knobs after a colon are that model's alone; the others are for all."""
    table = json.loads(
        run("compare", "mobilenetv2:alpha=0.5", "mobilenetv2:alpha=1.0", "--resolution", "96", "--format", "json").out
    )
    assert [model["knobs"]["alpha"] for model in table["about"]["models"]] == [0.5, 1.0]
    assert [model["knobs"]["resolution"] for model in table["about"]["models"]] == [96, 96]
    # Keras, MobileNetV2(alpha=0.5, weights=None).count_params(): running statistics included
    assert run("params", "mobilenetv2:alpha=0.5,num-classes=1000", "--kind", "stored", "--quiet").out == "1987224\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mobilenetv2:alpha=1", "--alpha", "1"), "knob alpha is set twice"),
        (("mobilenetv2:alpha=1,alpha=1",), "knob alpha is set twice"),
        (("mobilenetv2:alpha=1", "mobilenetv2:alpha=1"), "model mobilenetv2:alpha=1 is given twice"),
        (("mobilenetv2:beta=1",), "mobilenetv2:beta=1 has no knob beta (its knobs: alpha, resolution, num_classes, t)"),
        (("mobilenetv2:alpha=",), "knob alpha requires a value (its default is 1.0)"),
        (("mobilenetv2:alpha=1,t",), "mobilenetv2:alpha=1,t: 't' must be KNOB=VALUE"),
        (("mobilenetv2:alpha",), "mobilenetv2:alpha: 'alpha' must be KNOB=VALUE"),
        (
            ("mobilenetv2:alpha=1:t=2",),
            "mobilenetv2:alpha=1:t=2: knobs must be separated by commas (mobilenetv2:alpha=1,t=2)",
        ),
        (("nothing:alpha=1",), "no model nothing"),
    ],
)
def test_wrong_knobs_of_a_model_are_refused(words: tuple[str, ...], said: str) -> None:
    """As those of an option are."""
    assert refused("params", *words).startswith(said)


def test_a_file_with_a_colon_in_its_name_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exists is read."""
    monkeypatch.chdir(tmp_path)
    Path("a:b=1").mkdir()
    Path("a:b=1/m.yaml").write_text("name: m\ninput: [3, 8, 8]\nlayers: [relu]\n", encoding="utf-8")
    assert run("params", "a:b=1/m.yaml", "--quiet").out == "0\n"
