"""What is unused in a spec: a warning on stderr, an error with --strict and in costcalc check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costcalc.cli.app import having
from tests.cli.runner import refused, run

HEAD = "name: m\ninput: [3, 8, 8]\n"
LAYERS = "layers:\n  - conv: {from: input, out: 4}\n"
CLEAN = HEAD + LAYERS
UNUSED = HEAD + "define: {width: 8}\nlayers:\n  - relu\n" + LAYERS.removeprefix("layers:\n")
DEFINITION = "m.yaml:3:10: define.width: unused definition 'width'"
LAYER = "m.yaml:5:5: layers[0]: unused layer 'relu': no layer reads it and it is not an output"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    """The spec ``m.yaml``."""
    Path("m.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("command", ["params", "macs", "memory", "show"])
@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_a_warning_is_on_stderr_and_the_result_as_if_nothing_were_unused(command: str, format: str) -> None:
    """Each once, although some commands infer the graph several times."""
    write(CLEAN)
    clean = run(command, "m.yaml", "--format", format)
    assert (clean.status, clean.err) == (0, "")
    write(UNUSED)
    found = run(command, "m.yaml", "--format", format)
    assert (found.status, found.out) == (0, clean.out)
    assert found.err.splitlines() == [f"costcalc: warning: {text}" for text in (DEFINITION, LAYER)]


def test_every_command_over_models_may_be_strict() -> None:
    """All that take a MODEL and its knobs; costcalc check is always strict."""
    assert having("--strict") == having("--set")
    assert {"params", "derive", "compare", "memory"} <= set(having("--strict"))


@pytest.mark.parametrize("command", ["params", "derive", "compare", "memory", "validate", "latency"])
def test_a_strict_command_refuses_what_is_unused(command: str) -> None:
    """Before it does anything, with the message that would have been the warning."""
    write(UNUSED)
    assert refused(command, "m.yaml", "--strict") == DEFINITION
    assert refused(command, "--strict", "m.yaml") == DEFINITION


def test_a_strict_command_refuses_an_unused_layer() -> None:
    """It is known only when the graph is there."""
    write(UNUSED.replace("define: {width: 8}\n", ""))
    assert refused("macs", "m.yaml", "--strict") == LAYER.replace(":5:", ":4:")
    write(CLEAN)
    assert run("macs", "m.yaml", "--strict").status == 0


def test_a_command_that_fails_tells_its_warnings_first() -> None:
    """They may be the reason."""
    write(UNUSED.replace("out: 4", "out: 0"))
    found = run("params", "m.yaml")
    warning, error = found.err.splitlines()
    assert (found.status, warning) == (2, f"costcalc: warning: {DEFINITION}")
    assert error.startswith("costcalc: error: m.yaml:6:")


def test_budgets_are_checked_strictly() -> None:
    """A gate that lets a misspelt knob pass would be none."""
    Path("budgets.yaml").write_text("budgets:\n  - {model: m.yaml, params: < 100}\n", encoding="utf-8")
    write(UNUSED)
    assert refused("check") == DEFINITION
    write(UNUSED.replace("define: {width: 8}\n", ""))
    assert refused("check") == LAYER.replace(":5:", ":4:")
    write(CLEAN)
    assert run("check").status == 0


def test_json_is_json_in_spite_of_warnings() -> None:
    """Nothing of a warning is on stdout."""
    write(UNUSED)
    assert json.loads(run("params", "m.yaml", "--format", "json").out)["title"].endswith(": m")
