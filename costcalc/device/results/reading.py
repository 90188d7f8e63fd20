"""A results file as it stands, whatever was written of it before the program stopped."""

from __future__ import annotations

import json
from statistics import median
from typing import NamedTuple, TypeVar

from costcalc import strict
from costcalc.device.results.records import BENCH, Cell, Header, Turn
from costcalc.device.results.statistics import Summary, summary
from costcalc.errors import CostcalcError, file_reason, shown
from costcalc.strict import Record

__all__ = ["MAX_BYTES", "Results", "dumped", "parsed", "read", "schema_of"]

R = TypeVar("R", bound=Record)

MAX_BYTES = 64 * 2**20
"""How large a file of results or ceilings may be; a device such as /dev/zero has no end."""


class Results(NamedTuple):
    """What a results file holds.

    ``size`` are the bytes of its whole lines; ``cut`` says what is wrong with a last line that was not written whole.
    """

    file: str
    header: Header
    turns: tuple[Turn, ...]
    size: int
    cut: str | None

    @property
    def cells(self) -> list[Cell]:
        """What was to be timed."""
        return self.header.cells

    def rounds(self, cell: int) -> dict[int, float]:
        """The median time of a run in seconds, by round, of the cell number ``cell``."""
        return {turn.round: median(turn.seconds) for turn in self.turns if turn.cell == cell and turn.status == "ok"}

    def summary(self, cell: int) -> Summary | None:
        """The statistics of its rounds; None where there is none."""
        rounds = self.rounds(cell)
        return summary(list(rounds.values()), self.header.policy.confidence) if rounds else None

    def failure(self, cell: int) -> Turn | None:
        """The line that says why the cell has no time, if one does."""
        return next((turn for turn in self.turns if turn.cell == cell and turn.status != "ok"), None)

    def memory(self, cell: int) -> int | None:
        """The peak of the allocator in bytes; None where it was not measured."""
        return next((turn.memory for turn in self.turns if turn.cell == cell and turn.memory is not None), None)


def read(file: str) -> Results:
    """The results in ``file``. Raises CostcalcError where it cannot be read or is no results file of this version."""
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CostcalcError(f"cannot read it: {file_reason(error)}", file=file) from None
    if len(data) > MAX_BYTES:
        raise CostcalcError(f"larger than {MAX_BYTES // 2**20} MiB", file=file)
    whole, _, rest = data.rpartition(b"\n")
    if not whole:
        raise CostcalcError("no whole line is in it: it is no results file", file=file)
    first, *others = whole.split(b"\n")
    schema_of(first, BENCH, file, 1)
    header = parsed(Header, first, file, 1)
    turns = [parsed(Turn, line, file, number) for number, line in enumerate(others, 2)]
    seen: set[tuple[int, int]] = set()
    for number, turn in enumerate(turns, 2):
        _check(turn, header, seen, file, number)
    cut = f"line {len(turns) + 2} is half written and left out" if rest else None
    return Results(file, header, tuple(turns), len(whole) + 1, cut)


def _check(turn: Turn, header: Header, seen: set[tuple[int, int]], file: str, line: int) -> None:
    if turn.cell >= len(header.cells):
        message = f"must be below {len(header.cells)}, the number of cells in line 1"
        raise CostcalcError(f"{message}, not {turn.cell}", file=file, line=line, path="cell")
    if (turn.cell, turn.round) in seen:
        label = header.cells[turn.cell].label
        raise CostcalcError(f"round {turn.round} of {label} is there already", file=file, line=line)
    if turn.status == "ok" and not turn.seconds:
        raise CostcalcError("no times, and no other status than ok", file=file, line=line, path="seconds")
    if any(value <= 0 for value in turn.seconds):
        raise CostcalcError("must be greater than 0", file=file, line=line, path="seconds")
    if turn.status == "ok" and header.cells[turn.cell].work == "layers" and not turn.layers:
        raise CostcalcError("no times of layers, and the cell is of layers", file=file, line=line, path="layers")
    seen.add((turn.cell, turn.round))


def schema_of(line: bytes, expected: str, file: str, number: int | None = None) -> None:
    """Raise CostcalcError unless ``line`` is a JSON object of the schema ``expected``, naming another one."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or "schema" not in document:
        raise CostcalcError(f"not a {expected} file", file=file, line=number)
    if document["schema"] != expected:
        found = shown(document["schema"])
        raise CostcalcError(f"its schema is {found}, and this costcalc reads {expected}", file=file, line=number)


def parsed(kind: type[R], line: bytes, file: str, number: int | None = None) -> R:
    """``line`` as a record of this kind. Raises CostcalcError with the line, the path in it and the rule."""
    try:
        return strict.parsed(kind, line)
    except CostcalcError as error:
        raise CostcalcError(error.message, file=file, line=number, path=error.path, hint=error.hint) from None


def dumped(record: Record) -> str:
    """``record`` as one line of ASCII JSON, without its end."""
    return json.dumps(record.model_dump(by_alias=True), allow_nan=False)
