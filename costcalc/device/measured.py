"""The cells of a results file beside what the ceilings imply for them, and the sentences that say what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.device.floors import Floor, floors, total
from costcalc.device.results import Ceilings, Cell, Results, Summary, Turn
from costcalc.graph import Graph
from costcalc.table import Column

__all__ = [
    "IDENTITY",
    "PASSES",
    "Measured",
    "beside",
    "bound",
    "circumstances",
    "identity",
    "measured",
    "statistics",
    "untimed",
]

IDENTITY = (
    Column("model", "Model"),
    Column("resolution", "Resolution"),
    Column("batch", "Batch", "count"),
    Column("dtype", "Dtype"),
    Column("mode", "Mode"),
    Column("layout", "Layout"),
    Column("work", "Pass"),
)
"""What a cell is. Where all cells agree on batch, dtype, mode or layout, a note says it and there is no column."""

_OPTIONAL = ("batch", "dtype", "mode", "layout")

PASSES: Mapping[str, str] = {
    "forward": "forward: inference, in evaluation mode, no gradients recorded",
    "backward": "backward: the gradients of all parameters, alone, after a forward pass in training mode",
    "step-sgd": "step-sgd: forward, backward and SGD with momentum",
    "step-rmsprop": "step-rmsprop: forward, backward and RMSProp with decay and momentum 0.9 (MobileNetV2's paper)",
    "step-adam": "step-adam: forward, backward and Adam",
    "layers": "layers: an inference with a clock between layers, which makes it a little slower",
}


class Measured(NamedTuple):
    """The cell number ``number``: its statistics in seconds, or the line that says why there are none.

    ``floor`` is None without ceilings for its dtype, and where the spec is not at hand as it was measured.
    """

    number: int
    cell: Cell
    summary: Summary | None
    failure: Turn | None
    memory: int | None
    floor: Floor | None

    @property
    def ms(self) -> float | str | None:
        """The median in milliseconds; what went wrong where there is none; None where nothing was measured."""
        if self.failure is not None:
            return self.failure.status
        return None if self.summary is None else 1000 * self.summary.median


def measured(results: Results, graphs: Mapping[int, Graph], ceilings: Ceilings | None) -> list[Measured]:
    """Every cell of ``results``; ``graphs`` by the cells' numbers, of those whose specs are at hand."""
    found = []
    for index, cell in enumerate(results.cells):
        floor = None
        if ceilings is not None and index in graphs and cell.dtype in ceilings.products:
            floor = total(floors(graphs[index], ceilings, batch=cell.batch, dtype=cell.dtype, work=cell.work))
        failure = results.failure(index)
        found.append(Measured(index, cell, results.summary(index), failure, results.memory(index), floor))
    return found


def identity(cells: Sequence[Cell], without: Sequence[str] = ()) -> list[Column]:
    """The columns that tell the ``cells`` apart."""
    differing = [name for name in _OPTIONAL if len({getattr(cell, name) for cell in cells}) > 1]
    return [
        column
        for column in IDENTITY
        if column.key not in without and (column.key not in _OPTIONAL or column.key in differing)
    ]


def beside(cell: Cell) -> dict[str, Any]:
    """The values of the columns of `identity`."""
    return {column.key: getattr(cell, column.key) for column in IDENTITY}


def bound(floor: Floor) -> str | None:
    """What binds for the greater part of the floor: ``memory`` or ``arithmetic``; None of a floor of 0."""
    if not floor.floor:
        return None
    return "memory" if 2 * floor.bound > floor.floor else "arithmetic"


def circumstances(results: Results, cells: Sequence[Cell]) -> list[str]:
    """Sentences: what all cells share, what the passes are, and where it was measured."""
    shared = [_shared(name, cells[0]) for name in _OPTIONAL if len({getattr(cell, name) for cell in cells}) == 1]
    notes = [f"All with {', '.join(shared)}."] if shared else []
    works = dict.fromkeys(cell.work for cell in cells)
    notes.append(f"{'; '.join(PASSES[work] for work in works)}.")
    there = results.header.environment
    parts = [there.hardware, f"torch {there.torch}", *_gpu(results), f"Python {there.python}", there.system]
    if there.accelerator is not None:
        parts.insert(1, f"{there.processor}, {there.threads} threads")
    revisions = dict.fromkeys(subject.revision for subject in results.header.subjects if subject.revision)
    if revisions:
        parts.append(f"specs at git revision {', '.join(revisions)}")
    load = "" if there.load is None else f" at a load of {there.load:g}"
    notes.append(f"Measured on {'; '.join(parts)}; costcalc {there.costcalc}; begun {results.header.started}{load}.")
    return notes


def _shared(name: str, cell: Cell) -> str:
    value = getattr(cell, name)
    return f"batch {value}" if name == "batch" else f"{value} tensors" if name == "layout" else str(value)


def _gpu(results: Results) -> list[str]:
    there = results.header.environment
    parts = [
        ("driver", there.driver),
        ("CUDA", there.cuda),
        ("cuDNN", there.cudnn),
        ("cudnn.benchmark", _on(there.cudnn_benchmark)),
        ("TF32", _on(there.tf32)),
    ]
    return [f"{name} {value}" for name, value in parts if value is not None]


def _on(value: bool | None) -> str | None:
    return None if value is None else "on" if value else "off"


def statistics(results: Results, found: Sequence[Measured]) -> list[str]:
    """Sentences: how the numbers were made, how sure they are, which are missing."""
    policy = results.header.policy
    summaries = [each.summary for each in found if each.summary is not None]
    notes = [
        "Time: the median of rounds, each the median of its runs after one that warms up; the cells take turns. "
        f"Interval: {policy.confidence:.0%}, from order statistics: no distribution assumed, only rounds that do not "
        "depend on each other."
    ]
    if policy.least < policy.most:
        notes.append(
            f"A cell has {policy.least} to {policy.most} rounds, and no more once its interval is within "
            f"{policy.spread:.0%} of the median: that choice costs the interval a little of its confidence."
        )
    if summaries:
        count, outliers = sum(each.size for each in summaries), sum(len(each.outliers) for each in summaries)
        notes.append(f"Outliers, beyond 1.5 interquartile ranges of a quartile: {outliers} of {count} rounds.")
        few = sum(each.interval is None for each in summaries)
        wide = sum(each.spread is not None and each.spread > policy.spread for each in summaries)
        if few:
            notes.append(f"{_cells(few)} too few rounds for an interval.")
        if wide:
            notes.append(f"{_cells(wide)} an interval of more than {policy.spread:.0%} to a side.")
    if results.cut:
        notes.append(f"In the file, {results.cut}.")
    return [*notes, *untimed(found)]


def untimed(found: Sequence[Measured]) -> list[str]:
    """Sentences: how many cells have no time yet, and why others have none."""
    missing = sum(each.summary is None and each.failure is None for each in found)
    notes = [f"{_cells(missing)} no time yet: costcalc bench --resume goes on."] if missing else []
    failed = [(each.cell.label, each.failure) for each in found if each.failure is not None]
    return [*notes, *(f"{label}: {turn.status}: {turn.reason}" for label, turn in failed)]


def _cells(count: int) -> str:
    return "1 cell has" if count == 1 else f"{count} cells have"
