"""The largest batch that fits a device, for training and at inference.

Every peak is a maximum of sums of tensor sizes, and each size is fixed or grows in proportion to the batch: a peak
never falls as the batch grows, and rises in straight pieces, each steeper than the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from costcalc.graph import Graph
from costcalc.memory.inference import Inference, rewritten, run
from costcalc.memory.stored import at_inference
from costcalc.memory.training import LOSS_NOTE, WHAT, Training, TrainingStep
from costcalc.table import Column, Table
from costcalc.words import INFERENCE_DTYPES, width

__all__ = ["Fit", "fits", "largest"]


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


def fits(graphs: Sequence[Graph], device: int, training: Training, setting: Inference, *, named: str = "") -> Table:
    """The largest batches of each graph on a device of ``device`` bytes, and the bytes that they take; 0 if none fits.

    The batches of ``training`` and ``setting`` do not matter. ``named`` is the size as the user wrote it. Raises
    UsageError for a training or a setting that cannot be.
    """
    checkpoint = ", checkpoints by stage" if training.checkpoint else ""
    notes = [
        f"Bytes are {WHAT}: a device holds no larger batch in such runs, and may hold a smaller one.",
        f"Training: {training.precision}, {training.optimizer}{checkpoint}; the peak of a plain step, in which "
        "gradients that meet are added in place, weights included. "
        f"Inference: {setting.dtype}; weights and peak, the input held.",
        LOSS_NOTE,
    ]
    rows = []
    for graph in graphs:
        found = _found(graph, device, training, setting)
        for name, fit in found.items():
            if not fit.batch:
                images = f"{fit.least} image{'s' if fit.least > 1 else ''}"
                notes.append(f"{graph.name}, {name}: none fits; a batch of {images} takes {fit.bytes:,} bytes.")
        row: dict[str, Any] = {"model": graph.name}
        for name, fit in found.items():
            row |= {name: fit.batch, f"{name}_bytes": fit.bytes if fit.batch else None}
        rows.append(row)
    return Table(
        title=f"Largest batch in {f'{named}, ' if named else ''}{device:,} bytes",
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
            "device": device,
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
            "training": {name: value for name, value in training._asdict().items() if name != "batch"},
            "inference": {"dtype": setting.dtype},
        },
    )


def _found(graph: Graph, device: int, training: Training, setting: Inference) -> Mapping[str, Fit]:
    step = TrainingStep(graph, training)
    weights = at_inference(rewritten(graph, setting), setting.dtype, width(setting.dtype, INFERENCE_DTYPES))

    def train(batch: int) -> int:
        return step.peak(batch, in_place=True).bytes

    def infer(batch: int) -> int:
        return weights + run(graph, setting._replace(batch=batch)).liveness.peak

    return {"training": largest(train, device, step.recording.least_batch), "inference": largest(infer, device)}
