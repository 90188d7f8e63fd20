"""Shell completion, as bash asks for it."""

from pathlib import Path

import pytest

from costcalc.spec import shipped_models
from tests.cli.runner import process
from tests.cli.test_app import COMMANDS
from tests.cli.test_knobs import FLAGGED


def offered(line: str) -> list[str]:
    """What bash is offered at the end of ``line``; the last word is the one that is being written."""
    words = line.split(" ")
    result = process(
        env={"_COSTCALC_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.split()


def test_commands_are_offered() -> None:
    """All of them, or those that begin as what is written."""
    assert offered("costcalc ") == COMMANDS
    assert offered("costcalc par") == ["params"]


def test_models_are_offered() -> None:
    """The shipped ones that are not on the line yet."""
    assert offered("costcalc params ") == shipped_models()
    assert offered("costcalc validate mobilenetv2 mobilenetv") == [
        name for name in shipped_models() if name.startswith("mobilenetv") and name != "mobilenetv2"
    ]


def test_blocks_and_layers_are_offered_where_they_can_be_derived() -> None:
    """With their knobs, as models are; other commands know models alone."""
    assert offered("costcalc derive inverted_res") == ["inverted_residual"]
    assert offered("costcalc derive conv_t") == ["conv_transpose"]
    assert "--cin" in offered("costcalc derive inverted_residual --")
    assert offered("costcalc derive linear --set ") == ["cin=", "out=", "bias="]
    assert offered("costcalc params inverted_res") == []


def test_options_and_knobs_are_offered_after_dashes() -> None:
    """The command's own options, and the knobs of the models on the line that are not set yet."""
    found = offered("costcalc params mobilenetv2 --alpha 0.5 --")
    assert {"--by", "--top", "--kind", "--format", "--resolution", "--num_classes", "--t"} <= set(found)
    assert "--alpha" not in found
    assert "--t" not in offered("costcalc params mobilenetv1 --")
    assert offered("costcalc macs mobilenetv2 --al") == ["--alpha"]


def test_after_set_no_knob_stands_alone() -> None:
    """bash adds a blank to the only word that fits: a knob has its choices beside it, or its default."""
    assert offered("costcalc params mobilenetv1 --set al") == ["alpha=", "alpha=1.0"]
    assert offered("costcalc params shufflenet --set gr") == [f"groups={groups}" for groups in (1, 2, 3, 4, 8)]
    assert offered("costcalc params deeplabv3-mobilenetv2 --set as") == ["aspp=true", "aspp=false"]
    assert offered("costcalc params mobilenetv2 mobilenetv2-standard --set t") == ["t=", "t=6"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("costcalc params mobilenetv2 --by = l", ["layer"]),
        ("costcalc params mobilenetv2 --by =", ["stage", "layer", "type"]),
        ("costcalc params mobilenetv2 --by = layer --kind = s", ["stored"]),
        ("costcalc params shufflenet --groups =", ["1", "2", "3", "4", "8"]),
        (
            "costcalc params --by = layer mobilenetv2-",
            [name for name in shipped_models() if name.startswith("mobilenetv2-")],
        ),
    ],
)
def test_the_equals_sign_which_bash_takes_for_a_word_is_none(line: str, found: list[str]) -> None:
    """``--by=l`` and ``--by l`` are completed alike."""
    assert offered(line) == found


def test_the_values_of_options_are_offered() -> None:
    """Where an option is one of a few words."""
    assert offered("costcalc params mobilenetv2 --format ") == ["table", "markdown", "json", "csv", "latex", "parquet"]
    assert offered("costcalc show mobilenetv2 --format t") == ["tree", "table"]
    assert offered("costcalc params mobilenetv2 --kind s") == ["stored"]


@pytest.mark.parametrize("separator", [" ", " = "])
def test_the_choices_of_a_knob_are_offered(tmp_path: Path, separator: str) -> None:
    """After the knob, or its equals sign, which bash takes for a word."""
    path = tmp_path / "flagged.yaml"
    path.write_text(FLAGGED, encoding="utf-8")
    assert offered(f"costcalc params {path} --words{separator}rel") == ["relu", "relu6"]
    assert offered(f"costcalc params {path} --biased{separator}") == ["true", "false"]
    assert offered(f"costcalc params {path} --width{separator}") == []


def test_a_model_that_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    """Completion goes on without it."""
    path = tmp_path / "broken.yaml"
    path.write_text("]", encoding="utf-8")
    assert "--by" in offered(f"costcalc params {path} no-such-model --")


def test_the_script_for_a_shell_can_be_had() -> None:
    """bash is given a script that calls the program back."""
    result = process(env={"_COSTCALC_COMPLETE": "source_bash"})
    assert result.returncode == 0
    assert "_COSTCALC_COMPLETE=complete_bash" in result.stdout
