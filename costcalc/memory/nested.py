"""The peak of the same model as it is usually written, with nested modules.

A call holds its arguments until it returns, even if they are not read again. The calls follow from the paths:
``stage6.1.expand.conv`` runs inside three calls, and everything runs inside the model's own call.
"""

from __future__ import annotations

from costcalc.memory.liveness import liveness
from costcalc.memory.program import Program

__all__ = ["calls", "nested_peak"]


def calls(paths: list[str]) -> list[tuple[int, int]]:
    """The first and last operation of every call, given the operations' ``paths``; the model's own call comes first.

    Consecutive operations with a common path prefix run in one call.
    """
    parts = [tuple(path.split(".")[:-1]) for path in paths]
    found = [(0, len(parts) - 1)]
    for depth in range(1, max(map(len, parts), default=0) + 1):
        first = 0
        for number in range(1, len(parts) + 1):
            if number == len(parts) or parts[number][:depth] != parts[first][:depth]:
                if len(parts[first]) >= depth:
                    found.append((first, number - 1))
                first = number
    return found


def nested_peak(program: Program) -> tuple[int, int]:
    """The peak of live bytes of nested modules in declared order, and the first operation that reaches it."""
    operations = program.operations
    made = dict.fromkeys(program.given, -1)
    for number, each in enumerate(operations):
        made.setdefault(each.result, number)
    held: dict[int, list[int]] = {}
    for first, end in calls([each.path for each in operations]):
        read = {storage for each in operations[first : end + 1] for storage in each.reads}
        held.setdefault(end, []).extend(storage for storage in read if made[storage] < first)
    found = liveness(program, held=held)
    assert found.at is not None
    return found.peak, found.at
