"""Replay of a recorded training step, forward and backward: live bytes under torch's reference counting.

The backward pass runs the operations in reverse. During each one, these are live: the tensors still saved, the gradient
of its result, the gradients of its inputs, and all parameter gradients so far. Afterwards the gradient of its result
and its saved tensors are freed. The gradients of a value with several uses are summed.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.liveness import Memory, Storage
from costcalc.memory.records import Record, Recording, Stage

__all__ = ["PHASES", "RECOMPUTED", "run"]

PHASES = ("forward", "backward", "step")
"""The phases of a training step; the last one is the optimizer step."""

RECOMPUTED = "recomputed"
"""The phase in which the layers of a checkpointed stage are recomputed for the backward pass."""


def run(recording: Recording, batch: int, memory: Memory, *, in_place: bool = False, checkpoint: bool = False) -> int:
    """Run the forward and backward pass of ``recording`` for ``batch`` images in ``memory``.

    Returns the bytes saved for the backward pass: each storage is counted once, including image and labels, excluding
    parameters.

    The caller holds image, labels and loss. ``in_place``: gradients are accumulated in place where nothing else holds
    them, as torch does unless a dispatch mode (such as its ``MemTracker``) is on. With ``checkpoint`` a stage saves
    only its inputs and is recomputed in the backward pass, as torch.utils.checkpoint does with use_reentrant=False.
    Source: Chen et al., arXiv:1604.06174, section 4.
    """
    step = _Step(recording, batch, memory, in_place=in_place)
    memory.phase = PHASES[0]
    step.forward_all(checkpoint=checkpoint)
    saved = step.saved()
    memory.phase = PHASES[1]
    step.backward()
    return saved


class _Step:
    """The state of a step. ``kept`` is keyed by record index, ``values`` and ``gradients`` by value number.

    ``again``: the inputs of a stage to recompute, keyed by its last record that saves anything; ``twice``: the indices
    of all recomputed records that save anything; ``inputs``: the stage inputs, keyed by the first of these.
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
        """The bytes currently saved for the backward pass, counting each storage once."""
        storages = [storage for kept in self.kept.values() for storage in kept]
        storages += [storage for _, inputs in self.again.values() for storage in inputs.values()]
        return sum({id(storage): storage.size for storage in storages}.values())

    def forward_all(self, *, checkpoint: bool) -> None:
        """Run all records; with ``checkpoint`` a stage saves only its inputs."""
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
        """Free the parameter copies that autocast caches until its context exits."""
        for record in self.records:
            if record.cached and record.result.number in values:
                self.memory.drop(values.pop(record.result.number))

    def checkpoint(self, stage: Stage) -> None:
        """Run ``stage`` and save only its inputs; save nothing if the stage itself would not."""
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
        """Recompute, up to ``place``, the stage whose last saving record is at ``place``.

        That record itself is skipped if it saves only its inputs. The stage's inputs are held until all of its saved
        tensors are freed.
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
        """Run all records in reverse, starting from the gradient of the loss (1), which the caller holds."""
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
        """Run the backward pass of ``record``; ``held`` storages are freed when it ends.

        Recomputed tensors (``read``) are freed as soon as they have been read.
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
        # Torch's engine releases an operation's input gradients only after it has passed all of them on.
        for _, new in handed:
            memory.drop(new)

    def let_go(self, storages: Sequence[Storage]) -> None:
        """Drop one reference to each of ``storages``."""
        for storage in storages:
            self.memory.drop(storage)

    def fit(self, record: Record, made: Storage, size: int) -> Storage:
        """A gradient as the engine passes it on: reduced and cast to the ``size`` of its tensor."""
        if made.size == size:
            return made
        fitted = self.memory.make(size)
        self.memory.run(record.path)
        self.memory.drop(made)
        return fitted

    def sum(self, record: Record, size: int, old: Storage, new: Storage) -> Storage:
        """``old + new``, two gradients of one value of ``size`` bytes, replacing ``old``."""
        if self.in_place and old.holders == 1 and old.size == size:
            return old
        total = self.memory.make(size)
        self.memory.run(record.path)
        self.memory.drop(old)
        return total
