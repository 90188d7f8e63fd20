"""The process's own streams: results to stdout, whole or with a message; progress to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError, file_reason
from costcalc.outputs import units

if TYPE_CHECKING:
    from costcalc.outputs.terminal import Terminal

__all__ = ["discard", "flush", "prepare", "say", "tell", "terminal"]


def prepare() -> None:
    """Make both streams take any text: what their encoding lacks becomes an escape, line ends stay as they are."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace", newline="\n")


def say(text: str) -> None:
    """Write ``text`` to stdout. A reader that went away is no error: the command goes on to its own exit status.

    Raises CostcalcError where stdout cannot be written, as on a full disk.
    """
    if sys.stdout is None:
        raise CostcalcError("cannot write the result: standard output is closed")
    _attempt(text)


def flush() -> None:
    """Write out what stdout still holds. Raises CostcalcError as `say` does."""
    if sys.stdout is not None:
        _attempt("")


def _attempt(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError as error:
        discard()
        raise CostcalcError(f"cannot write the result: {file_reason(error)}") from None


def discard() -> None:
    """Send what is still to be written to stdout nowhere, so that the interpreter does not fail on it at its end."""
    with suppress(OSError, ValueError):
        descriptor = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


def tell(text: str) -> None:
    """Write a line of progress to stderr. Progress that nobody can see is no error."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{units.line(text)}\n")
            sys.stderr.flush()


def terminal() -> Terminal:
    """What stdout shows: a terminal has a width and, unless NO_COLOR is set, colour; a pipe has neither."""
    from costcalc.outputs.terminal import Terminal

    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    if sys.stdout is None or not sys.stdout.isatty():
        return Terminal(unicode=unicode)
    from shutil import get_terminal_size

    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(get_terminal_size().columns, colour, unicode)
