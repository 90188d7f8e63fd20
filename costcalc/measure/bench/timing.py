"""Turns: a cell is timed for a moment, or it is said why it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from timeit import default_timer

import torch
from torch.utils.benchmark import Timer

from costcalc.device.records import Cell, Turn
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.measure.bench.device import is_out_of_memory, peak_memory, release
from costcalc.measure.bench.layers import LayerClock
from costcalc.measure.bench.tasks import Task
from costcalc.measure.build import module_names
from costcalc.measure.extras import reason

__all__ = ["Bench", "now"]


class Bench:
    """Takes turns: `take` times cell number i, which is ``cells[i]`` on ``graphs[i]``.

    A cell's module is built at its first turn and kept for the next. Where memory runs out, the modules of all other
    cells are given up, and the turn is tried once more: so a cell that has no room has none on an empty device.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        graphs: Sequence[Graph],
        device: torch.device,
        threads: int,
        slot: float,
        make: Callable[[Graph, Cell, torch.device], Task] = Task,
    ) -> None:
        self._cells = cells
        self._graphs = graphs
        self._device = device
        self._threads = threads
        self._slot = slot
        self._make = make
        self._tasks: dict[int, Task] = {}

    def take(self, cell: int, round: int) -> Turn:
        """The turn of ``cell`` in this round. What torch refuses to run is a turn that says so.

        It refuses with a TypeError a dtype that MPS does not have.
        """
        for _ in range(2):
            try:
                return self._timed(cell, round)
            except (RuntimeError, MemoryError, TypeError, ValueError, CostcalcError) as error:
                said = reason(error)
                exhausted = is_out_of_memory(error)
            if not exhausted:
                self._tasks.pop(cell, None)
                break
            self._tasks.clear()
            release(self._device)
        status = "out of memory" if exhausted else "failed"
        return Turn(cell=cell, round=round, at=now(), status=status, reason=said)

    def _timed(self, number: int, round: int) -> Turn:
        torch.set_num_threads(self._threads)
        cell = self._cells[number]
        memory = None
        if number not in self._tasks:
            self._tasks[number] = self._make(self._graphs[number], cell, self._device)
            self._tasks[number].run()  # compiles, plans and, in a step, makes what the optimizer keeps
        task = self._tasks[number]
        if not round:
            memory = self._memory(task)
        if cell.work == "layers":
            return self._by_layer(task, number, round, memory)
        timer = Timer("run()", timer=task.watch, globals={"run": task.run}, num_threads=self._threads)
        measurement = timer.blocked_autorange(min_run_time=self._slot)
        task.clear()
        runs = measurement.number_per_run
        seconds = [_kept(value) for value in measurement.times]
        return Turn(cell=number, round=round, at=now(), seconds=seconds, runs=runs, memory=memory)

    def _memory(self, task: Task) -> int | None:
        task.clear()
        grown = peak_memory(task.run, self._device)
        task.clear()
        return None if grown is None else grown + task.held

    def _by_layer(self, task: Task, number: int, round: int, memory: int | None) -> Turn:
        """Runs of the whole under the clock of layers, after one without that warms up."""
        names = module_names(self._graphs[number])
        clock = LayerClock({path: task.module.get_submodule(name) for path, name in names.items()}, self._device)
        task.run()
        began = default_timer()
        with clock.attached():
            task.run()
            while default_timer() - began < self._slot:
                task.run()
        layers = clock.seconds()
        sums = [sum(run) for run in zip(*layers.values(), strict=True)]
        medians = {path: _kept(median(runs)) for path, runs in layers.items()}
        seconds = [_kept(value) for value in sums]
        return Turn(cell=number, round=round, at=now(), seconds=seconds, layers=medians, memory=memory)


def _kept(seconds: float) -> float:
    """``seconds`` to five digits, which is more than a clock can tell, and less than half of the file."""
    return float(f"{seconds:.5g}")


def now() -> str:
    """The time, as ``2026-01-31T12:00:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
