"""Measuring on this machine: a benchmark, begun or resumed after a stop, and the ceilings of a device.

These functions need torch and import it when they are called.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from statistics import median
from time import monotonic

from costcalc.device import plan
from costcalc.device.files import (
    CeilingsSource,
    Results,
    ceilings_file,
    ceilings_text,
    create,
    read,
    resume,
    usable_ceilings,
)
from costcalc.device.records import Ceilings, Cell, Header, Turn
from costcalc.device.schedule import Progress, Schedule, measure
from costcalc.errors import UsageError
from costcalc.graph import Graph, listed
from costcalc.outputs.file import write
from costcalc.outputs.units import measured

__all__ = ["benchmark", "measure_ceilings", "resume_benchmark"]

EVERY = 2.0
"""Seconds between two lines of progress."""

Tell = Callable[[str], None]
"""What is given a line of progress now and then."""


def benchmark(
    graphs: Graph | Sequence[Graph],
    *,
    device: str = "cpu",
    batches: Sequence[int] = (1,),
    dtypes: Sequence[str] = ("fp32",),
    modes: Sequence[str] = ("eager",),
    works: Sequence[str] = ("forward", "backward"),
    layout: str = "contiguous",
    freeze: Sequence[str] = (),
    threads: int | None = None,
    quick: bool = False,
    ceilings: CeilingsSource | None = None,
    file: str | PathLike[str] | None = None,
    tell: Tell | None = None,
) -> Results:
    """Time every combination on real modules, built from ``graphs``, and give what `costcalc.times` shows.

    ``works`` are some of `costcalc.device.records.WORKS`; training steps do not train the layers that ``freeze``
    names.
    ``threads`` on the CPU are by default as many as cores.
    ``quick``: a few rounds, for a look. With a ``file``, each row is kept there as soon as it is measured. ``ceilings``
    of this machine, by default those that ``costcalc roofline`` kept, go with the results. ``tell`` is given a line of
    progress now and then. Raises MissingError where the device is not there, CostcalcError for a cell that cannot be,
    UsageError for a ``file`` that exists and for ceilings of another machine.
    """
    pairs = plan.cells(
        listed(graphs), batches=batches, dtypes=dtypes, modes=modes, works=works, layout=layout, freeze=freeze
    )
    if not pairs:
        raise UsageError("nothing to measure: every list must have an entry, and layers are timed in eager mode")
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.environment import environment, prepare, subject
    from costcalc.measure.bench.timing import now

    place = find(device)
    prepare(place)
    here = environment(place, threads)
    started = now()
    header = Header(
        started=started,
        environment=here,
        ceilings=usable_ceilings(here, ceilings)[0],
        subjects=[subject(graph) for graph in {graph.name: graph for _, graph in pairs}.values()],
        policy=plan.policy(quick),
        cells=[cell for cell, _ in pairs],
    )
    timed = [graph for _, graph in pairs]
    if file is None:
        turns: list[Turn] = []
        _measure(header, timed, (), turns.append, None, tell)
        return Results("", header, tuple(turns))
    with create(fspath(file), header) as recorder:
        _measure(header, timed, (), recorder.add, recorder.file, tell)
    return read(file)


def resume_benchmark(file: str | PathLike[str], *, tell: Tell | None = None) -> Results:
    """Measure what the results file lacks, and give what `costcalc.times` shows; ``tell`` is that of `benchmark`.

    Raises UsageError where it was measured on another machine or with other programs, or a spec has changed.
    """
    file = fspath(file)
    there = read(file)
    graphs, reasons = plan.graphs_of(there)
    if reasons:
        raise UsageError(f"cannot resume: {reasons[0]}", file=file)
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.environment import environment, prepare

    known = there.header.environment
    place = find(known.device)
    prepare(place)
    different = known.differences(environment(place, known.threads))
    if different:
        raise UsageError(f"cannot resume on another machine: the measured one differs in {different[0]}", file=file)
    recorder, results = resume(file)
    with recorder:
        if results.cut and tell is not None:
            tell(f"{file}: {results.cut}")
        timed = [graphs[index] for index in range(len(results.cells))]
        _measure(results.header, timed, results.turns, recorder.add, file, tell)
    return read(file)


def measure_ceilings(
    device: str = "cpu",
    *,
    threads: int | None = None,
    file: str | PathLike[str] | None = None,
    tell: Tell | None = None,
) -> Ceilings:
    """The ceilings of this machine: matrix products by dtype, a copy and a call, each the fastest of its runs.

    They are kept in ``file``, by default where `costcalc.benchmark`, `costcalc.times` and `costcalc.latency` look for
    them. ``threads`` and ``tell`` are those of `benchmark`. Raises MissingError where the device is not there.
    """
    from costcalc.measure.bench.ceilings import ceilings
    from costcalc.measure.bench.device import find

    tell = tell or (lambda text: None)
    found = ceilings(find(device), threads, tell=tell)
    path = ceilings_file(device) if file is None else fspath(file)
    if file is None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    write(ceilings_text(found), path)
    tell(f"saved to {path}")
    return found


def _measure(
    header: Header,
    graphs: Sequence[Graph],
    turns: Sequence[Turn],
    record: Callable[[Turn], None],
    file: str | None,
    tell: Tell | None,
) -> None:
    """Take the turns that are missing. Whatever stops it, what was measured is recorded."""
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.timing import Bench

    tell = tell or (lambda text: None)
    known, policy = header.environment, header.policy
    bench = Bench(header.cells, graphs, find(known.device), known.threads, policy.slot)
    schedule = Schedule(len(header.cells), policy, turns)
    kept = f"; every row goes to {file}" if file is not None else ""
    tell(f"{len(header.cells)} cells on {known.hardware}{kept}")
    try:
        measure(schedule, bench.take, record, _Teller(header.cells, len(turns), tell))
    except KeyboardInterrupt:
        if file is not None:
            tell(f"stopped: costcalc bench --resume {file} resumes")
        raise


class _Teller:
    """Says every few seconds how far it is."""

    def __init__(self, cells: Sequence[Cell], before: int, tell: Tell) -> None:
        self._cells = cells
        self._before = before
        self._tell = tell
        self._said = 0.0

    def __call__(self, progress: Progress) -> None:
        turn = progress.turn
        failed = turn.status != "ok"
        if not failed and monotonic() - self._said < EVERY:
            return
        self._said = monotonic()
        what = f"{turn.status}: {turn.reason}" if failed else f"{measured(1000 * median(turn.seconds))} ms"
        left = ""
        if progress.least is not None and progress.most is not None:
            left = f"; left: {_time(progress.least)} to {_time(progress.most)}"
        row = self._before + progress.done
        self._tell(f"[row {row}, round {turn.round + 1}] {self._cells[turn.cell].label}: {what}{left}")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
