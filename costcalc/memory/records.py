"""A training step's forward pass as autograd records it: operations over tensors of known size.

Built from the layers' tapes (`costcalc.layers.tape`) at a precision, with the cross entropy of each output and the
copies that autocast makes. A recording is valid for every batch: each size is constant or proportional to the batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from costcalc.dims import Shape, is_exact_int, product
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph, Node
from costcalc.layers.tape import RESULT, Made, Operation, Tape
from costcalc.memory.precisions import Precision

__all__ = ["LABEL", "LOSS", "Record", "Recording", "Size", "Stage", "Value", "record"]

LOSS = "loss"
"""The path of the loss: the cross entropy of each output, and their sum."""

LABEL = 8
"""Bytes of a label: torch.long."""

LOW, FULL = 2, 4
"""Bytes per element of autocast copies: bfloat16 and float32."""

INDEX, TRUTH = 8, 1
"""Bytes per element of index tensors and boolean masks."""


class Value(NamedTuple):
    """A tensor of the step: ``elements`` per image or, if ``shared``, for the whole batch.

    ``width``: bytes per element; ``trained``: does it require a gradient?
    """

    number: int
    elements: int
    width: int
    trained: bool
    shared: bool = False

    def bytes(self, batch: int, width: int | None = None) -> int:
        """The size for ``batch`` images, at the value's own width or at ``width``."""
        elements = self.elements if self.shared else batch * self.elements
        return elements * (self.width if width is None else width)


class Size(NamedTuple):
    """``fixed`` bytes, independent of the batch, plus bytes for ``each`` image."""

    fixed: int = 0
    each: int = 0

    def bytes(self, batch: int) -> int:
        """The size for ``batch`` images."""
        return self.fixed + batch * self.each


_NOTHING = Size()


class Record(NamedTuple):
    """An operation of autograd; see `costcalc.layers.tape.Operation` for its fields.

    ``gradients``: sizes of the parameter gradients, which remain. A cast ``passes`` its gradient on in the input's
    width, without an intermediate. ``frees``: the values last used here. ``cached``: the result is held until the end
    of the forward pass. ``keeping``: does it save anything, including parameters, for its backward pass?
    """

    path: str
    stage: str
    takes: tuple[Value, ...]
    result: Value
    saves: tuple[Value, ...] = ()
    keeps: tuple[Size, ...] = ()
    temporary: Size = _NOTHING
    view: bool = False
    passes: bool = False
    gradients: tuple[int, ...] = ()
    spread: bool = False
    scratch: Size = _NOTHING
    cached: bool = False
    keeping: bool = False
    frees: tuple[Value, ...] = ()


class Stage(NamedTuple):
    """A stage of the model: the ``places`` of its records and its inputs from other stages, used or passed on."""

    places: range
    takes: tuple[Value, ...]


class Recording(NamedTuple):
    """The records of a forward pass in order; the last result is the loss. ``given``: image and labels.

    ``lone``: the path of the first batch norm with one value per channel and image; "" if there is none.
    """

    records: tuple[Record, ...]
    given: tuple[Value, ...]
    loss: Value
    stages: tuple[Stage, ...]
    lone: str = ""

    @property
    def least_batch(self) -> int:
        """The smallest batch for training: batch norm requires at least two values per channel."""
        return 2 if self.lone else 1

    def check_batch(self, batch: int) -> None:
        """Raise UsageError for a ``batch`` below 1 or too small for batch norm."""
        if batch < 1:
            raise UsageError(f"batch = {shown(batch)}: must be at least 1")
        if batch < self.least_batch:
            message = f"batch = {batch}: batch norm needs more than one value per channel in training"
            raise UsageError(message, path=self.lone, hint="at least 2 images")


def record(graph: Graph, precision: Precision, frozen: Collection[int] = ()) -> Recording:
    """The forward pass of ``graph`` and the loss; the parameters of the ``frozen`` nodes need no gradient.

    The loss is the sum of the cross entropies of all outputs, over channels, at each position of a spatial output.
    Raises UsageError for a graph over symbols or arrays, and if nothing is trainable.
    """
    for node in graph.nodes:
        if not all(is_exact_int(dim) for dim in node.shape):
            hint = "infer the model at one value of each knob"
            raise UsageError(
                f"training memory requires integer shapes, got {shown(node.shape)}", path=node.path, hint=hint
            )
    recorder = _Recorder(precision)
    image = recorder.value(product(graph.nodes[0].shape), precision.image, trained=False)
    values = [image]
    last_use: dict[Value, int] = {}
    stages = []
    for _, group in groupby(enumerate(graph.nodes[1:], start=1), key=lambda pair: pair[1].stage):
        outside, start = len(values), len(recorder.records)
        taken: list[Value] = []
        for number, node in group:
            inputs = [values[index] for index in node.inputs]
            taken += [values[index] for index in node.inputs if index < outside]
            values.append(recorder.layer(node, inputs, trained=number not in frozen))
            # A layer that passes its input on makes no value: the last use counts under all of its names.
            last_use |= dict.fromkeys(inputs, len(recorder.records) - 1)
        stages.append(Stage(range(start, len(recorder.records)), tuple(dict.fromkeys(taken))))
    results = [values[output.node] for output in graph.outputs]
    staying = {image, *results}
    for value, place in last_use.items():
        if value not in staying:
            recorder.free([value], place)
    labels: dict[Shape, Value] = {}
    loss: Value | None = None
    for output, scores in zip(graph.outputs, results, strict=True):
        shape = graph.nodes[output.node].shape
        if shape[1:] not in labels:
            labels[shape[1:]] = recorder.value(product(shape[1:]), LABEL, trained=False)
        one = recorder.loss(shape, scores, labels[shape[1:]])
        loss = one if loss is None else recorder.sum(loss, one)
    recorder.free([value for value in dict.fromkeys(results) if value != image])
    if loss is None or not loss.trained:
        raise UsageError(f"{graph.name} has no parameters to train{': all are frozen' if frozen else ''}")
    return Recording(recorder.finish(), (image, *labels.values()), loss, tuple(stages), recorder.lone)


def _cross_entropy(shape: Shape) -> Tape:
    """torch.nn.functional.cross_entropy of scores and labels.

    Saved: the log-probabilities, from which the gradient is computed, the labels, and the total weight, a scalar.
    """
    logarithms = Operation(product(shape), saves=(RESULT,))
    mean = Operation(1, (2, 1), saves=(2, 1), keeps=(Made(1, shared=True),), shared=True)
    return (logarithms, mean)


class _Recorder:
    """Builds the records, and for each the values last used by it."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.records: list[Record] = []
        self.frees: list[list[Value]] = []
        self.count = 0
        self.lone = ""

    def value(self, elements: int, width: int, *, trained: bool, shared: bool = False) -> Value:
        self.count += 1
        return Value(self.count, elements, width, trained, shared)

    def layer(self, node: Node, inputs: Sequence[Value], *, trained: bool) -> Value:
        """Record ``node``, whose own parameters are ``trained`` or not; returns its result."""
        if not self.lone and any(operation.over == 1 for operation in node.tape):
            self.lone = node.path
        return self.operations(node.path, node.stage, node.tape, inputs, sizes=node.costs.elements, trained=trained)

    def loss(self, shape: Shape, scores: Value, labels: Value) -> Value:
        """Record the cross entropy of ``scores`` of ``shape``, cast to full width if necessary."""
        copies: list[Value] = []
        if self.precision.autocast:
            (scores,), copies = self._widened(LOSS, LOSS, (scores,), FULL)
        loss = self.operations(LOSS, LOSS, _cross_entropy(shape), [scores, labels])
        self.free(copies)
        return loss

    def sum(self, loss: Value, other: Value) -> Value:
        """Record the sum of two losses."""
        total = self.operations(LOSS, LOSS, (Operation(1, (0, 1), passes=True, shared=True),), [loss, other])
        self.free([loss, other])
        return total

    def operations(
        self,
        path: str,
        stage: str,
        tape: Tape,
        inputs: Sequence[Value],
        sizes: Mapping[str, int] | None = None,
        trained: bool = True,
    ) -> Value:
        """Record ``tape`` applied to ``inputs``; returns its last result.

        Intermediate results are freed after their last use, copies after the operation they are made for.
        """
        values = list(inputs)
        last_use = {value: place for place, operation in enumerate(tape) for value in operation.takes}
        ending: list[list[int]] = [[] for _ in tape]
        for number, place in last_use.items():
            if number >= len(inputs):
                ending[place].append(number)
        for place, operation in enumerate(tape):
            values.append(self._operation(path, stage, operation, values, sizes or {}, trained))
            self.free([values[number] for number in ending[place]])
        return values[-1] if tape else values[0]

    def free(self, values: Sequence[Value], place: int = -1) -> None:
        """Free ``values`` after the record at ``place``, by default the last one."""
        self.frees[place] += values

    def finish(self) -> tuple[Record, ...]:
        """The records, each with the values freed after it."""
        ending = zip(self.records, self.frees, strict=True)
        return tuple(record._replace(frees=tuple(frees)) if frees else record for record, frees in ending)

    def _operation(
        self,
        path: str,
        stage: str,
        operation: Operation,
        values: Sequence[Value],
        sizes: Mapping[str, int],
        trained: bool,
    ) -> Value:
        takes = tuple(values[number] for number in operation.takes)
        widths = [value.width for value in takes if value.width != LABEL] or [values[0].width]
        copies: list[Value] = []
        learns = trained and bool(operation.parameters)
        gradients = tuple(self.precision.parameters * sizes[name] for name in operation.parameters if learns)
        width = max(widths)
        if self.precision.autocast and operation.precision != "same":
            width = {"low": LOW, "full": FULL, "wide": FULL, "widest": width}[operation.precision]
            if operation.precision == "low":
                copies += [self._copied(path, stage, sizes[name], learns) for name in reversed(operation.parameters)]
                gradients = ()
            if operation.precision != "wide":
                takes, more = self._widened(path, stage, takes, width)
                copies += more
        reached = any(value.trained for value in takes)
        result = self.value(operation.elements, width, trained=learns or reached, shared=operation.shared)
        own = {RESULT: result, **dict(zip(operation.takes, takes, strict=True))}
        taken = {*takes}
        weights = [copy for copy in copies if copy not in taken]
        saves = self._saved(operation, own, weights, learns) if result.trained else ()
        self._append(
            Record(
                path,
                stage,
                takes=(*takes, *weights),
                result=result,
                saves=saves,
                keeps=tuple(self._size((made,), width) for made in operation.keeps),
                temporary=self._size(operation.temporary, width),
                view=operation.view,
                passes=operation.passes,
                gradients=gradients,
                spread=operation.spread,
                scratch=self._size(operation.scratch, width),
                keeping=result.trained and bool(saves or operation.keeps or (operation.crosswise and reached)),
            )
        )
        self.free([copy for copy in copies if copy in taken or not learns])
        return result

    def _append(self, record: Record) -> None:
        self.records.append(record)
        self.frees.append([])

    def _saved(
        self, operation: Operation, own: dict[int, Value], weights: Sequence[Value], learns: bool
    ) -> tuple[Value, ...]:
        kept = tuple(own[number] for number in operation.saves)
        weight = tuple(weights[-1:])
        if not operation.crosswise:
            return (*kept, *weight)
        if operation.parameters:
            return (*(kept if learns else ()), *(weight if kept[0].trained else ()))
        return tuple(value for value, other in zip(kept, reversed(kept), strict=True) if other.trained)

    def _copied(self, path: str, stage: str, elements: int, trained: bool) -> Value:
        """Record the copy of a parameter, which autocast caches only if it is ``trained``; returns the copy."""
        copy = self.value(elements, LOW, trained=trained, shared=True)
        gradients = (self.precision.parameters * elements,) if trained else ()
        self._append(Record(path, stage, (), copy, gradients=gradients, cached=trained))
        return copy

    def _widened(
        self, path: str, stage: str, takes: tuple[Value, ...], width: int
    ) -> tuple[tuple[Value, ...], list[Value]]:
        """``takes`` with each value of another width replaced by a recorded copy, and the copies."""
        copies = []
        changed = []
        for value in takes:
            if value.width in (width, LABEL):
                changed.append(value)
                continue
            copy = self.value(value.elements, width, trained=value.trained, shared=value.shared)
            self._append(Record(path, stage, (value,), copy, passes=True))
            copies.append(copy)
            changed.append(copy)
        return tuple(changed), copies

    def _size(self, tensors: Sequence[Made], width: int) -> Size:
        """The total size of ``tensors``."""
        if not tensors:
            return _NOTHING
        widths = {"value": width, "statistic": self.precision.parameters, "index": INDEX, "truth": TRUTH}
        fixed = each = 0
        for made in tensors:
            if made.shared:
                fixed += made.elements * widths[made.kind]
            else:
                each += made.elements * widths[made.kind]
        return Size(fixed, each)
