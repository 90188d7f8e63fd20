"""A run of a recorded step, forward and backward: which bytes are live when, as torch's reference counts make it.

Backward, operations run in the reverse order of their recording. At each, these are live: what is still kept, the
gradient of its result, the gradients of its values, and all gradients of parameters so far. Then the gradient of its
result goes, and what it kept. Gradients that meet at a value of several uses are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.analyses.memory.records import Record, Recording

__all__ = ["Peak", "Run", "run", "saved"]


class Peak(NamedTuple):
    """``bytes`` are live at once at most, first at the operation ``path``."""

    bytes: int
    path: str


class Run(NamedTuple):
    """The peaks of both passes; ``end``: live bytes after them, the gradients of the parameters included."""

    forward: Peak
    backward: Peak
    end: int


class _Storage:
    """A block of memory, live as long as it has ``holders``."""

    __slots__ = ("holders", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.holders = 1

    def hold(self) -> _Storage:
        self.holders += 1
        return self


class _Memory:
    """Live bytes, and their peak since `restart`."""

    def __init__(self, live: int) -> None:
        self.live = live
        self.restart()

    def restart(self) -> None:
        self.peak = Peak(self.live, "")

    def make(self, size: int) -> _Storage:
        self.live += size
        return _Storage(size)

    def drop(self, storage: _Storage) -> None:
        storage.holders -= 1
        if not storage.holders:
            self.live -= storage.size

    def mark(self, path: str, extra: int = 0) -> None:
        if self.live + extra > self.peak.bytes or not self.peak.path:
            self.peak = Peak(self.live + extra, path)


def saved(recording: Recording, segments: Sequence[range] = ()) -> int:
    """The bytes that the forward pass and the loss keep for the backward pass: each storage once, no parameters."""
    step = _Step(recording, 0)
    step.forward_all(segments)
    storages = [storage for kept in step.kept.values() for storage in kept]
    storages += [storage for _, inputs in step.again.values() for storage in inputs.values()]
    return sum({id(storage): storage.size for storage in storages}.values())


def run(recording: Recording, held: int, *, in_place: bool = False, segments: Sequence[range] = ()) -> Run:
    """The step over ``recording``, with ``held`` bytes (parameters, buffers, what an optimizer keeps) live throughout.

    The caller holds image, labels and loss. ``in_place``: gradients that meet are added in place where nobody else
    holds one of them, as torch does unless a dispatch mode (such as its own ``MemTracker``) is on. ``segments``: the
    places of records, in order, that keep only what they take, and run once more when the backward pass comes to them.
    """
    step = _Step(recording, held, in_place=in_place)
    step.forward_all(segments)
    forward = step.memory.peak
    step.memory.restart()
    step.backward()
    return Run(forward, step.memory.peak, step.memory.live)


class _Step:
    """The state of a step. ``kept`` is by the place of a record, ``values`` and ``gradients`` by the number of a value.

    ``again``: the inputs of a segment that is to run once more, by the place of its last record that keeps anything.
    """

    def __init__(self, recording: Recording, held: int, *, in_place: bool = False) -> None:
        self.records = recording.records
        self.loss = recording.loss
        self.in_place = in_place
        self.memory = _Memory(held)
        self.values = {value.number: self.memory.make(value.bytes) for value in recording.given}
        self.kept: dict[int, list[_Storage]] = {}
        self.gradients: dict[int, _Storage] = {}
        self.again: dict[int, tuple[range, dict[int, _Storage]]] = {}

    def forward_all(self, segments: Sequence[range]) -> None:
        """Run all records; those in ``segments`` keep nothing but what goes into each segment."""
        place = 0
        for segment in segments:
            self.forward(range(place, segment.start), self.values, keep=True)
            self.checkpoint(segment)
            place = segment.stop
        self.forward(range(place, len(self.records)), self.values, keep=True)
        self.uncache(self.values)

    def forward(self, places: range, values: dict[int, _Storage], *, keep: bool) -> None:
        """Run the records at ``places`` over ``values``."""
        memory = self.memory
        for place in places:
            record = self.records[place]
            if record.view:
                result = values[record.takes[0].number].hold()
            else:
                result = memory.make(record.result.bytes)
            values[record.result.number] = result
            extra = [memory.make(size) for size in record.keeps]
            memory.mark(record.path, record.temporary)
            if keep and record.result.trained:
                self.kept[place] = [values[value.number].hold() for value in record.saves]
                self.kept[place] += [storage.hold() for storage in extra]
            for storage in extra:
                memory.drop(storage)
            for value in record.frees:
                if value.number in values:
                    memory.drop(values.pop(value.number))

    def uncache(self, values: dict[int, _Storage]) -> None:
        """Let go of the copies of parameters, which automatic mixed precision holds until it is left."""
        for record in self.records:
            if record.cached and record.result.number in values:
                self.memory.drop(values.pop(record.result.number))

    def checkpoint(self, segment: range) -> None:
        """Run ``segment`` without keeping anything but its inputs, and these only if it would keep anything."""
        made = {self.records[place].result.number for place in segment}
        taken = [value.number for place in segment for value in self.records[place].takes]
        inputs = {number: self.values[number].hold() for number in dict.fromkeys(taken) if number not in made}
        self.forward(segment, self.values, keep=False)
        keeping = [place for place in segment if _keeps(self.records[place])]
        if keeping:
            self.again[keeping[-1]] = (segment, inputs)
        else:
            for storage in inputs.values():
                self.memory.drop(storage)

    def recompute(self, place: int) -> None:
        """Run the segment whose last record that keeps anything is at ``place`` once more, up to there.

        That record itself stays out if what it keeps is there before it runs. The inputs are held until all of the
        segment has let go of what it keeps.
        """
        segment, inputs = self.again.pop(place)
        last = self.records[place]
        values = {number: storage.hold() for number, storage in inputs.items()}
        self.forward(range(segment.start, place), values, keep=True)
        if last.result in last.saves or last.keeps:
            self.forward(range(place, place + 1), values, keep=True)
        else:
            self.kept[place] = [values[value.number].hold() for value in last.saves]
        for storage in values.values():
            self.memory.drop(storage)
        first = next(place for place in segment if _keeps(self.records[place]))
        self.kept[first] += inputs.values()

    def backward(self) -> None:
        """Run all records in reverse, from the gradient of the loss, which is 1 and which the caller holds."""
        one = self.memory.make(self.loss.bytes)
        self.gradients[self.loss.number] = one.hold()
        for place in range(len(self.records) - 1, -1, -1):
            if place in self.again:
                self.recompute(place)
            if self.records[place].result.trained:
                self.reverse(self.records[place], self.kept.pop(place, []))
        self.memory.drop(one)

    def reverse(self, record: Record, kept: Sequence[_Storage]) -> None:
        """Run the backward pass of ``record``."""
        memory = self.memory
        gradient = self.gradients.pop(record.result.number)
        before = memory.live
        for size in record.gradients:
            memory.make(size)
        handed = []
        for value in record.takes:
            if value.trained:
                same = record.passes and value.width == record.result.width
                handed.append((value, gradient.hold() if same else memory.make(value.bytes)))
        memory.mark(record.path, max(0, record.scratch - (memory.live - before)))
        memory.drop(gradient)
        for storage in kept:
            memory.drop(storage)
        for value, new in handed:
            old = self.gradients.get(value.number)
            self.gradients[value.number] = new.hold() if old is None else self.sum(record, value.bytes, old, new)
        # Torch's engine lets go of what an operation hands on when it has handed on all of it.
        for _, new in handed:
            memory.drop(new)

    def sum(self, record: Record, size: int, old: _Storage, new: _Storage) -> _Storage:
        """``old + new``, gradients of one value of ``size`` bytes, in place of ``old``."""
        if self.in_place and old.holders == 1 and old.size == size:
            return old
        total = new.hold() if self.in_place and new.holders == 1 and new.size == size else self.memory.make(size)
        self.memory.mark(record.path)
        self.memory.drop(old)
        return total


def _keeps(record: Record) -> bool:
    """Does ``record`` keep anything for the backward pass?"""
    return record.result.trained and bool(record.saves or record.keeps)
