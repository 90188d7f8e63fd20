"""The command line as a test calls it: inside this process, or as one of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

from costcalc.cli import main

ROOT = Path(__file__).resolve().parents[2]

MODULE = (sys.executable, "-m", "costcalc")


class Run(NamedTuple):
    """The exit status and what was printed."""

    status: int
    out: str
    err: str


def run(*arguments: str, encoding: str = "utf-8") -> Run:
    """``costcalc ARGUMENTS`` with its output in pipes of ``encoding``."""
    out, err = (TextIOWrapper(BytesIO(), encoding=encoding) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        status = main(arguments)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding))
    return Run(status, *texts)


def refused(*arguments: str, status: int = 2) -> str:
    """The one line that ``costcalc ARGUMENTS`` says on stderr, exiting with ``status`` and printing nothing else."""
    result = run(*arguments)
    assert result.status == status, result
    assert result.out == ""
    assert result.err.startswith("costcalc: error: ")
    assert result.err.endswith("\n")
    assert result.err.count("\n") == 1
    return result.err.removeprefix("costcalc: error: ").removesuffix("\n")


def heed_interruption() -> None:
    """For ``preexec_fn``: a shell has what it runs in the background ignore Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child process that finds this checkout."""
    kept = {key: value for key, value in os.environ.items() if "COSTCALC" not in key}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def process(*arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """``python -m costcalc ARGUMENTS`` as a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, **options}
    return subprocess.run(
        [*MODULE, *arguments], env=environment(**(env or {})), text=True, encoding="utf-8", check=False, **options
    )


def python(code: str) -> str:
    """What ``code`` prints, run by a Python of its own."""
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
