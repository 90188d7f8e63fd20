"""Text to files."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from costcalc.errors import CostcalcError
from costcalc.outputs.file import write


def test_the_text_is_the_file(tmp_path: Path) -> None:
    """The bytes are the text's UTF-8, line ends untouched, and nothing else is left in the folder."""
    path = tmp_path / "result.csv"
    write("a,b\r\nä,層\n", str(path))
    assert path.read_bytes() == "a,b\r\nä,層\n".encode()
    assert os.listdir(tmp_path) == ["result.csv"]


def test_a_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    """What was there before is gone, how it may be used is not."""
    path = tmp_path / "result"
    path.write_text("a longer text than the new one")
    path.chmod(0o640)
    write("new", str(path))
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    """As open() would give them, not those of a temporary file."""
    plain, written = tmp_path / "plain", tmp_path / "written"
    plain.write_text("")
    write("", str(written))
    assert written.stat().st_mode == plain.stat().st_mode


def test_a_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    """The file that a link means is written, be it there or not."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to("folder/target")
    for text in ("one", "two"):
        write(text, str(link))
        assert link.is_symlink()
        assert (tmp_path / "folder" / "target").read_text() == text


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Where writing or renaming fails, the file is as it was and the temporary one is gone."""
    path = tmp_path / "result"
    path.write_text("old")

    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(CostcalcError) as error:
        write("new", str(path))
    assert str(error.value) == f"cannot write {path}: no space is left on the device"
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["result"]


def test_an_interruption_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while writing cleans up, and goes on as Ctrl-C."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write("new", str(tmp_path / "result"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "the file's name is empty"),
        ("{folder}", "it is a folder"),
        ("{folder}/missing/", "it is a folder"),
        ("{folder}/missing/file", "there is no such folder"),
        ("{folder}/file/below", "part of its path is not a folder"),
        ("{folder}/zero\0byte", "its name holds a NUL character"),
        ("{folder}/" + "x" * 300, "its name is too long"),
        ("{folder}/loop", "its symbolic links lead in a circle"),
    ],
)
def test_what_cannot_be_written_is_said_with_its_reason(tmp_path: Path, name: str, reason: str) -> None:
    """One message with the path and the reason, and nothing is left behind."""
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CostcalcError, match=reason) as error:
        write("text", name.format(folder=tmp_path))
    assert str(error.value).startswith("cannot write ")
    assert error.value.exit_code == 2
    assert sorted(os.listdir(tmp_path)) == ["file", "loop"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_is_a_message(tmp_path: Path) -> None:
    """Neither a folder nor a file that may not be written is."""
    path = tmp_path / "result"
    path.write_text("old")
    path.chmod(0o400)
    with pytest.raises(CostcalcError, match="permission denied"):
        write("new", str(path))
    tmp_path.chmod(0o500)
    with pytest.raises(CostcalcError, match="permission denied"):
        write("new", str(tmp_path / "other"))
    tmp_path.chmod(0o700)


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming over a read-only file would work; it is refused all the same."""
    path = tmp_path / "result"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(CostcalcError, match="permission denied"):
        write("new", str(path))
    assert path.read_text() == "old"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_device_is_written_to_directly() -> None:
    """A full device is a message; a device is never replaced by a file."""
    with pytest.raises(CostcalcError, match="cannot write /dev/full: no space is left on the device"):
        write("text", "/dev/full")
    write("text", os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
