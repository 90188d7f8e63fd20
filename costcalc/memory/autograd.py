"""A run of a recorded step, forward and backward: which bytes are live when, as torch's reference counts make it.

Backward, operations run in the reverse order of their recording. At each, these are live: what is still kept, the
gradient of its result, the gradients of its values, and all gradients of parameters so far. Then the gradient of its
result goes, and what it kept. Gradients that meet at a value of several uses are added.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.liveness import Memory, Storage
from costcalc.memory.records import Record, Recording, Stage

__all__ = ["PHASES", "RECOMPUTED", "run"]

PHASES = ("forward", "backward", "step")
"""The parts of a training step; the last one is the optimizer's."""

RECOMPUTED = "recomputed"
"""The phase of layers that run once more, for the backward pass of a checkpointed stage."""


def run(recording: Recording, batch: int, memory: Memory, *, in_place: bool = False, checkpoint: bool = False) -> int:
    """Both passes of the step over ``recording`` with ``batch`` images, in ``memory``, which holds all else.

    Returns the bytes that the forward pass and the loss keep for the backward pass: each storage counts once, image and
    labels among them, parameters not.

    The caller holds image, labels and loss. ``in_place``: gradients that meet are added in place where nobody else
    holds one of them, as torch does unless a dispatch mode (such as its own ``MemTracker``) is on. With
    ``checkpoint`` a stage keeps only what it takes, and runs once more when the backward pass comes to it, as
    torch.utils.checkpoint does without reentrance. Source: Chen et al., arXiv:1604.06174, section 4.
    """
    step = _Step(recording, batch, memory, in_place=in_place)
    memory.phase = PHASES[0]
    step.forward_all(checkpoint=checkpoint)
    saved = step.saved()
    memory.phase = PHASES[1]
    step.backward()
    return saved


class _Step:
    """The state of a step. ``kept`` is by the place of a record, ``values`` and ``gradients`` by the number of a value.

    ``again``: the inputs of a stage that is to run once more, by the place of its last record that keeps anything;
    ``twice``: the places of all that keep anything then; ``inputs``: the inputs by the first of these.
    """

    def __init__(self, recording: Recording, batch: int, memory: Memory, *, in_place: bool) -> None:
        self.recording = recording
        self.records = recording.records
        self.loss = recording.loss
        self.batch = batch
        self.in_place = in_place
        self.memory = memory
        self.values = {value.number: memory.give(value.bytes(batch)) for value in recording.given}
        self.kept: dict[int, list[Storage]] = {}
        self.gradients: dict[int, Storage] = {}
        self.again: dict[int, tuple[range, dict[int, Storage]]] = {}
        self.twice: set[int] = set()
        self.inputs: dict[int, list[Storage]] = {}

    def saved(self) -> int:
        """The bytes that are kept for the backward pass now, each storage once."""
        storages = [storage for kept in self.kept.values() for storage in kept]
        storages += [storage for _, inputs in self.again.values() for storage in inputs.values()]
        return sum({id(storage): storage.size for storage in storages}.values())

    def forward_all(self, *, checkpoint: bool) -> None:
        """Run all records; with ``checkpoint`` those of a stage keep nothing but what goes into it."""
        place = 0
        for stage in self.recording.stages if checkpoint else ():
            self.checkpoint(stage)
            place = stage.places.stop
        self.forward(range(place, len(self.records)), self.values, keep=True)
        self.uncache(self.values)

    def forward(self, places: range, values: dict[int, Storage], *, keep: bool) -> None:
        """Run the records at ``places`` over ``values``."""
        memory, batch = self.memory, self.batch
        for place in places:
            record = self.records[place]
            if record.view:
                result = values[record.takes[0].number].hold()
            else:
                result = memory.make(record.result.bytes(batch))
            values[record.result.number] = result
            extra = [memory.make(size.bytes(batch)) for size in record.keeps]
            memory.run(record.path, record.temporary.bytes(batch))
            if keep and record.result.trained:
                self.kept[place] = [values[value.number].hold() for value in record.saves]
                self.kept[place] += [storage.hold() for storage in extra]
            for storage in extra:
                memory.drop(storage)
            for value in record.frees:
                if value.number in values:
                    memory.drop(values.pop(value.number))

    def uncache(self, values: dict[int, Storage]) -> None:
        """Let go of the copies of parameters, which automatic mixed precision holds until it is left."""
        for record in self.records:
            if record.cached and record.result.number in values:
                self.memory.drop(values.pop(record.result.number))

    def checkpoint(self, stage: Stage) -> None:
        """Run ``stage`` without keeping anything but its inputs, and these only if it would keep anything."""
        inputs = {value.number: self.values[value.number].hold() for value in stage.takes}
        self.forward(stage.places, self.values, keep=False)
        keeping = [place for place in stage.places if self.records[place].keeping]
        if keeping:
            self.again[keeping[-1]] = (stage.places, inputs)
            self.twice.update(keeping)
        else:
            for storage in inputs.values():
                self.memory.drop(storage)

    def recompute(self, place: int) -> None:
        """Run the stage whose last record that keeps anything is at ``place`` once more, up to there.

        That record itself stays out if what it keeps is there before it runs. The inputs are held until all of the
        stage has let go of what it keeps.
        """
        places, inputs = self.again.pop(place)
        last = self.records[place]
        values = {number: storage.hold() for number, storage in inputs.items()}
        self.memory.phase = RECOMPUTED
        self.forward(range(places.start, place), values, keep=True)
        if last.result in last.saves or last.keeps:
            self.forward(range(place, place + 1), values, keep=True)
        else:
            self.kept[place] = [values[value.number].hold() for value in last.saves]
        self.memory.phase = PHASES[1]
        for storage in values.values():
            self.memory.drop(storage)
        first = next(place for place in places if self.records[place].keeping)
        self.inputs[first] = list(inputs.values())

    def backward(self) -> None:
        """Run all records in reverse, from the gradient of the loss, which is 1 and which the caller holds."""
        one = self.memory.make(self.loss.bytes(self.batch))
        self.gradients[self.loss.number] = one.hold()
        for place in range(len(self.records) - 1, -1, -1):
            if place in self.again:
                self.recompute(place)
            if self.records[place].result.trained:
                kept, again = self.kept.pop(place, []), place in self.twice
                held = self.inputs.pop(place, []) if again else kept
                self.reverse(self.records[place], read=kept if again else (), held=held)
        self.memory.drop(one)

    def reverse(self, record: Record, *, read: Sequence[Storage], held: Sequence[Storage]) -> None:
        """Run the backward pass of ``record``, to whose end what is ``held`` stays.

        What was computed once more goes as soon as it is ``read``.
        """
        memory, batch = self.memory, self.batch
        gradient = self.gradients.pop(record.result.number)
        before = memory.live
        handed = []
        for value in record.takes:
            if value.trained and not record.passes:
                handed.append((value, memory.make(value.bytes(batch, record.result.width))))
            elif value.trained:
                same = value.width == record.result.width
                handed.append((value, gradient.hold() if same else memory.make(value.bytes(batch))))
        spread = [memory.make(record.result.bytes(batch) if record.spread else size) for size in record.gradients]
        memory.run(record.path, max(0, record.scratch.bytes(batch) - (memory.live - before)))
        self.let_go(read)
        if not record.passes:
            handed = [(value, self.fit(record, made, value.bytes(batch))) for value, made in handed]
        for made, size in zip(spread, record.gradients, strict=True):
            self.fit(record, made, size)
        memory.drop(gradient)
        self.let_go(held)
        for value, new in handed:
            old = self.gradients.get(value.number)
            self.gradients[value.number] = new.hold() if old is None else self.sum(record, value.bytes(batch), old, new)
        # Torch's engine lets go of what an operation hands on when it has handed on all of it.
        for _, new in handed:
            memory.drop(new)

    def let_go(self, storages: Sequence[Storage]) -> None:
        """One holder less of each of ``storages``."""
        for storage in storages:
            self.memory.drop(storage)

    def fit(self, record: Record, made: Storage, size: int) -> Storage:
        """A gradient as the engine hands it on: summed and converted to the ``size`` of what it belongs to."""
        if made.size == size:
            return made
        fitted = self.memory.make(size)
        self.memory.run(record.path)
        self.memory.drop(made)
        return fitted

    def sum(self, record: Record, size: int, old: Storage, new: Storage) -> Storage:
        """``old + new``, gradients of one value of ``size`` bytes, in place of ``old``."""
        if self.in_place and old.holders == 1 and old.size == size:
            return old
        total = self.memory.make(size)
        self.memory.run(record.path)
        self.memory.drop(old)
        return total
