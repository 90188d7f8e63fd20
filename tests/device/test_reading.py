"""What is no results file, or not one of this version, is refused in one line, and never changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costcalc.device.files import ceilings_text, dumped, read, read_ceilings, resume
from costcalc.device.rows import measured
from costcalc.errors import CostcalcError
from tests.cli.runner import python
from tests.device.samples import CEILINGS, cell, header, turn

TOP = dumped(header([cell("one"), cell("two")]))
BY_LAYER = dumped(header([cell(work="layers")]))
ROW = dumped(turn(0, 0, 1.0))


def changed(line: str, **values: object) -> str:
    """``line`` with these values in it."""
    return json.dumps({**json.loads(line), **values})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": not a results file: it has no complete line"),
        ("\n", ": not a results file: it has no complete line"),
        (TOP, ": not a results file: it has no complete line"),
        ("hello\n", ":1: not a costcalc.bench/1 file"),
        ("[1]\n", ":1: not a costcalc.bench/1 file"),
        ("[" * 100_000 + "\n", ":1: not a costcalc.bench/1 file"),
        ("\xff\xfe\n", ":1: not a costcalc.bench/1 file"),
        (
            changed(TOP, schema="costcalc.bench/2") + "\n",
            ":1: schema costcalc.bench/2: this costcalc reads costcalc.bench/1",
        ),
        (
            changed(TOP, schema="costcalc.ceilings/1") + "\n",
            ":1: schema costcalc.ceilings/1: this costcalc reads costcalc.bench/1",
        ),
        (changed(TOP, started=5) + "\n", ":1: started: must be a text, not 5"),
        (changed(TOP, more=5) + "\n", ":1: more: there is no such key (known: "),
        (f"{TOP}\n{changed(ROW, seconds=[1.0, 'two'])}\n", ':2: seconds[1]: must be a number, not "two"'),
        (f"{TOP}\n{ROW}\n{changed(ROW, round=-1)}\n", ":3: round: must be at least 0, not -1"),
        (f"{TOP}\n{ROW}\n{changed(ROW, cell=2)}\n", ":3: cell: must be below 2, the number of cells in line 1, not 2"),
        (f"{TOP}\n{ROW}\n{ROW}\n", ":3: round 0 of one 32, batch 1, fp32, eager, forward appears twice"),
        (f"{TOP}\n{changed(ROW, seconds=[])}\n", ":2: seconds: times are required with status ok"),
        (f"{TOP}\n{changed(ROW, seconds=[0.0])}\n", ":2: seconds: must be greater than 0"),
        (f"{TOP}\n{ROW.replace('1.0', 'NaN')}\n", ":2: seconds[0]: must be a finite number, not NaN"),
        (f"{BY_LAYER}\n{ROW}\n", ":2: layers: layer times are required for a cell timed by layer"),
        (f"{TOP}\n{ROW[:-9]}\n{ROW}\n", ':2: not JSON: the parser says "EOF while'),
        (f"{TOP}\n\n{ROW}\n", ':2: not JSON: the parser says "EOF while'),
        (f"{TOP}\n{changed(ROW, status='odd')}\n", ':2: status: must be one of ok, out of memory, failed, not "odd"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """And the file is as it was, after reading and after the attempt to go on with it."""
    file = tmp_path / "results.jsonl"
    file.write_bytes(text.encode("latin-1"))
    for attempt in (read, resume):
        with pytest.raises(CostcalcError) as caught:
            attempt(str(file))
        assert str(caught.value).startswith(f"{file}{said}")
        assert "\n" not in str(caught.value)
    assert file.read_bytes() == text.encode("latin-1")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """As is a folder."""
    with pytest.raises(CostcalcError, match="nowhere: cannot be read: there is no such file or folder"):
        read(str(tmp_path / "nowhere"))
    with pytest.raises(CostcalcError, match="cannot be read: it is a folder"):
        read(str(tmp_path))


def test_the_statistics_of_a_cell_are_over_rounds(tmp_path: Path) -> None:
    """Each round counts as the median of its runs."""
    file = tmp_path / "results.jsonl"
    rows = [turn(0, 0, 1.0, 2.0, 9.0, memory=77), turn(0, 1, 4.0), turn(0, 2, 3.0, 3.0)]
    rows.append(turn(1, 0, status="out of memory", reason="no room"))
    file.write_text("".join(f"{line}\n" for line in [TOP, *map(dumped, rows)]), encoding="ascii")
    first, second = measured(read(str(file)))
    assert first.rounds == {0: 2.0, 1: 4.0, 2: 3.0}
    assert first.summary is not None
    assert (first.summary.size, first.summary.median) == (3, 3.0)
    assert (first.memory, first.failure) == (77, None)
    assert second.failure is not None
    assert (second.failure.status, second.failure.reason) == ("out of memory", "no room")
    assert (second.summary, second.memory) == (None, None)


def test_ceilings_are_read_as_they_were_written(tmp_path: Path) -> None:
    """To the last digit."""
    file = tmp_path / "ceilings.json"
    file.write_text(ceilings_text(CEILINGS), encoding="ascii")
    assert read_ceilings(str(file)) == CEILINGS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", ": not a costcalc.ceilings/1 file"),
        (TOP, ": schema costcalc.bench/1: this costcalc reads costcalc.ceilings/1"),
        (changed(ceilings_text(CEILINGS), call=0.0), ": call: must be greater than 0, not 0.0"),
        (
            changed(ceilings_text(CEILINGS), products={"fp32": {"size": 1}}),
            ": products.fp32.per_second: is missing",
        ),
    ],
)
def test_wrong_ceilings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the path to what is wrong."""
    file = tmp_path / "ceilings.json"
    file.write_text(text, encoding="ascii")
    with pytest.raises(CostcalcError) as caught:
        read_ceilings(str(file))
    assert str(caught.value) == f"{file}{said}"


def test_ceilings_that_are_not_there_can_be_measured(tmp_path: Path) -> None:
    """The message says how."""
    with pytest.raises(
        CostcalcError,
        match=r"cannot be read: there is no such file or folder \(run costcalc roofline to measure them\)",
    ):
        read_ceilings(str(tmp_path / "nowhere"))


def test_environments_differ_in_what_matters() -> None:
    """How busy a machine was is no difference; another torch is one, though the machine is the same."""
    here = CEILINGS.environment
    assert here.differences(here.model_copy(update={"load": 9.0})) == []
    other = here.model_copy(update={"torch": "2.14.0"})
    assert here.differences(other) == ["torch: 2.13.0+cpu, 2.14.0"]
    assert here.same_machine(other)
    assert not here.same_machine(here.model_copy(update={"threads": 1}))


def test_reading_needs_no_torch() -> None:
    """Nor numpy, pandas or sympy."""
    code = "import sys, costcalc.device.tables"
    names = "('torch', 'numpy', 'pandas', 'sympy', 'scipy')"
    assert python(f"{code}; print([name for name in {names} if name in sys.modules])") == "[]\n"


def test_a_long_key_is_not_printed_whole(tmp_path: Path) -> None:
    """A message stays a line that can be read, whatever the file holds."""
    path = tmp_path / "r.jsonl"
    path.write_text(f"{dumped(header([cell()]))[:-1]}, {json.dumps('k' * 3000)}: 0}}\n", encoding="utf-8")
    with pytest.raises(CostcalcError) as caught:
        read(str(path))
    place = str(caught.value).removeprefix(f"{path}:1: ")
    assert place.startswith(f"{'k' * 199}\N{HORIZONTAL ELLIPSIS}: there is no such key")
