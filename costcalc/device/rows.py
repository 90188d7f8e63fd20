"""The cells of a results file with what was measured of each, and the sentences that say what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import median
from typing import Any

from costcalc.device.files import Results
from costcalc.device.latency import Floor, floors
from costcalc.device.records import Ceilings, Cell, Turn
from costcalc.device.statistics import Summary, summary
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.table import Column, Remark

__all__ = ["PASSES", "Row", "circumstances", "identity", "measured", "precision", "untimed"]

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
    "forward": "inference, in evaluation mode, no gradients recorded",
    "backward": "the gradients of all parameters, without the forward pass, in training mode",
    "step-sgd": "forward, backward and SGD with momentum",
    "step-rmsprop": "forward, backward and RMSProp with decay and momentum 0.9 (MobileNetV2's paper)",
    "step-adam": "forward, backward and Adam",
    "layers": "inference with a timer between layers, which slows it slightly",
}


class Row:
    """A cell of a results file and what was measured of it.

    ``rounds`` are the median times of a run in seconds, by round; ``memory`` is the peak of the allocator in bytes,
    None where it was not measured; ``failure`` is the line that says why the cell has no time. ``floors`` are those of
    the nodes of ``graph``, None without ceilings for the cell's dtype, and where the spec is not at hand as it was
    measured.
    """

    def __init__(
        self, results: Results, cell: Cell, turns: Sequence[Turn], graph: Graph | None, ceilings: Ceilings | None
    ) -> None:
        self.cell = cell
        self.graph = graph
        self.failure = next((turn for turn in turns if turn.status != "ok"), None)
        self.turns = [turn for turn in turns if turn.status == "ok"]
        self.memory = next((turn.memory for turn in turns if turn.memory is not None), None)
        self.floors: list[Floor] | None = None
        if graph is not None and ceilings is not None and cell.dtype in ceilings.products:
            self.floors = floors(
                graph, ceilings, batch=cell.batch, dtype=cell.dtype, work=cell.work, freeze=cell.freeze
            )
        self._results = results

    @cached_property
    def rounds(self) -> Mapping[int, float]:
        return {turn.round: median(turn.seconds) for turn in self.turns}

    @cached_property
    def summary(self) -> Summary | None:
        """The statistics of its rounds; None of a cell that failed or has none yet."""
        if self.failure is not None or not self.rounds:
            return None
        return summary(list(self.rounds.values()), self._results.header.policy.confidence)

    @property
    def time(self) -> float | str | None:
        """The median in milliseconds; what went wrong where there is none; None where nothing was measured."""
        if self.failure is not None:
            return self.failure.status
        return None if self.summary is None else 1000 * self.summary.median

    @property
    def named(self) -> dict[str, Any]:
        """The values of the columns of `identity`."""
        return {column.key: getattr(self.cell, column.key) for column in IDENTITY}

    def layers(self) -> list[float]:
        """Seconds by node of ``graph``, the input's 0: the median over rounds, each the median of its runs.

        Raises CostcalcError for a round that lacks a layer.
        """
        assert self.graph is not None
        rounds = [turn.layers for turn in self.turns if turn.layers is not None]
        found = [0.0]
        for node in self.graph.nodes[1:]:
            if not rounds or not all(node.path in layers for layers in rounds):
                raise CostcalcError(
                    "at least one round has no time for this layer", file=self._results.file, path=node.path
                )
            found.append(median([layers[node.path] for layers in rounds]))
        return found


def measured(
    results: Results, graphs: Mapping[int, Graph] | None = None, ceilings: Ceilings | None = None
) -> list[Row]:
    """Every cell of ``results``; ``graphs`` by the cells' numbers, of those whose specs are at hand."""
    turns: list[list[Turn]] = [[] for _ in results.cells]
    for turn in results.turns:
        turns[turn.cell].append(turn)
    return [
        Row(results, cell, turns[index], (graphs or {}).get(index), ceilings)
        for index, cell in enumerate(results.cells)
    ]


def identity(rows: Sequence[Row], without: Sequence[str] = ()) -> list[Column]:
    """The columns that tell the cells of ``rows`` apart."""
    return [
        column
        for column in IDENTITY
        if column.key not in without and (column.key not in _OPTIONAL or len(_values(rows, column.key)) > 1)
    ]


def _values(rows: Sequence[Row], name: str) -> list[Any]:
    """What the cells have of ``name``, each value once."""
    return list(dict.fromkeys(getattr(row.cell, name) for row in rows))


def circumstances(results: Results, rows: Sequence[Row]) -> list[str]:
    """Sentences: what all cells share, what the passes are, and where it was measured."""
    words = {"batch": "batch {}", "layout": "{} tensors"}
    values = {name: _values(rows, name) for name in _OPTIONAL}
    shared = [words.get(name, "{}").format(known[0]) for name, known in values.items() if len(known) == 1]
    notes = [f"All with {', '.join(shared)}."] if shared else []
    if works := _values(rows, "work"):
        notes.append(f"{'; '.join(f'{work}: {PASSES[work]}' for work in works)}.")
    frozen = dict.fromkeys(pattern for row in rows for pattern in row.cell.freeze)
    if frozen:
        notes.append(f"Frozen in training steps: {', '.join(frozen)}.")
    there = results.header.environment
    switches = {"cudnn.benchmark": there.cudnn_benchmark, "TF32": there.tf32}
    gpu = {"driver": there.driver, "CUDA": there.cuda, "cuDNN": there.cudnn}
    parts = [
        there.hardware,
        *([] if there.accelerator is None else [f"{there.processor}, {there.threads} threads"]),
        f"torch {there.torch}",
        *(f"{name} {version}" for name, version in gpu.items() if version is not None),
        *(f"{name} {'on' if value else 'off'}" for name, value in switches.items() if value is not None),
        f"Python {there.python}",
        there.system,
    ]
    revisions = dict.fromkeys(subject.revision for subject in results.header.subjects if subject.revision)
    if revisions:
        parts.append(f"specs at git revision {', '.join(revisions)}")
    load = "" if there.load is None else f" at load {there.load:g}"
    notes.append(f"Measured on {'; '.join(parts)}; costcalc {there.costcalc}; started {results.header.started}{load}.")
    return notes


def precision(results: Results, rows: Sequence[Row]) -> list[str]:
    """Sentences: how the numbers were made, how sure they are, which are missing."""
    policy = results.header.policy
    summaries = [row.summary for row in rows if row.summary is not None]
    notes = [
        "Time: the median over rounds, each the median of its runs after a warm-up run; cells are interleaved. "
        f"Interval: {policy.confidence:.0%}, from order statistics: assumes independent rounds, but no distribution."
    ]
    if policy.least < policy.most:
        notes.append(
            f"A cell has {policy.least} to {policy.most} rounds, stopping once its interval is within "
            f"{policy.spread:.0%} of the median; this slightly lowers the confidence of the interval."
        )
    if summaries:
        count, outliers = sum(each.size for each in summaries), sum(len(each.outliers) for each in summaries)
        notes.append(f"Outliers (more than 1.5 interquartile ranges beyond a quartile): {outliers} of {count} rounds.")
        few = sum(each.interval is None for each in summaries)
        wide = sum(each.spread is not None and each.spread > policy.spread for each in summaries)
        if few:
            notes.append(f"{_cells(few)} too few rounds for an interval.")
        if wide:
            notes.append(f"{_cells(wide)} an interval wider than {policy.spread:.0%} of the median on one side.")
    if results.cut:
        notes.append(f"In the file, {results.cut}.")
    return [*notes, *untimed(rows)]


def untimed(rows: Sequence[Row]) -> list[str]:
    """Sentences: how many cells have no time yet, and why others have none."""
    missing = sum(row.time is None for row in rows)
    notes = [f"{_cells(missing)} no time yet: continue with costcalc bench --resume."] if missing else []
    failed = [(row.cell.label, row.failure) for row in rows if row.failure is not None]
    return [*notes, *(Remark(f"{label}: {turn.status}: {turn.reason}") for label, turn in failed)]


def _cells(count: int) -> str:
    return "1 cell has" if count == 1 else f"{count} cells have"
