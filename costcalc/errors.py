"""Every error that costcalc raises on purpose: one message, where it happened, and what would have been right.

The command line prints ``str(error)`` and exits with ``error.exit_code``; nothing else reaches a user.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable

__all__ = [
    "CheckFailed",
    "CostcalcError",
    "LayerError",
    "MissingError",
    "SpecError",
    "UsageError",
    "closest",
    "did_you_mean",
    "file_reason",
    "nearest",
    "quoted",
    "shown",
]


class CostcalcError(Exception):
    """An error with a place: ``file:line:column: path: message (hint)``.

    ``path`` is the way to the value inside its document or graph, such as ``layers[1].stages.rows[2]``.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        path: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        file = None if self.file is None else shown(self.file, 1000)
        place = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        text = ": ".join(part for part in (place, self.path, self.message) if part)
        return f"{text} ({self.hint})" if self.hint else text


class SpecError(CostcalcError):
    """A spec that cannot be read or does not describe a graph."""


class UsageError(CostcalcError):
    """A command line, or a call of the library, that asks for something that is not there."""


class LayerError(CostcalcError):
    """A layer with invalid arguments or inputs. ``field`` names the invalid argument, if there is one.

    Raised without a place; `costcalc.infer` adds file, line, column and path.
    """

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class CheckFailed(CostcalcError):
    """A check that failed: a validation, a budget, a proof."""

    exit_code = 1


class MissingError(CostcalcError):
    """A requirement of the command is missing, such as torch or a device."""

    exit_code = 3


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``name`` probably means, by synonym or misspelling; None if there is none."""
    import difflib  # these two only on the way to an error

    from costcalc.synonyms import SYNONYMS, plain

    known = sorted(set(candidates))
    written = plain(name)
    for candidate in known:
        if written and plain(candidate) == written:
            return candidate
    if written in SYNONYMS:
        meant = SYNONYMS[written]
        found = next((each for each in meant if each in known), None)
        if found or not meant:
            return found
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.6)), None)


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """A hint that names the one of ``candidates`` that is `closest` to ``name``; None if none is near."""
    found = closest(name, candidates)
    return None if found is None else f"did you mean {found}?"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The hint of `did_you_mean`; where none is near, one that lists ``candidates``, if they are few."""
    known = sorted(set(candidates))
    few = f"known: {', '.join(known)}" if 0 < len(known) <= 12 else None
    return did_you_mean(name, known) or few


def shown(value: object, limit: int = 60) -> str:
    """``value`` as it may appear in a message: one printable line, cut to ``limit`` characters."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif value is None:
        text = "none"
    elif isinstance(value, tuple):
        text = "[" + ", ".join(shown(item, limit) for item in value) + "]"
    elif isinstance(value, int) and value.bit_length() > 256:
        text = f"a number of {value.bit_length()} bits"
    else:
        text = str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def quoted(source: str, words: object) -> str:
    """The ``words`` of ``source`` (a library, the system) as a quotation for a message: ``torch says "no device"``.

    For use after a sentence of our own, where nobody else knows the reason. Only the first line: torch appends stacks.
    """
    lines = str(words).strip().splitlines() or [type(words).__name__]
    return f'{source} says "{shown(lines[0].rstrip("."), 200)}"'


_FILE_REASONS = {
    errno.EACCES: "permission denied",
    errno.EFBIG: "the file would be larger than the system allows",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOSPC: "no space is left on the device",
    errno.ENOTDIR: "part of its path is not a folder",
    errno.EPERM: "permission denied",
    errno.EROFS: "its file system is read-only",
}


def file_reason(error: OSError | ValueError) -> str:
    """Why a file could not be opened, read or written; the system is quoted for what has no words here.

    Python raises ValueError for a name with a NUL character or half a character, and for text that is not UTF-8.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return "its name holds a character that no file name can hold"
    if isinstance(error, OSError):
        words = error.strerror or type(error).__name__
        return _FILE_REASONS.get(error.errno or 0) or quoted("the system", words)
    return "its name holds a NUL character" if "null" in str(error) else quoted("Python", error)
