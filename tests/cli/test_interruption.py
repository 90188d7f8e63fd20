"""Ctrl-C at any moment: exit status 130, or 0 where the result is out already, and never a traceback."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.runner import MODULE, environment, heed_interruption, python
from tests.exhaustive import over

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to a child process")

# Sends SIGINT at the event of that number, from the first import of ours to the interpreter's own end. Python audits
# imports, files opened, code objects read and more, about 1,400 in all. No clock is involved.
INTERRUPTING = """
import os, signal, sys
at, events = int(sys.argv.pop(1)), 0
def count(event, arguments):
    global events
    events += 1
    if events == at:
        os.kill(os.getpid(), signal.SIGINT)
import costcalc.__main__
sys.addaudithook(count)
sys.exit(costcalc.__main__.main())
"""

DEFAULT = (1, 2, 3, 5, 8, 12, 20, 40, 60, 80, 100, 150, 200, 300, 500, 700, 900, 1100, 1300, 1380)
MOMENTS = (*DEFAULT, *range(10, 1400, 20))


def interrupted(at: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``costcalc ARGUMENTS`` with a SIGINT at the event of the number ``at``."""
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTING, str(at), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=heed_interruption,
    )


@pytest.mark.parametrize("at", over(MOMENTS, DEFAULT))
def test_an_interruption_at_any_event_is_quiet(at: int) -> None:
    """From the first import to the last step of the interpreter's own end."""
    result = interrupted(at, "params", "mobilenetv2", "--quiet")
    assert result.returncode in (0, 130), result
    if result.returncode:
        assert result.stderr == "", result
    else:
        assert (result.stdout, result.stderr) == ("3504872\n", ""), result


DELAYS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.25, 0.4)
"""Seconds from the start of the process; ours begins when Python has started."""


@pytest.mark.parametrize("delay", over(DELAYS, (0.04, 0.08, 0.15)))
def test_an_interruption_while_starting_up_prints_nothing(delay: float) -> None:
    """Before the first line of ours Python itself may show a traceback; it has no frame of ours."""
    child = subprocess.Popen(
        [*MODULE, "params", "mobilenetv2", "--quiet"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interruption,
    )
    time.sleep(delay)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    if child.returncode == 130:
        assert (out, err) == ("", "")
    elif child.returncode == 0:
        assert (out, err) == ("3504872\n", "")
    else:
        assert child.returncode in (1, -signal.SIGINT)
        assert out == ""
        assert f"{os.sep}costcalc{os.sep}" not in err


def test_the_first_line_of_the_package_imports_nothing() -> None:
    """An interruption in it would show a traceback: no handler can be in place yet."""
    code = "import sys; before = set(sys.modules); import costcalc; print(sorted(set(sys.modules) - before))"
    assert python(code) == "['costcalc']\n"


def test_a_process_that_ignores_interruptions_goes_on_to_ignore_them() -> None:
    """As in the background of a shell, or under nohup."""
    code = INTERRUPTING.replace("import costcalc", "signal.signal(signal.SIGINT, signal.SIG_IGN)\nimport costcalc", 1)
    result = subprocess.run(
        [sys.executable, "-c", code, "300", "params", "mobilenetv2", "--quiet"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "3504872\n", "")
