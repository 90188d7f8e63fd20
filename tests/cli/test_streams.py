"""Pipes, terminals, full disks and interruptions, in processes of their own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.runner import MODULE, environment, heed_interruption, process, run

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


@POSIX
def test_a_reader_that_goes_away_is_no_error() -> None:
    """``| head -1`` gets its line; there is no message, and the status is the command's own."""
    command = " ".join([*MODULE, "show", "mobilenetv2", "|", "head", "-1", ";", "exit", "${PIPESTATUS[0]}"])
    result = subprocess.run(["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("mobilenetv2")
    assert result.stdout.count("\n") == 1


@POSIX
@pytest.mark.parametrize(
    "arguments", [("params", "mobilenetv2"), ("--help",), ("macs", "--help"), ("--version",)], ids=" ".join
)
def test_a_closed_pipe_is_no_error(arguments: tuple[str, ...]) -> None:
    """Nobody reads at all: the command ends quietly."""
    read, write = os.pipe()
    os.close(read)
    result = process(*arguments, stdout=write)
    os.close(write)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("params", "mobilenetv2"), ("--help",), ("schema",)], ids=" ".join)
def test_a_full_disk_is_one_message(arguments: tuple[str, ...]) -> None:
    """Output that cannot be written is said, once, and exits with 2."""
    with open("/dev/full", "w") as full:
        result = process(*arguments, stdout=full)
    assert result.returncode == 2
    assert re.fullmatch(
        r"costcalc: error: (cannot write the result|cannot be read or written): no space is left on the device\n",
        result.stderr,
    )


@POSIX
def test_a_closed_stdout_is_one_message() -> None:
    """``>&-`` is said, not passed over."""
    result = subprocess.run(
        ["bash", "-c", " ".join([*MODULE, "params", "mobilenetv2", ">&-"])],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "costcalc: error: cannot write the result: standard output is closed\n"


@POSIX
def test_an_interruption_ends_the_process_with_130(tmp_path: Path) -> None:
    """Ctrl-C while a model is read from a pipe that never ends: not a word."""
    fifo = tmp_path / "model.yaml"
    os.mkfifo(fifo)
    child = subprocess.Popen(
        [*MODULE, "params", str(fifo)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interruption,
    )
    writer = os.open(fifo, os.O_WRONLY)  # returns once the command has opened its end
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    os.close(writer)
    assert (child.returncode, out, err) == (130, "", "")


def in_terminal(*arguments: str, columns: int, **env: str) -> str:
    """What a terminal ``columns`` wide receives from the command."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    changed = {key: value for key, value in environment(TERM="xterm", **env).items() if key not in ("COLUMNS", "LINES")}
    if "NO_COLOR" not in env:
        changed.pop("NO_COLOR", None)
    child = subprocess.Popen([*MODULE, *arguments], env=changed, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    received = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        received += part
    os.close(master)
    assert child.wait(60) == 0
    return received.decode().replace("\r\n", "\n")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal as Linux has it")
def test_a_terminal_gets_colour_and_its_own_width() -> None:
    """A narrow terminal folds text and keeps numbers; NO_COLOR takes the colour away; a pipe has neither."""
    coloured = in_terminal("models", columns=70)
    plain = in_terminal("models", columns=70, NO_COLOR="1")
    assert "\x1b[1m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert max(map(len, plain.splitlines())) <= 70
    assert "568,740,352" in plain
    piped = process("models").stdout
    assert "\x1b" not in piped
    assert max(map(len, piped.splitlines())) > 70
    assert "568,740,352" in in_terminal("models", columns=12, NO_COLOR="1")


def test_a_stream_that_is_not_unicode_gets_what_it_can_show() -> None:
    """In ASCII the rules are ASCII, and no character is an error."""
    result = run("params", "mobilenetv2", encoding="ascii")
    assert result.status == 0
    assert "-----" in result.out
    assert "total" in result.out
    tree = run("show", "mobilenetv2", encoding="ascii").out
    assert "|- " in tree


def test_a_name_beyond_the_encoding_is_escaped(tmp_path: Path) -> None:
    """A title in another script becomes escapes where stdout cannot say it."""
    path = tmp_path / "model.yaml"
    path.write_text("name: tiny\nknobs: {k: 1}\ninput: [3]\nlayers: [linear: {out: k}]\n", encoding="utf-8")
    renamed = tmp_path / "\N{GREEK SMALL LETTER ALPHA}.yaml"
    path.rename(renamed)
    result = run("params", str(renamed.with_name("\N{GREEK SMALL LETTER BETA}.yaml")), encoding="ascii")
    assert result.status == 2
    assert r"\u03b2.yaml" in result.err
