"""Writing a results file: a line at a time, each there before the next is measured, none ever changed."""

from __future__ import annotations

import os
from contextlib import suppress
from types import TracebackType

from costcalc.device.results.reading import Results, dumped, read
from costcalc.device.results.records import Header, Turn
from costcalc.errors import CostcalcError, UsageError, file_reason, shown

__all__ = ["Recorder", "create", "resume"]


class Recorder:
    """A results file that is open for more lines. Made by `create` and `resume`; a context manager that closes it."""

    def __init__(self, file: str, descriptor: int, size: int) -> None:
        self.file = file
        self._descriptor = descriptor
        self._size = size

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def add(self, turn: Turn) -> None:
        """Write ``turn`` as a line, and wait until it is on the disk.

        Raises CostcalcError where that fails, as on a full disk: the lines before it are whole and stay.
        """
        self._append(dumped(turn))

    def _append(self, line: str) -> None:
        data = f"{line}\n".encode("ascii")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except BaseException as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            if not isinstance(error, OSError):
                raise
            reason = f"cannot write {shown(self.file, 200)}: {file_reason(error)}"
            hint = "what was measured before is in it" if self._size else None
            raise CostcalcError(reason, hint=hint) from None
        self._size += len(data)


def create(file: str, header: Header) -> Recorder:
    """A new results file with this header. Raises UsageError where ``file`` is there already, and is left alone."""
    try:
        descriptor = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666
        )
    except FileExistsError:
        hint = "--resume goes on with it, another name begins anew"
        raise UsageError(f"{shown(file, 200)} is there already", hint=hint) from None
    except (OSError, ValueError) as error:
        raise CostcalcError(f"cannot write {shown(file, 200)}: {file_reason(error)}") from None
    recorder = Recorder(file, descriptor, 0)
    try:
        _lock(descriptor, file)
        recorder._append(dumped(header))
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            os.unlink(file)
        raise
    return recorder


def resume(file: str) -> tuple[Recorder, Results]:
    """The results file ``file``, open for what it lacks, and what it holds. A half-written last line is cut off.

    Raises CostcalcError where it cannot be read or written, is no results file of this version, or another program is
    writing to it; it is then as it was.
    """
    read(file)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise CostcalcError(f"cannot write {shown(file, 200)}: {file_reason(error)}") from None
    try:
        _lock(descriptor, file)
        results = read(file)
        if results.cut:
            os.ftruncate(descriptor, results.size)
    except OSError as error:
        os.close(descriptor)
        raise CostcalcError(f"cannot write {shown(file, 200)}: {file_reason(error)}") from None
    except BaseException:
        os.close(descriptor)
        raise
    return Recorder(file, descriptor, results.size), results


def _lock(descriptor: int, file: str) -> None:
    """Keep other programs from writing to the file, where the system can. Raises UsageError if one does."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"another costcalc is writing to {shown(file, 200)}") from None
    except OSError:
        return  # a file system without locks
