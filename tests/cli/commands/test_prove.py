"""``costcalc prove``."""

import json
from pathlib import Path

import pytest

from tests.cli.runner import refused, run

MINE = """claim: Twice the channels take twice the work.
source: me
symbols: {c: 1, d: 1}
graphs:
  one: {input: [c, 8, 8], layers: [conv: {out: d}]}
  two: {input: [2 * c, 8, 8], layers: [conv: {out: d}]}
prove: ["macs(two) == TIMES * macs(one)"]
"""


def mine(folder: Path, times: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(MINE.replace("TIMES", times), encoding="utf-8")
    return str(path)


def test_a_proof_is_told_on_both_streams() -> None:
    """Progress on stderr, the table on stdout."""
    result = run("prove", "split-work", "dense-depthwise")
    assert result.status == 0
    assert result.err == "[1/2] split-work: proved\n[2/2] dense-depthwise: proved\n"
    assert "2 of 2 proved" in result.out


def test_ones_own_theorem_is_proved_or_refuted(tmp_path: Path) -> None:
    """A refutation has a counterexample, and the exit status is 1."""
    assert run("prove", mine(tmp_path, "2")).status == 0
    result = run("prove", mine(tmp_path, "3"))
    assert result.status == 1
    assert "refuted" in result.out
    assert "at c = 1, d = 1: left 128, right 192" in result.out
    assert result.err.splitlines()[-1].startswith("costcalc: error: 1 of 1 theorems not proved; mine is refuted: ")


def test_not_decided_is_not_proved(tmp_path: Path) -> None:
    """It exits with 1, too."""
    path = tmp_path / "open.yaml"
    path.write_text(
        "claim: A ceiling.\nsource: me\nsymbols: {h: 1}\n"
        "graphs: {g: {input: [1, h, h], layers: [conv: {out: 1, kernel: 3, stride: 2}]}}\n"
        "prove: [height(g) == -(-h // 2)]\n",
        encoding="utf-8",
    )
    result = run("prove", str(path))
    assert result.status == 1
    assert "not decided" in result.out
    assert "0 of 1 proved" in result.out


def test_the_list_proves_nothing() -> None:
    """It has the claims and their sources."""
    result = run("prove", "--list", "--format", "json")
    assert result.err == ""
    rows = json.loads(result.out)["rows"]
    assert {"bottleneck", "sum-of-layers"} <= {row["name"] for row in rows}
    assert all(row["claim"] and row["source"] for row in rows)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bottlenek", "no theorem bottlenek: neither a shipped one nor a file (did you mean bottleneck?)"),
        ("./nothing.yaml", "./nothing.yaml: there is no such file"),
    ],
)
def test_an_unknown_theorem_is_refused(name: str, message: str) -> None:
    """With the nearest name."""
    assert refused("prove", name) == message


def test_a_wrong_file_is_refused_at_its_place(tmp_path: Path) -> None:
    """File, line and column."""
    message = refused("prove", mine(tmp_path, "k"))
    assert message.endswith(":7:9: prove[0]: unknown name k (known: c, d, one, two)")
