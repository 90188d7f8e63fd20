"""``costcalc solve``."""

import json
from pathlib import Path

import pytest

from costcalc.device.files import ceilings_text
from tests.cli.runner import refused, run
from tests.device.samples import CEILINGS


def test_the_value_of_a_knob_that_meets_a_budget() -> None:
    """And from where to where it makes no difference."""
    result = run("solve", "mobilenetv2", "--macs", "300M", "--wrt", "alpha", "--format", "json")
    assert result.status == 0
    answer = json.loads(result.out)
    (row,) = answer["rows"]
    assert (row["alpha"], row["from"], row["below"]) == (0.975, 0.975, 0.9874999999999999)
    assert (row["macs"], row["params"]) == (299896192, 3486936)
    assert answer["about"]["budgets"] == [{"quantity": "macs", "least": 0, "most": 300000000}]


def test_several_budgets_over_several_knobs() -> None:
    """The front by default, everything that is feasible with --all."""
    arguments = ("--params", "3.5M", "--macs", "100M..300M", "--resolution", "96..224/32", "--alpha", "0.5..1/0.25")
    front = run("solve", "mobilenetv2", *arguments)
    assert front.status == 0
    rows = json.loads(run("solve", "mobilenetv2", *arguments, "--all", "--format", "json").out)["rows"]
    assert len(rows) > sum(row["front"] for row in rows) >= 1
    assert all(row["params"] <= 3_500_000 and 100_000_000 <= row["macs"] <= 300_000_000 for row in rows)
    assert "Pareto front: no feasible setting is at least as large in every knob and larger in one." in front.out
    only = json.loads(run("solve", "mobilenetv2", *arguments, "--format", "json").out)["rows"]
    assert [{**row, "front": True} for row in only] == [row for row in rows if row["front"]]


def test_none_exits_with_1_and_the_nearest_miss() -> None:
    """The table on stdout, one line on stderr."""
    result = run("solve", "mobilenetv2", "--macs", "1M", "--resolution", "96..224/32")
    assert result.status == 1
    assert "Nearest miss of mobilenetv2: at most 1,000,000 MACs" in result.out
    assert "macs: 56,289,152 is 55,289,152 more than 1,000,000." in result.out
    assert result.err.startswith("costcalc: error: no setting of mobilenetv2 meets the budgets")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--wrt", "alpha"), "no budget: give --macs, --params or --budget"),
        (("--macs", "300M"), "nothing to vary: give --wrt knobs of mobilenetv2"),
        (("--macs", "300M", "--wrt", "alfa"), "mobilenetv2 has no knob alfa (did you mean alpha?)"),
        (("--macs", "300M", "--wrt", "alpha,"), "--wrt 'alpha,': must be knob names separated by commas"),
        (("--macs", "300M", "--wrt", "alpha", "--alpha", "0.5"), "alpha cannot be both varied and fixed at 0.5"),
        (("--macs", "300MB", "--wrt", "alpha"), "--macs 300MB: must be a number with an optional suffix k, M or G"),
        (("--macs", "0", "--wrt", "alpha"), "--macs 0: must be a whole number of at least 1"),
        (
            ("--macs", "300M..200M", "--wrt", "alpha"),
            "at least 300,000,000 and at most 200,000,000 contradict each other",
        ),
        (("--macs", "200M", "--macs", "300M..", "--wrt", "alpha"), "contradict each other"),
        (("--macs", "300M", "--resolution", "224..96"), "resolution = 224..96: 224 is more than 96"),
        (("--macs", "300M", "--resolution", "96..x"), "resolution = x: must be a number"),
        (("--macs", "300M", "--alpha", "0..1"), "alpha = 0: must be above 0"),
        (("--macs", "300M", "--kind", "all", "--wrt", "alpha"), "--kind all: must be one of"),
        (("mobilenetv1", "--macs", "300M", "--wrt", "alpha"), "solve takes exactly one model, not"),
    ],
)
def test_wrong_usage_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """In one line."""
    assert message in refused("solve", "mobilenetv2", *arguments)


def test_ceilings_are_for_a_budget_of_latency(tmp_path: Path) -> None:
    """Without one they would change nothing; and a limit that is none names its option."""
    file = tmp_path / "c.json"
    file.write_text(ceilings_text(CEILINGS), encoding="ascii")
    arguments = ("solve", "mobilenetv2", "--wrt", "alpha")
    assert refused(*arguments, "--macs", "300M", "--ceilings", str(file)) == "--ceilings requires a --budget of latency"
    assert refused(*arguments, "--budget", "peak_memory <= 4").startswith("--budget '<= 4': the number has no unit")
