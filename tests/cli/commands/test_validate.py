"""``costcalc validate``."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.layers import LAYERS
from costcalc.measure import validate as measure
from costcalc.measure.validate import Validation
from costcalc.spec import load, shipped_models
from tests.cli.runner import environment, refused, run

TINY = """
name: tiny
knobs: {width: 4}
input: [3, 8, 8]
layers: [conv: {name: first, out: width}, global_avg_pool, linear: {name: classifier, out: 10}]
examples: [{width: 2}, {width: 7}]
"""


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """The path of a model with two examples."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return str(path)


Seen = list[tuple[str, dict[str, object]]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """The models and knobs that are validated, nothing really being compared."""
    found: Seen = []

    def note(graph: Graph) -> Validation:
        found.append((graph.name, dict(graph.knobs)))
        return Validation(graph.name, graph.knobs, len(graph.nodes) - 1, 0, 0, 0, ())

    monkeypatch.setattr(measure, "validate", note)
    return found


def test_a_model_is_checked_at_its_defaults_and_its_examples(tiny: str, seen: Seen) -> None:
    """And with knobs at these alone."""
    assert run("validate", tiny).status == 0
    assert seen == [("tiny", {"width": 4}), ("tiny", {"width": 2}), ("tiny", {"width": 7})]
    seen.clear()
    assert run("validate", tiny, "--width", "5").status == 0
    assert seen == [("tiny", {"width": 5})]


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_every_shipped_model_is_the_default(seen: Seen, arguments: tuple[str, ...]) -> None:
    """Without a model, or with --all, each of them at its defaults and examples."""
    assert run("validate", *arguments).status == 0
    assert list(dict.fromkeys(name for name, _ in seen)) == shipped_models()
    assert len(seen) == sum(1 + len(load(name).examples) for name in shipped_models())


def test_all_and_names_exclude_each_other(tiny: str) -> None:
    """--all is every shipped model, and no other."""
    assert (
        refused("validate", "--all", tiny)
        == "--all cannot be combined with MODEL (--all validates every shipped model)"
    )
    assert refused("validate", "--alpha").startswith("no MODEL given")


def test_progress_goes_to_stderr_and_the_table_to_stdout(tiny: str) -> None:
    """A line for each setting while it runs, and a row for each at the end; really compared with torch."""
    result = run("validate", tiny)
    assert result.status == 0
    assert result.err == (
        "[1/3] tiny: 3 layers, no difference from the torch module built from the same spec\n"
        "[2/3] tiny width=2: 3 layers, no difference from the torch module built from the same spec\n"
        "[3/3] tiny width=7: 3 layers, no difference from the torch module built from the same spec\n"
    )
    assert [line.split()[1] for line in result.out.splitlines() if line.startswith("tiny")] == [
        "width=4",
        "width=2",
        "width=7",
    ]


def test_what_was_compared_with_what_is_said(tiny: str) -> None:
    """A module built from the same spec proves nothing of another implementation: title, notes and JSON say so."""
    text = run("validate", tiny).out
    assert text.startswith("Validation against the torch module built from the same spec\n")
    assert "No independent implementation is involved" in text
    about = json.loads(run("validate", tiny, "--format", "json").out)["about"]
    assert about["independent"] is False
    assert about["reference"] == "the torch module built from the same spec"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A linear layer that counts one multiply-accumulate too many."""
    linear = LAYERS["linear"]
    ledger: Callable[..., Mapping[str, int]] = linear.ledger
    monkeypatch.setattr(linear, "ledger", lambda *given: {**ledger(*given), "macs": ledger(*given)["macs"] + 1})


@pytest.mark.usefixtures("broken")
def test_a_difference_is_printed_with_its_place_and_exits_with_1(tiny: str) -> None:
    """The layer, what differs and both values; the message names the first, the table has all."""
    result = run("validate", tiny, "--width", "4")
    assert result.status == 1
    # 4 * 10 = 40 multiply-accumulates
    assert result.err.splitlines()[-1] == (
        "costcalc: error: 4 differences, the first in tiny width=4: classifier: multiply-accumulates by fvcore: "
        "41 by costcalc, 40 in torch"
    )
    rows = [line.split() for line in result.out.splitlines() if "classifier" in line]
    assert [row[-2:] for row in rows] == [["41", "40"], ["82", "80"]]


@pytest.mark.usefixtures("broken")
def test_every_form_tells_of_the_differences(tiny: str) -> None:
    """JSON is one document that holds them, csv has their number, Markdown a second table."""
    value = json.loads(run("validate", tiny, "--width", "4", "--format", "json").out)
    assert value["rows"][0]["differences"] == 4
    assert value["about"]["differences"][0]["path"] == "classifier"
    assert run("validate", tiny, "--width", "4", "--format", "csv").out.splitlines()[1].endswith(",4")
    assert run("validate", tiny, "--width", "4", "--format", "markdown").out.count("### ") == 2


def failing_second(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the second comparison raise ``error``."""
    real = measure.validate
    calls = []

    def compare(graph: Graph) -> Validation:
        calls.append(graph)
        if len(calls) == 2:
            raise error
        return real(graph)

    monkeypatch.setattr(measure, "validate", compare)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, []),
        (CostcalcError("no module for classifier"), 2, ["costcalc: error: no module for classifier"]),
    ],
    ids=["Ctrl-C", "a failure"],
)
def test_what_was_done_before_the_end_is_printed(
    tiny: str, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, message: list[str]
) -> None:
    """Ctrl-C in the middle keeps the comparisons that are done, and so does a model that cannot be built."""
    failing_second(monkeypatch, error)
    result = run("validate", tiny)
    assert result.status == status
    assert [line for line in result.err.splitlines() if line.startswith("costcalc: ")] == message
    assert sum(line.startswith("tiny") for line in result.out.splitlines()) == 1


@pytest.mark.parametrize("module", ["torch", "fvcore.nn"])
def test_a_missing_package_exits_with_3_and_says_how_to_get_it(module: str, tiny: str) -> None:
    """Without torch or fvcore there is one message with the line that installs them."""
    call = f"from costcalc.cli import main; sys.exit(main(['validate', {tiny!r}]))"
    code = f"import sys; sys.modules[{module!r}] = None\n{call}"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr.startswith(f"costcalc: error: {module.partition('.')[0]} is needed")
    assert result.stderr.endswith("(pip install 'costcalc[torch]')\n")
