"""A benchmark from its plan to its tables: begun, resumed after a stop, or read from its file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from costcalc.cli import options, plan, streams
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.knobs import Choice
    from costcalc.device.results import Header, Results, Turn
    from costcalc.device.results.recording import Recorder
    from costcalc.device.results.schedule import Progress
    from costcalc.graph import Graph
    from costcalc.table import Table

__all__ = ["View", "begin", "cores", "go_on", "show"]

EVERY = 2.0
"""Seconds between two lines of progress."""


class View(NamedTuple):
    """What is shown of results, and where: ``by`` layer, ``vs`` a model, beside ``ceilings``."""

    result: options.Result
    by: str | None
    top: int | None
    vs: str | None
    ceilings: str | None
    epoch: int


def begin(
    choices: Sequence[Choice],
    wanted: plan.Wanted,
    *,
    device: str,
    threads: int | None,
    quick: bool,
    file: str | None,
    view: View,
) -> None:
    """Measure what is ``wanted`` of the models ``choices`` into a new results file, and show it.

    Raises MissingError where the device is not there, UsageError where the file is.
    """
    cells, graphs = plan.cells(choices, wanted)
    _quiet_profiler()
    from costcalc.device.results import Header
    from costcalc.device.results.recording import create
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.environment import environment, prepare, subject
    from costcalc.measure.bench.timing import now

    place = find(device)
    prepare(place)
    here = environment(place, threads or cores())
    known, _ = plan.usable(view.ceilings, here)
    started = now()
    header = Header(
        started=started,
        environment=here,
        ceilings=known,
        subjects=[subject(choice.model) for choice in choices],
        policy=plan.policy(quick),
        cells=cells,
    )
    path = file if file is not None else f"bench-{device}-{started.replace('-', '').replace(':', '')}.jsonl"
    with create(path, header) as recorder:
        _measure(recorder, header, graphs, ())
    show(path, view)


def go_on(file: str, view: View) -> None:
    """Measure what the results file lacks, and show it.

    Raises UsageError where it was measured on another machine or with other programs, or a spec has changed.
    """
    _quiet_profiler()
    from costcalc.device.results import read
    from costcalc.device.results.recording import resume

    there = read(file)
    graphs, reasons = plan.graphs_of(there)
    if reasons:
        raise UsageError(f"cannot resume: {reasons[0]}", file=file)
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.environment import environment, prepare

    _check(there, view)
    place = find(there.header.environment.device)
    prepare(place)
    different = there.header.environment.differences(environment(place, there.header.environment.threads))
    if different:
        raise UsageError(f"cannot resume on another machine: the measured one differs in {different[0]}", file=file)
    recorder, results = resume(file)
    with recorder:
        if results.cut:
            streams.tell(f"{file}: {results.cut}")
        _measure(recorder, results.header, [graphs[index] for index in range(len(results.cells))], results.turns)
    show(file, view)


def _measure(recorder: Recorder, header: Header, graphs: Sequence[Graph], turns: Sequence[Turn]) -> None:
    """Take the turns that are missing. Whatever stops it, the file is told of: nothing of it is lost."""
    from costcalc.device.results.schedule import Schedule, measure
    from costcalc.measure.bench.device import find
    from costcalc.measure.bench.timing import Bench

    environment, policy = header.environment, header.policy
    bench = Bench(header.cells, graphs, find(environment.device), environment.threads, policy.slot)
    schedule = Schedule(len(header.cells), policy, turns)
    streams.tell(f"{len(header.cells)} cells on {environment.hardware}; every row goes to {recorder.file}")
    try:
        measure(schedule, bench.take, recorder.add, _teller(header, len(turns)))
    except KeyboardInterrupt:
        streams.tell(f"stopped: costcalc bench --resume {recorder.file} goes on")
        raise


class _teller:
    """Says every few seconds how far it is."""

    def __init__(self, header: Header, before: int) -> None:
        self._header = header
        self._before = before
        self._said = 0.0

    def __call__(self, progress: Progress) -> None:
        turn = progress.turn
        failed = turn.status != "ok"
        if not failed and monotonic() - self._said < EVERY:
            return
        self._said = monotonic()
        if failed:
            what = f"{turn.status}: {turn.reason}"
        else:
            from statistics import median

            from costcalc.outputs.units import measured

            what = f"{measured(1000 * median(turn.seconds))} ms"
        label = self._header.cells[turn.cell].label
        rows = self._before + progress.done
        streams.tell(f"[row {rows}, round {turn.round + 1}] {label}: {what}{_left(progress)}")


def _left(progress: Progress) -> str:
    if progress.least is None or progress.most is None:
        return ""
    return f"; left: {_time(progress.least)} to {_time(progress.most)}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _check(results: Results, view: View) -> None:
    """Raise UsageError for a ``--vs`` or ``--by`` that the file is not of, and for ceilings of another machine."""
    if view.vs is not None:
        options.choose("--vs", view.vs, list(dict.fromkeys(cell.model for cell in results.cells)))
    if view.by is not None and not any(cell.work == "layers" for cell in results.cells):
        raise UsageError(f"nothing in it is timed layer by layer: --by {view.by}", file=results.file)
    if view.ceilings is not None:
        plan.usable(view.ceilings, results.header.environment)


def show(file: str, view: View) -> None:
    """The tables of a results file. Raises UsageError for a ``--vs`` or ``--by`` that the file has nothing of."""
    from costcalc.device.cells import cells
    from costcalc.device.figure import figure
    from costcalc.device.layers import layers
    from costcalc.device.measured import measured, untimed
    from costcalc.device.ratios import ratios
    from costcalc.device.results import read

    results = read(file)
    graphs, gone = plan.graphs_of(results)
    known, why = results.header.ceilings, None
    if known is None or view.ceilings is not None:
        known, why = plan.usable(view.ceilings, results.header.environment)
    found = measured(results, graphs, known)
    whole = [each for each in found if each.cell.work != "layers"]
    main = cells(results, whole, known, epoch=view.epoch)
    notes = [*([why] if why else []), *(f"No floor: {reason}." for reason in gone)]
    more: list[Table] = []
    if view.vs is not None:
        more.append(ratios(results, view.vs))
    if view.by is not None:
        by_layer = [each for each in found if each.cell.work == "layers"]
        at_hand = [each for each in by_layer if each.number in graphs]
        if not at_hand:
            raise UsageError(
                f"nothing in it was timed layer by layer, or not with these specs: --by {view.by}", file=file
            )
        timed = [each for each in at_hand if each.summary is not None and each.failure is None]
        more += [layers(results, e.number, graphs[e.number], known, by=view.by, top=view.top) for e in timed]
        notes += untimed(by_layer)
    main = main._replace(notes=(*main.notes, *notes))
    if view.result.format in ("table", "markdown"):
        view.result.tables(figure(results, whole)._replace(notes=()), main, *more)
    else:
        others = [{"title": table.title, "rows": list(table.rows)} for table in more]
        view.result.table(main._replace(about={**main.about, "more": others}) if others else main)


def cores() -> int:
    """The cores that this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quiet_profiler() -> None:
    """Keep torch's profiler, which measures memory, from writing lines to stderr: said before torch loads."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
