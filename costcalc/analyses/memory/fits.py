"""The largest batch that fits a device, for training and at inference.

Every peak is a maximum of sums of tensor sizes, and each size is fixed or grows in proportion to the batch: a peak
never falls as the batch grows, and bisection finds the largest batch exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.analyses.memory.inference import Setting, run, width
from costcalc.analyses.memory.stored import buffers, trained_sizes
from costcalc.analyses.memory.training import WHAT, Training, peak
from costcalc.errors import UsageError, shown
from costcalc.graph import Graph
from costcalc.table import Column, Table

__all__ = ["fits", "largest"]


def largest(need: Callable[[int], int], size: int) -> int:
    """The greatest batch for which ``need`` is at most ``size``; 0 if one image needs more.

    ``need`` must never fall, and must pass ``size`` at some batch.
    """
    if need(1) > size:
        return 0
    fitting, beyond = 1, 2
    while need(beyond) <= size:
        fitting, beyond = beyond, 2 * beyond
    while beyond - fitting > 1:
        middle = (fitting + beyond) // 2
        if need(middle) <= size:
            fitting = middle
        else:
            beyond = middle
    return fitting


def fits(graphs: Sequence[Graph], device: int, training: Training, setting: Setting) -> Table:
    """The largest batches of each graph on a device of ``device`` bytes, and the bytes that they take.

    The batches of ``training`` and ``setting`` do not matter. Raises UsageError for a training or a setting that cannot
    be, and for a device on which not even one image runs.
    """
    rows = []
    notes = [
        f"Bytes are {WHAT}: a real device holds no larger batch, and may hold a smaller one.",
        f"Training: {training.precision}, {training.optimizer}{', checkpoints by stage' if training.checkpoint else ''}"
        f"; the peak of a step, weights included. Inference: {setting.dtype}; weights and peak.",
    ]
    for graph in graphs:

        def train(batch: int, graph: Graph = graph) -> int:
            return peak(graph, training._replace(batch=batch)).bytes

        def infer(batch: int, graph: Graph = graph) -> int:
            return _at_inference(graph, setting._replace(batch=batch))

        needs = {"training": train, "inference": infer}
        found = {name: largest(need, device) for name, need in needs.items()}
        one = {name: need(1) for name, need in needs.items() if not found[name]}
        if len(one) == len(needs):
            message = f"a device of {device:,} bytes is too small for {shown(graph.name)}"
            raise UsageError(
                f"{message}: one image takes {one['training']:,} in training, {one['inference']:,} without"
            )
        notes += [f"{graph.name}: {name} with one image takes {bytes:,} bytes." for name, bytes in one.items()]
        row: dict[str, Any] = {"model": graph.name}
        for name, batch in found.items():
            row[name] = batch
            row[f"{name}_bytes"] = needs[name](batch) if batch else None
        rows.append(row)
    return Table(
        title=f"Largest batch in {device:,} bytes",
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


def _at_inference(graph: Graph, setting: Setting) -> int:
    bytes = width(setting.dtype)
    made = run(graph, setting)
    return sum(trained_sizes(made.graph, bytes)) + buffers(made.graph, bytes) + made.liveness.peak
