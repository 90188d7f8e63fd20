"""The largest batch that fits a device, for training and at inference.

Every peak is a maximum of sums of tensor sizes, and each size is fixed or grows in proportion to the batch: a peak
never falls as the batch grows, and rises in straight pieces, each steeper than the one before.
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
    """The largest ``batch`` that fits, 0 if none does, and the ``bytes`` of that batch, or of the least if none does.

    ``least``: the fewest images that can be asked for.
    """

    batch: int
    bytes: int
    least: int


def largest(need: Callable[[int], int], size: int, least: int = 1) -> Fit:
    """The greatest batch, of at least ``least``, for which ``need`` is at most ``size``.

    ``need`` must never fall, and must pass ``size`` at some batch. Each batch that is tried is where the line through
    the two tried before it crosses ``size``: a few, because ``need`` is made of few straight pieces. Every third one
    halves what is left, whatever ``need`` is made of.
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
    """A ``batch`` and the ``bytes`` that it needs."""

    batch: int
    bytes: int


def _crossing(one: _Point, other: _Point, size: int) -> int:
    """The greatest batch that needs at most ``size`` on the line through two points; of a level line, any further."""
    if one.bytes == other.bytes:
        return 2 * max(one.batch, other.batch)
    return one.batch + (size - one.bytes) * (other.batch - one.batch) // (other.bytes - one.bytes)


class Fits(NamedTuple):
    """The largest batches as a table; ``misfits``: the names of the models that fit neither in training nor after."""

    table: Table
    misfits: list[str]


def fits(graphs: Graph | Sequence[Graph], device: int | str, training: Training | None = None) -> Fits:
    """The largest batches of each graph on a device, and the bytes that they take; 0 if none fits.

    ``device`` is its memory: bytes, or a text such as ``8GB``. Inference is in the precision of ``training``, in fp32
    beside autocast; the batch of ``training`` does not matter. Raises UsageError for a size or a training that cannot
    be.
    """
    named = f"{device.strip()}, " if isinstance(device, str) else ""
    size = in_bytes("device =", device) if isinstance(device, str) else device
    if size < 1:
        raise UsageError(f"device = {size}: must be at least 1 byte")
    training = training or Training()
    setting = Inference(dtype="fp32" if training.precision == "autocast" else training.precision)
    graphs = listed(graphs)
    checkpoint = ", checkpoints by stage" if training.checkpoint else ""
    frozen = f", frozen: {', '.join(training.freeze)}" if training.freeze else ""
    notes = [
        f"Bytes are {WHAT}: a device holds no larger batch in such runs, and may hold a smaller one.",
        f"Training: {training.precision}, {training.optimizer}{checkpoint}{frozen}; the peak of a plain step, in which "
        "gradients that meet are added in place, weights included. "
        f"Inference: {setting.dtype}; weights and peak, the input held.",
        LOSS_NOTE,
    ]
    rows: list[dict[str, Any]] = []
    for graph in graphs:
        found = _found(graph, size, training, setting)
        for name, fit in found.items():
            if not fit.batch:
                images = f"{fit.least} image{'s' if fit.least > 1 else ''}"
                notes.append(f"{graph.name}, {name}: none fits; a batch of {images} takes {fit.bytes:,} bytes.")
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
