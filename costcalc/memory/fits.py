"""The largest batch that fits a device, for training and for inference.

Every peak is a maximum of sums of tensor sizes, each constant or proportional to the batch: the peak is a convex,
nondecreasing, piecewise linear function of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from costcalc.amounts import in_bytes
from costcalc.errors import UsageError
from costcalc.graph import Graph, listed
from costcalc.memory.inference import Inference, rewritten, run
from costcalc.memory.stored import at_inference
from costcalc.memory.training import LOSS_NOTE, WHAT, Training, TrainingStep
from costcalc.table import Column, Table
from costcalc.words import INFERENCE_DTYPES, width

__all__ = ["Fit", "Fits", "fits", "largest"]


class Fit(NamedTuple):
    """The largest ``batch`` that fits (0 if none does) and its ``bytes`` (those of the smallest batch if none does).

    ``least``: the smallest batch allowed.
    """

    batch: int
    bytes: int
    least: int


def largest(need: Callable[[int], int], size: int, least: int = 1) -> Fit:
    """The largest batch, at least ``least``, for which ``need`` is at most ``size``.

    ``need`` must be nondecreasing and exceed ``size`` at some batch. Secant steps find the crossing in a few tries
    because ``need`` has few linear pieces; every third step bisects, which bounds the number of tries for any ``need``.
    """
    fitting = before = _Point(least, need(least))
    if fitting.bytes > size:
        return Fit(0, fitting.bytes, least)
    last = _Point(2 * least, need(2 * least))
    beyond: int | None = None
    for turn in count(1):
        if last.bytes <= size:
            fitting = last
        else:
            beyond = last.batch
        crossing = _crossing(before, last, size)
        if beyond is None:
            batch = max(crossing, fitting.batch) + 1
        elif beyond - fitting.batch == 1:
            break
        elif turn % 3 == 0:
            batch = (fitting.batch + beyond) // 2
        else:
            batch = min(max(crossing, fitting.batch + 1), beyond - 1)
        before, last = last, _Point(batch, need(batch))
    return Fit(fitting.batch, fitting.bytes, least)


class _Point(NamedTuple):
    """A ``batch`` and the ``bytes`` it requires."""

    batch: int
    bytes: int


def _crossing(one: _Point, other: _Point, size: int) -> int:
    """The largest batch within ``size`` on the line through two points; if the line is flat, any larger batch."""
    if one.bytes == other.bytes:
        return 2 * max(one.batch, other.batch)
    return one.batch + (size - one.bytes) * (other.batch - one.batch) // (other.bytes - one.bytes)


class Fits(NamedTuple):
    """The largest batches as a table; ``misfits``: the models that fit neither for training nor for inference."""

    table: Table
    misfits: list[str]


def fits(graphs: Graph | Sequence[Graph], device: int | str, training: Training | None = None) -> Fits:
    """The largest batch of each graph on a device, and the bytes it requires; 0 if no batch fits.

    ``device`` is its memory: bytes, or a string such as ``8GB``. Inference uses the precision of ``training``, fp32 for
    autocast; the batch of ``training`` is ignored. Raises UsageError for an invalid size or training.
    """
    named = f"{device.strip()}, " if isinstance(device, str) else ""
    size = in_bytes("device =", device) if isinstance(device, str) else device
    if size < 1:
        raise UsageError(f"device = {size}: must be at least 1 byte")
    training = training or Training()
    setting = Inference(dtype="fp32" if training.precision == "autocast" else training.precision)
    graphs = listed(graphs)
    checkpoint = ", checkpointed stages" if training.checkpoint else ""
    frozen = f", frozen: {', '.join(training.freeze)}" if training.freeze else ""
    notes = [
        f"Bytes are {WHAT}.",
        "The batch is an upper bound: workspace and fragmentation may reduce it.",
        f"Training: {training.precision}, {training.optimizer}{checkpoint}{frozen}; peak of a step with in-place "
        "gradient accumulation, including weights. "
        f"Inference: {setting.dtype}; weights plus peak, the caller holds the input.",
        LOSS_NOTE,
    ]
    rows: list[dict[str, Any]] = []
    for graph in graphs:
        found = _found(graph, size, training, setting)
        for name, fit in found.items():
            if not fit.batch:
                images = f"{fit.least} image{'s' if fit.least > 1 else ''}"
                notes.append(f"{graph.name}, {name}: no batch fits; a batch of {images} requires {fit.bytes:,} bytes.")
        rows.append({"model": graph.name})
        for name, fit in found.items():
            rows[-1] |= {name: fit.batch, f"{name}_bytes": fit.bytes if fit.batch else None}
    table = Table(
        title=f"Largest batch in {named}{size:,} bytes",
        columns=(
            Column("model", "Model"),
            Column("training", "Training: largest batch", "count"),
            Column("training_bytes", "Training", "bytes"),
            Column("inference", "Inference: largest batch", "count"),
            Column("inference_bytes", "Inference", "bytes"),
        ),
        rows=rows,
        notes=notes,
        about={
            "quantity": "largest batch",
            "what": WHAT,
            "device": size,
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
            "training": {name: value for name, value in training._asdict().items() if name != "batch"},
            "inference": {"dtype": setting.dtype},
        },
    )
    return Fits(table, [row["model"] for row in rows if not (row["training"] or row["inference"])])


def _found(graph: Graph, size: int, training: Training, setting: Inference) -> Mapping[str, Fit]:
    step = TrainingStep(graph, training)
    weights = at_inference(rewritten(graph, setting), setting.dtype, width(setting.dtype, INFERENCE_DTYPES))

    def train(batch: int) -> int:
        return step.peak(batch, in_place=True).bytes

    def infer(batch: int) -> int:
        return weights + run(graph, setting._replace(batch=batch)).liveness.peak

    return {"training": largest(train, size, step.recording.least_batch), "inference": largest(infer, size)}
