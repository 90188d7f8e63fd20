"""Training memory: what a step holds, its peak, and where the peak occurs.

All bytes are live tensor storage: the workspace that kernels allocate internally is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.gradients import frozen_nodes
from costcalc.graph import Graph, listed
from costcalc.grouping import named
from costcalc.memory import autograd
from costcalc.memory.autograd import PHASES, RECOMPUTED
from costcalc.memory.liveness import Liveness, Memory, Peak
from costcalc.memory.optimizers import optimizer
from costcalc.memory.precisions import precision
from costcalc.memory.records import record
from costcalc.memory.stored import buffers, trained
from costcalc.table import Column, Remark, Table

__all__ = [
    "LOSS_NOTE",
    "WHAT",
    "Beside",
    "Figures",
    "Training",
    "TrainingStep",
    "figures",
    "peak",
    "timeline",
    "training_memory",
]

LOSS_NOTE = (
    "Loss: the sum of the cross entropies over the channels of each output; a detector's own loss may hold more "
    "tensors, which are not counted."
)
"""The assumed loss."""

WHAT = "live tensor storage, workspace inside operations not counted"


class Training(NamedTuple):
    """How a model is trained: batch size, optimizer, precision; ``checkpoint``: stages save only their inputs.

    ``freeze``: patterns of the layers whose parameters need no gradient, as in `costcalc.gradients`.
    """

    batch: int = 1
    optimizer: str = "sgd"
    precision: str = "fp32"
    checkpoint: bool = False
    freeze: tuple[str, ...] = ()


class Figures(NamedTuple):
    """What a training step holds, in bytes, and the peaks of its three phases.

    ``weights``: the parameters, including frozen ones; ``buffers``: running statistics and counters; ``given``: image
    and labels; ``saved`` for the backward pass, including image and labels. From the second step on, when the optimizer
    ``state`` exists from the start. ``plain``: the peak of both passes with in-place gradient accumulation.
    """

    weights: int
    buffers: int
    given: int
    gradients: int
    state: int
    saved: int
    forward: Peak
    backward: Peak
    step: Peak
    plain: Peak

    @property
    def peak(self) -> Peak:
        """The greatest of the three."""
        return max(self.forward, self.backward, self.step, key=lambda peak: peak.bytes)

    @property
    def phase(self) -> str:
        """The first phase that reaches the peak: ``forward``, ``backward`` or ``step``."""
        return next(name for name in PHASES if getattr(self, name) is self.peak)


class TrainingStep:
    """A training step of ``graph`` for any batch. Raises UsageError for an invalid training setup."""

    def __init__(self, graph: Graph, training: Training) -> None:
        numbers = precision(training.precision)
        frozen = frozen_nodes(graph, training.freeze)
        self.optimizer = optimizer(training.optimizer)
        self.recording = record(graph, numbers, frozen)
        self.checkpoint = training.checkpoint
        self.weights = sum(size for _, size in trained(graph, numbers.parameters))
        self.buffers = buffers(graph, numbers.parameters)
        self.tensors = trained(graph, numbers.parameters, frozen)
        self.state = self.optimizer.state([size for _, size in self.tensors])

    def run(self, batch: int, *, in_place: bool = False) -> tuple[Liveness, int]:
        """The live bytes of the step over ``batch`` images, and the bytes saved for the backward pass.

        ``in_place``: gradients are accumulated in place, as in a plain run; otherwise out of place, as under a dispatch
        mode. Raises UsageError for a batch below 1 or too small for batch norm.
        """
        self.recording.check_batch(batch)
        memory = Memory(self.weights + self.buffers + self.state)
        saved = autograd.run(self.recording, batch, memory, checkpoint=self.checkpoint, in_place=in_place)
        memory.phase = PHASES[2]
        self.optimizer.run(self.tensors, memory)
        return memory.liveness(), saved

    def peak(self, batch: int, *, in_place: bool = False) -> Peak:
        """The peak of the step, and the operation that reaches it first."""
        found, _ = self.run(batch, in_place=in_place)
        return found.highest(*PHASES, RECOMPUTED)


def peak(graph: Graph, training: Training) -> Peak:
    """The peak of a training step of ``graph``. Raises UsageError for an invalid training setup."""
    return TrainingStep(graph, training).peak(training.batch)


def figures(graph: Graph, training: Training) -> Figures:
    """What a training step of ``graph`` holds. Raises UsageError for an invalid training setup."""
    made = TrainingStep(graph, training)
    found, saved = made.run(training.batch)
    plain, _ = made.run(training.batch, in_place=True)
    step = found.highest("step")
    return Figures(
        weights=made.weights,
        buffers=made.buffers,
        given=sum(value.bytes(training.batch) for value in made.recording.given),
        gradients=sum(size for _, size in made.tensors),
        state=made.state,
        saved=saved,
        forward=found.highest("forward"),
        backward=found.highest("backward", RECOMPUTED),
        step=step if made.optimizer.temporaries else step._replace(path=""),
        plain=plain.highest("forward", "backward", RECOMPUTED),
    )


ROWS: Sequence[tuple[str, str]] = (
    ("weights", "weights"),
    ("buffers", "buffers"),
    ("state", "optimizer state"),
    ("given", "image and labels"),
    ("gradients", "weight gradients"),
    ("saved", "saved for the backward pass"),
)

PEAKS: Sequence[tuple[str, str]] = (
    ("forward", "peak of the forward pass"),
    ("backward", "peak of the backward pass"),
    ("step", "peak of the optimizer step"),
)

TITLES: Mapping[str, str] = {"forward": "forward", "backward": "backward", "step": "optimizer step"}
"""The three phases of a step, as shown for the peak."""


class Beside(NamedTuple):
    """The values of another formula for the same graphs, shown in a column of their own.

    ``terms``: for each graph, by name, the row of a term and its bytes. ``notes`` say what the formula omits.
    """

    title: str
    notes: Sequence[str]
    terms: Sequence[Mapping[str, tuple[str, int]]]


def training_memory(
    graphs: Graph | Sequence[Graph], training: Training | None = None, *, beside: Beside | None = None
) -> Table:
    """What a training step of each graph holds, its peak and where it occurs; ``beside``: the values of a formula.

    Raises UsageError for an invalid training setup.
    """
    graphs, training = listed(graphs), training or Training()
    found = [figures(graph, training) for graph in graphs]
    columns = [Column("name", "Memory")]
    rows: dict[str, dict[str, Any]] = {key: {"name": title} for key, title in (*ROWS, *PEAKS)}
    total: dict[str, Any] = {"name": "peak"}
    notes = _notes(training)
    for number, (graph, each) in enumerate(zip(graphs, found, strict=True)):
        prefix, heading = (f"{graph.name}.", f"{graph.name}: ") if len(graphs) > 1 else ("", "")
        columns.append(Column(f"{prefix}bytes", f"{heading}Bytes", "bytes"))
        columns.append(Column(f"{prefix}at", f"{heading}At"))
        for key, _ in ROWS:
            rows[key][f"{prefix}bytes"] = getattr(each, key)
        for key, _ in PEAKS:
            peak = getattr(each, key)
            rows[key] |= {f"{prefix}bytes": peak.bytes, f"{prefix}at": peak.path}
        total |= {f"{prefix}bytes": each.peak.bytes, f"{prefix}at": f"{TITLES[each.phase]}: {each.peak.path}"}
        if beside is not None:
            key = f"{prefix}formula"
            columns.append(Column(key, f"{heading}{beside.title}", "bytes"))
            for name, (row, bytes) in beside.terms[number].items():
                rows.setdefault(row, {"name": name})[key] = bytes
            total[key] = sum(bytes for _, bytes in beside.terms[number].values())
        if each.plain.bytes < max(each.forward.bytes, each.backward.bytes):
            notes.append(
                Remark(
                    f"{graph.name}: with in-place gradient accumulation both passes peak at {each.plain.bytes:,} bytes "
                    f"({each.plain.path})."
                )
            )
    if beside is not None:
        notes += beside.notes
    return Table(
        title=_title(graphs, training),
        columns=columns,
        rows=list(rows.values()),
        total=total,
        notes=notes,
        about=_about(graphs, training, found),
    )


def timeline(graph: Graph, training: Training) -> Table:
    """Live bytes of a training step of ``graph``, by layer, through both passes and the optimizer step.

    Each row has the bytes allocated while the layer runs and freed when it is done. Raises UsageError for an invalid
    training setup.
    """
    found, _ = TrainingStep(graph, training).run(training.batch)
    peak = found.highest(*PHASES, RECOMPUTED)
    rows: list[dict[str, Any]] = []
    before = found.before
    for step in found.steps:
        layer = step.path.rpartition(".")[0] if step.phase == "step" else step.path
        if not rows or (rows[-1]["phase"], rows[-1]["layer"]) != (step.phase, layer):
            rows.append({"step": len(rows), "phase": step.phase, "layer": layer, "allocated": 0, "freed": 0, "live": 0})
        row = rows[-1]
        row["allocated"] += step.during - before
        row["freed"] += step.during - step.after
        row["live"] = max(row["live"], step.during)
        row["bar"] = row["live"] / peak.bytes
        row["after"] = before = step.after
    at = next(row for row in rows if row["live"] == peak.bytes)
    columns = (
        Column("step", "Step", "count"),
        Column("phase", "Phase"),
        Column("layer", "Layer"),
        Column("allocated", "Allocated", "bytes"),
        Column("freed", "Freed", "bytes"),
        Column("live", "Live", "bytes"),
        Column("bar", "Share of peak", "bar"),
        Column("after", "Live after", "bytes"),
    )
    notes = [
        f"Peak: {peak.bytes:,} bytes, {at['phase']} of {at['layer']}. Before the forward pass {found.before:,} bytes "
        "are live: weights, buffers, optimizer state, image and labels.",
        "Live: the maximum while the layer runs; after: once it is done. Weight gradients stay until they are cleared.",
        *_notes(training),
    ]
    about = {
        "quantity": "training memory",
        "what": WHAT,
        "models": [{"name": graph.name, "knobs": dict(graph.knobs)}],
        **training._asdict(),
        "before": found.before,
        "peak": peak._asdict() | {"phase": at["phase"]},
    }
    return Table(_title([graph], training, "Live bytes of a training step"), columns, rows, notes=notes, about=about)


def _title(graphs: Sequence[Graph], training: Training, what: str = "Training memory") -> str:
    how = ", ".join(
        part
        for part in (
            f"batch {training.batch}",
            training.precision,
            training.optimizer,
            "checkpointed stages" if training.checkpoint else "",
        )
        if part
    )
    return f"{what}, {how}: {'; '.join(named(graph) for graph in graphs)}"


def _notes(training: Training) -> list[str]:
    """Notes that define the numbers."""
    notes = [
        f"Bytes are {WHAT}. From the second step on: the first step starts without optimizer state.",
        LOSS_NOTE,
        "Saved: each storage is counted once; includes image and labels, excludes parameters and buffers.",
        "Gradients are accumulated out of place, as under torch's MemTracker; a plain run accumulates them in place.",
    ]
    if training.precision == "autocast":
        notes.append("autocast: convolutions and linear layers run on bfloat16 copies; the weights are fp32.")
    if training.freeze:
        notes.append(
            f"Frozen: {', '.join(training.freeze)}: no gradients, no optimizer state, and no backward pass before the "
            "first trained layer; what torch saves of frozen convolutions and batch norms stays saved."
        )
    if training.checkpoint:
        notes.append("Checkpointing: each stage saves only its inputs and is recomputed in the backward pass.")
    return notes


def _about(graphs: Sequence[Graph], training: Training, found: Sequence[Figures]) -> Mapping[str, Any]:
    paired = list(zip(graphs, found, strict=True))
    return {
        "quantity": "training memory",
        "what": WHAT,
        "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
        **training._asdict(),
        "peak": {graph.name: {"phase": each.phase} | each.peak._asdict() for graph, each in paired},
        "plain": {graph.name: each.plain._asdict() for graph, each in paired},
    }
