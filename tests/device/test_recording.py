"""A results file keeps every row that was measured, whatever stops the program or fills the disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from costcalc.device.files import create, read, resume
from costcalc.device.schedule import Schedule, measure
from costcalc.errors import CostcalcError, UsageError
from tests.cli.runner import environment
from tests.device.samples import cell, header, turn

CELLS = [cell("one"), cell("two")]


def everything(file: Path) -> list[tuple[int, int]]:
    """The cells and rounds of the rows of ``file``."""
    return [(row.cell, row.round) for row in read(str(file)).turns]


def finish(file: Path) -> None:
    """Go on with ``file`` to its end; every turn takes a second."""
    recorder, results = resume(str(file))
    schedule = Schedule(len(results.cells), results.header.policy, results.turns)
    with recorder:
        measure(schedule, lambda number, round: turn(number, round, 1.0 + round), recorder.add, lambda progress: None)


WHOLE = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2), (1, 3), (0, 3)]
"""What the policy of the samples takes of two restless cells: four rounds, forwards and backwards."""


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Header and rows, equal to the last digit."""
    file = tmp_path / "results.jsonl"
    top = header(CELLS)
    rows = [turn(0, 0, 0.1, 0.30000000000000004, memory=2**40), turn(1, 0, 1e-9, runs=1000)]
    rows.append(turn(1, 1, status="out of memory", reason="no room \u2026\n"))
    rows.append(turn(0, 1, 0.5, layers={"stem.conv": 0.25}))
    with create(str(file), top) as recorder:
        for row in rows:
            recorder.add(row)
    found = read(str(file))
    assert (found.header, list(found.turns), found.cut) == (top, rows, None)
    assert found.size == file.stat().st_size
    assert file.read_text(encoding="ascii").count("\n") == 5


def test_each_row_is_there_before_the_next_is_measured(tmp_path: Path) -> None:
    """Another program reads it at once."""
    file = tmp_path / "results.jsonl"
    with create(str(file), header(CELLS)) as recorder:
        for round in range(3):
            recorder.add(turn(0, round, 1.0))
            assert everything(file) == [(0, number) for number in range(round + 1)]


CHILD = """
import os, signal, sys
from costcalc.device.files import create, resume
from costcalc.device.schedule import Schedule, measure
from tests.device.samples import cell, header, turn

file, victim, share = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
recorder = create(file, header([cell("one"), cell("two")]))
really, rows = os.write, 0

def write(descriptor, data):
    global rows
    rows += 1
    if rows > victim:
        really(descriptor, bytes(data)[: int(share * len(data))])
        os.kill(os.getpid(), signal.SIGKILL)
    return really(descriptor, data)

os.write = write
schedule = Schedule(2, header([]).policy)
measure(schedule, lambda number, round: turn(number, round, 1.0 + round), recorder.add, lambda progress: None)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
@pytest.mark.parametrize(("rows", "share"), [(0, 0.5), (1, 0.0), (3, 0.01), (4, 0.5), (5, 0.99), (7, 0.5)])
def test_kill_9_in_the_middle_of_a_line_loses_that_line_alone(tmp_path: Path, rows: int, share: float) -> None:
    """The rows before are read, the half line is told of; resumed, no row is lost and none is doubled."""
    file = tmp_path / "results.jsonl"
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(file), str(rows), str(share)]
    child = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    found = read(str(file))
    assert [(row.cell, row.round) for row in found.turns] == WHOLE[:rows]
    assert found.cut == (f"line {rows + 2} is incomplete and ignored" if share else None)
    before = file.read_bytes()[: found.size]
    finish(file)
    assert everything(file) == WHOLE
    assert file.read_bytes().startswith(before)
    assert read(str(file)).cut is None


def test_a_line_may_be_cut_anywhere(tmp_path: Path) -> None:
    """At every byte of the last line: never an error, never a row too many."""
    file = tmp_path / "results.jsonl"
    with create(str(file), header(CELLS)) as recorder:
        recorder.add(turn(0, 0, 1.0))
        recorder.add(turn(1, 0, 1.0))
    data = file.read_bytes()
    start = data.rindex(b"\n", 0, len(data) - 1) + 1
    for end in range(start, len(data)):
        file.write_bytes(data[:end])
        assert everything(file) == [(0, 0)]
        finish(file)
        assert everything(file) == WHOLE


def test_a_full_disk_is_told_and_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a row went to the disk before it was full: it is taken back, and what was there stays."""
    file = tmp_path / "results.jsonl"
    really = os.write

    def full(descriptor: int, data: Any) -> int:
        if len(data) > 40:
            return really(descriptor, bytes(data)[:40])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with create(str(file), header(CELLS)) as recorder:
        recorder.add(turn(0, 0, 1.0))
        before = file.read_bytes()
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(CostcalcError) as caught:
            recorder.add(turn(1, 0, 1.0))
        monkeypatch.undo()
    assert (
        str(caught.value) == f"cannot write {file}: no space is left on the device (it keeps the earlier measurements)"
    )
    assert file.read_bytes() == before
    finish(file)
    assert everything(file) == WHOLE


LIMITED = """
import resource, sys
from costcalc.errors import CostcalcError
from costcalc.device.files import create
from tests.device.samples import cell, header, turn

recorder = create(sys.argv[1], header([cell("one")]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    for round in range(1000):
        recorder.add(turn(0, round, 1.0))
except CostcalcError as error:
    print(round, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of files here")
def test_a_file_that_may_not_grow_keeps_whole_lines(tmp_path: Path) -> None:
    """By a real limit of the system, in the middle of a row."""
    file = tmp_path / "results.jsonl"
    command = [sys.executable, "-c", LIMITED, str(file), "3333"]
    said = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout
    rounds, message = said.split(" ", 1)
    assert message.startswith(f"cannot write {file}: the file would be larger than the system allows")
    found = read(str(file))
    assert (len(found.turns), found.cut) == (int(rounds), None)
    assert found.turns


def test_a_disk_that_is_full_from_the_start_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that cannot be written is no results file."""
    file = tmp_path / "results.jsonl"

    def full(descriptor: int, data: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(CostcalcError, match="no space is left on the device"):
        create(str(file), header(CELLS))
    assert not file.exists()


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Whatever it holds: the name is refused, and --resume named."""
    file = tmp_path / "results.jsonl"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        create(str(file), header(CELLS))
    assert str(caught.value) == f"{file} already exists (use --resume to continue it, or choose another name)"
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is measured. Root may write everywhere, so the system's answer is made up."""
    with pytest.raises(CostcalcError, match="there is no such file or folder"):
        create(str(tmp_path / "nowhere" / "results.jsonl"), header(CELLS))

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CostcalcError, match="cannot write .*: permission denied"):
        create(str(tmp_path / "results.jsonl"), header(CELLS))


def test_a_file_that_cannot_be_written_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read, and stays as it is."""
    file = tmp_path / "results.jsonl"
    create(str(file), header(CELLS)).__exit__(None, None, None)
    before = file.read_bytes()

    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CostcalcError, match="cannot write .*: its file system is read-only"):
        resume(str(file))
    assert file.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no locks of this kind here")
def test_two_programs_do_not_write_to_one_file(tmp_path: Path) -> None:
    """The second is refused: rows would be doubled."""
    file = tmp_path / "results.jsonl"
    with create(str(file), header(CELLS)), pytest.raises(UsageError, match="another costcalc is writing to"):
        resume(str(file))
    recorder, _ = resume(str(file))
    recorder.__exit__(None, None, None)


def test_an_interrupt_between_bytes_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a row is written: the row is taken back."""
    file = tmp_path / "results.jsonl"
    really = os.write

    def interrupted(descriptor: int, data: Any) -> int:
        really(descriptor, bytes(data)[:10])
        raise KeyboardInterrupt

    with create(str(file), header(CELLS)) as recorder:
        recorder.add(turn(0, 0, 1.0))
        monkeypatch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            recorder.add(turn(1, 0, 1.0))
    found = read(str(file))
    assert ([row.cell for row in found.turns], found.cut) == ([0], None)
