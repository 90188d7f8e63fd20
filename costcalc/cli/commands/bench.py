"""``costcalc bench``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from costcalc.cli import catalogue, streams
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes, Requires
from costcalc.errors import UsageError, shown
from costcalc.words import one_of

if TYPE_CHECKING:
    from costcalc.cli.result import Result
    from costcalc.device.tables import Times

__all__ = ["bench"]

FIGURE = ("resnet50", "mobilenetv2", "mobilenetv2-replicate-b")
"""The models of Mehta 2018, Figure 6."""

RESOLUTIONS = ([128, 224], [128])
"""Those of the figure, and of a quick look."""

MEASURING = (
    "MODEL",
    "--device",
    "--batch",
    "--resolution",
    "--dtype",
    "--mode",
    "--channels-last",
    "--threads",
    "--forward-only",
    "--train-step",
    "--freeze",
    "--quick",
    "--results",
)


@command(
    ModelCommand,
    Excludes("--from", ("--resume",), "--from only shows a results file"),
    *(Excludes(file, MEASURING, "the results file determines what is measured") for file in ("--from", "--resume")),
    Requires(("--top",), ("--by",)),
    Requires(("--epoch",), ("--train-step", "--from", "--resume")),
    Requires(("--optimizer", "--freeze"), ("--train-step",)),
    Excludes("--train-step", ("--forward-only",), "a training step includes the backward pass"),
    Requires(("--by",), ("--mode eager", "--from", "--resume")),
)
def bench(
    named: catalogue.ModelsIfAny,
    device: catalogue.Device,
    batch: catalogue.Batches,
    resolution: catalogue.Resolutions,
    dtype: catalogue.TimedDtypes,
    mode: catalogue.Modes,
    channels_last: catalogue.ChannelsLast,
    threads: catalogue.Threads,
    forward_only: catalogue.ForwardOnly,
    train_step: catalogue.TimedStep,
    optimizer: catalogue.TimedOptimizers,
    freeze: catalogue.Freeze,
    epoch: catalogue.Epoch,
    by: catalogue.TimedBy,
    top: catalogue.Top,
    vs: catalogue.Versus,
    ceilings: catalogue.Ceilings,
    quick: catalogue.Quick,
    results: catalogue.NewResults,
    resume: catalogue.Resume,
    from_file: catalogue.FromResults,
    result: catalogue.Format,
) -> None:
    """Time forward and backward passes on a real device, in milliseconds over image resolutions.

    With no MODEL: resnet50, mobilenetv2 and mobilenetv2-replicate-b. Every measurement is appended to a results file at
    once. Also shown: memory, and the bounds that the machine's ceilings (costcalc roofline) imply.
    """

    def shown_times(file: str) -> Times:
        from costcalc.device.tables import times

        return times(file, by=by, top=top, vs=vs, epoch=epoch, ceilings=ceilings)

    kept = from_file or resume or results
    if result.output is not None and kept is not None and os.path.realpath(result.output) == os.path.realpath(kept):
        message = f"--output {shown(result.output)}: cannot overwrite the results file: choose another file"
        raise UsageError(message)
    if resume is not None:
        shown_times(resume)  # before anything is measured: is there something to show?
        from costcalc.benchmarking import resume_benchmark

        resume_benchmark(resume, tell=streams.tell)
    if from_file is not None or resume is not None:
        _deliver(result, shown_times(from_file or resume or ""))
        return
    if resolution is None and not named:
        resolution = RESOLUTIONS[quick]
    choices = named.chosen(default=FIGURE)
    if vs is not None:
        one_of("--vs", vs, [choice.model.name for choice in choices])
    works = ["forward"] if forward_only else ["forward", "backward"]
    if train_step:
        works = [f"step-{name}" for name in optimizer]
    if by is not None:
        works.append("layers")
    sizes: list[dict[str, Any]] = [{}] if resolution is None else [{"resolution": size} for size in resolution]

    from costcalc.inference import infer

    graphs = [infer(choice.model, {**choice.knobs, **size}) for size in sizes for choice in choices]
    from costcalc.benchmarking import benchmark
    from costcalc.measure.bench.timing import now

    file = results if results is not None else f"bench-{device}-{now().replace('-', '').replace(':', '')}.jsonl"
    benchmark(
        graphs,
        device=device,
        batches=batch,
        dtypes=dtype,
        modes=mode,
        works=works,
        layout="channels_last" if channels_last else "contiguous",
        freeze=freeze,
        threads=threads,
        quick=quick,
        ceilings=ceilings,
        file=file,
        tell=streams.tell,
    )
    _deliver(result, shown_times(file))


def _deliver(result: Result, times: Times) -> None:
    """The tables below each other for people; else the cells, the others inside their ``about``."""
    if result.format in ("table", "markdown"):
        result.tables(times.by_resolution._replace(notes=()), times.cells, *times.further)
        return
    others = [{"title": table.title, "rows": list(table.rows)} for table in times.further]
    about = {**times.cells.about, "more": others} if others else times.cells.about
    result.table(times.cells._replace(about=about))
