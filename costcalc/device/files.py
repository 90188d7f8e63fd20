"""The files of benchmarks: results as they are measured, a line at a time, and the ceilings of a machine.

A line is there before the next is measured and is never changed, so a file holds whatever was written of it before the
program stopped. Reading needs no torch.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from os import PathLike
from types import TracebackType
from typing import NamedTuple, TypeAlias, TypeVar

from costcalc import strict
from costcalc.device.records import BENCH, CEILINGS, Ceilings, Cell, Environment, Header, Turn
from costcalc.errors import CostcalcError, UsageError, file_reason, shown
from costcalc.strict import Record

__all__ = [
    "MAX_BYTES",
    "CeilingsSource",
    "Recorder",
    "Results",
    "ceilings_file",
    "ceilings_of",
    "ceilings_text",
    "create",
    "dumped",
    "read",
    "read_ceilings",
    "resume",
    "usable_ceilings",
]

R = TypeVar("R", bound=Record)

MAX_BYTES = 64 * 2**20
"""How large a file of results or ceilings may be; a device such as /dev/zero has no end."""

CeilingsSource: TypeAlias = Ceilings | str | PathLike[str]
"""Ceilings, or the file that has them."""


class Results(NamedTuple):
    """What a results file holds.

    ``size`` are the bytes of its whole lines; ``cut`` says what is wrong with a last line that was not written whole.
    """

    file: str
    header: Header
    turns: tuple[Turn, ...]
    size: int = 0
    cut: str | None = None

    @property
    def cells(self) -> list[Cell]:
        """What was to be timed."""
        return self.header.cells


def read(file: str | PathLike[str]) -> Results:
    """The results in ``file``. Raises CostcalcError where it cannot be read or is no results file of this version."""
    file = os.fspath(file)
    whole, _, rest = _content(file).rpartition(b"\n")
    if not whole:
        raise CostcalcError("not a results file: it has no complete line", file=file)
    first, *others = whole.split(b"\n")
    _check_schema(first, BENCH, file, 1)
    header = _parsed(Header, first, file, 1)
    turns = [_parsed(Turn, line, file, number) for number, line in enumerate(others, 2)]
    seen: set[tuple[int, int]] = set()
    for number, turn in enumerate(turns, 2):
        _check(turn, header, seen, file, number)
    cut = f"line {len(turns) + 2} is incomplete and ignored" if rest else None
    return Results(file, header, tuple(turns), len(whole) + 1, cut)


def _content(file: str, missing: str | None = None) -> bytes:
    """The bytes of ``file``; ``missing`` is a hint where there is none."""
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        hint = missing if isinstance(error, FileNotFoundError) else None
        raise CostcalcError(f"cannot be read: {file_reason(error)}", file=file, hint=hint) from None
    if len(data) > MAX_BYTES:
        raise CostcalcError(f"larger than {MAX_BYTES // 2**20} MiB", file=file)
    return data


def _check(turn: Turn, header: Header, seen: set[tuple[int, int]], file: str, line: int) -> None:
    if turn.cell >= len(header.cells):
        message = f"must be below {len(header.cells)}, the number of cells in line 1"
        raise CostcalcError(f"{message}, not {turn.cell}", file=file, line=line, path="cell")
    if (turn.cell, turn.round) in seen:
        label = header.cells[turn.cell].label
        raise CostcalcError(f"round {turn.round} of {label} appears twice", file=file, line=line)
    if turn.status == "ok" and not turn.seconds:
        raise CostcalcError("times are required with status ok", file=file, line=line, path="seconds")
    if any(value <= 0 for value in turn.seconds):
        raise CostcalcError("must be greater than 0", file=file, line=line, path="seconds")
    if turn.status == "ok" and header.cells[turn.cell].work == "layers" and not turn.layers:
        raise CostcalcError("layer times are required for a cell timed by layer", file=file, line=line, path="layers")
    seen.add((turn.cell, turn.round))


def _check_schema(line: bytes, expected: str, file: str, number: int | None = None) -> None:
    """Raise CostcalcError unless ``line`` is a JSON object of the schema ``expected``, naming another one."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "schema" not in document:
        raise CostcalcError(f"not a {expected} file", file=file, line=number)
    if document["schema"] != expected:
        found = shown(document["schema"])
        raise CostcalcError(f"schema {found}: this costcalc reads {expected}", file=file, line=number)


def _parsed(kind: type[R], line: bytes, file: str, number: int | None = None) -> R:
    """``line`` as a record of this kind. Raises CostcalcError with the line, the path in it and the rule."""
    try:
        return strict.parsed(kind, line)
    except CostcalcError as error:
        raise CostcalcError(error.message, file=file, line=number, path=error.path, hint=error.hint) from None


def dumped(record: Record) -> str:
    """``record`` as one line of ASCII JSON, without its end."""
    return json.dumps(record.model_dump(by_alias=True), allow_nan=False)


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
            hint = "it keeps the earlier measurements" if self._size else None
            raise CostcalcError(reason, hint=hint) from None
        self._size += len(data)


def create(file: str, header: Header) -> Recorder:
    """A new results file with this header. Raises UsageError where ``file`` is there already, and is left alone."""
    try:
        descriptor = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666
        )
    except FileExistsError:
        hint = "use --resume to continue it, or choose another name"
        raise UsageError(f"{shown(file, 200)} already exists", hint=hint) from None
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


def ceilings_file(device: str) -> str:
    """Where the ceilings of a device are kept, in the user's own folder for settings."""
    import typer

    return os.path.join(typer.get_app_dir("costcalc"), f"ceilings-{device}.json")


def read_ceilings(file: str | PathLike[str]) -> Ceilings:
    """The ceilings in ``file``. Raises CostcalcError where it cannot be read or is no such file of this version."""
    file = os.fspath(file)
    data = _content(file, "run costcalc roofline to measure them")
    _check_schema(data, CEILINGS, file)
    return _parsed(Ceilings, data, file)


def ceilings_text(ceilings: Ceilings) -> str:
    """``ceilings`` as the text of a file."""
    return f"{ceilings.model_dump_json(by_alias=True, indent=2)}\n"


def ceilings_of(environment: Environment, source: CeilingsSource) -> Ceilings:
    """The ceilings in ``source``. Raises UsageError where they are not those of the machine of ``environment``."""
    found = source if isinstance(source, Ceilings) else read_ceilings(source)
    if not found.environment.same_machine(environment):
        there, here = found.environment.hardware, environment.hardware
        file = None if isinstance(source, Ceilings) else os.fspath(source)
        raise UsageError(f"the ceilings are of {there}, but the times are of {here}", file=file)
    return found


def usable_ceilings(
    environment: Environment, source: CeilingsSource | None = None
) -> tuple[Ceilings | None, str | None]:
    """The ceilings to hold times of ``environment`` against: those of ``source``, or else those kept for its device.

    Where those that are kept cannot be used, the second is a sentence that says why. Raises CostcalcError where
    ``source`` cannot be.
    """
    if source is not None:
        return ceilings_of(environment, source), None
    file = ceilings_file(environment.device)
    if not os.path.exists(file):
        return None, "No ceilings, so no floors and shares: run costcalc roofline to measure them."
    try:
        return ceilings_of(environment, file), None
    except CostcalcError as error:
        return None, f"No ceilings: {error}."
