"""``costcalc bench``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from costcalc.cli import options, streams
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import GIVEN, chosen
from costcalc.errors import UsageError, shown
from costcalc.words import DEVICES, MODES, TIMED_DTYPES, TIMED_OPTIMIZERS

if TYPE_CHECKING:
    from costcalc.device.tables import Times

__all__ = ["app"]

T = TypeVar("T")

FIGURE = ("resnet50", "mobilenetv2", "mobilenetv2-replicate-b")
"""The models of Mehta 2018, Figure 6."""

RESOLUTIONS = ("128,224", "128")
"""Those of the figure, and of a quick look."""

IMAGENET = 1_281_167
"""Images of the training set of ImageNet's 2012 challenge."""

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def bench(
    ctx: typer.Context,
    model: options.Models = None,
    device: options.Device = None,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="N,N,...", help="Images at a time; 1 by default.")
    ] = None,
    resolution: Annotated[
        str | None,
        typer.Option(
            "--resolution",
            metavar="N,N,...",
            help="Heights and widths of the image; each model's own by default, 128,224 where no model is named.",
        ),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar="fp32,fp16,bf16",
            autocompletion=options.words(*TIMED_DTYPES),
            help="Types of parameters and images; fp32 by default.",
        ),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="eager,compile",
            autocompletion=options.words(*MODES),
            help="As it stands, or by torch.compile; eager by default.",
        ),
    ] = None,
    channels_last: Annotated[
        bool, typer.Option("--channels-last", help="Tensors whose channels lie next to each other in memory.")
    ] = False,
    threads: Annotated[
        str | None,
        typer.Option("--threads", metavar="N", help="Threads on the CPU; a thread for each core by default."),
    ] = None,
    forward_only: Annotated[bool, typer.Option("--forward-only", help="No backward pass.")] = False,
    train_step: Annotated[
        bool,
        typer.Option("--train-step", help="Whole training steps, with SGD, RMSProp as in the papers, and Adam."),
    ] = False,
    optimizer: Annotated[
        str | None,
        typer.Option(
            metavar="sgd,rmsprop,adam",
            autocompletion=options.words(*TIMED_OPTIMIZERS),
            help="With --train-step: these optimizers alone.",
        ),
    ] = None,
    epoch: Annotated[
        str | None,
        typer.Option(
            "--epoch", metavar="N", help="With --train-step: the images of an epoch; 1281167, ImageNet's, by default."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar=options.metavar(options.BY),
            autocompletion=options.words(*options.BY),
            help="Time the forward pass layer by layer too, and show a row for each of these.",
        ),
    ] = None,
    top: options.Top = None,
    vs: Annotated[
        str | None, typer.Option("--vs", metavar="MODEL", help="Ratios to the time of this one of the models.")
    ] = None,
    ceilings: options.CeilingsFile = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="A look: 6 rounds, none after 8 seconds but the first; resolution 128 by default."
        ),
    ] = False,
    results: Annotated[
        str | None,
        typer.Option(
            "--results",
            metavar="FILE",
            help="Where every row goes as soon as it is measured; bench-DEVICE-TIME.jsonl by default.",
        ),
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="FILE", help="Measure what this results file lacks.")
    ] = None,
    from_file: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="Show a results file, and measure nothing.")
    ] = None,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Time forward and backward passes on a real device, in milliseconds over image resolutions.

    With no MODEL: resnet50, mobilenetv2 and mobilenetv2-replicate-b. Every row is kept in a results file as soon as it
    is measured. Beside the times: memory, and what the machine's ceilings (costcalc roofline) imply.
    """
    result = options.Result(format, output)
    rows = None if by is None else options.choose("--by", by, options.BY)
    most = options.at_least("--top", top, 1)
    if most is not None and rows is None:
        raise UsageError("--top is for the rows of --by")
    if epoch is not None and not (train_step or from_file or resume):
        raise UsageError("--epoch requires --train-step")
    if optimizer is not None and not train_step:
        raise UsageError("--optimizer requires --train-step")
    if train_step and forward_only:
        raise UsageError("--train-step has a backward pass: leave out either it or --forward-only")
    images = options.at_least("--epoch", epoch, 1) or IMAGENET

    def shown_times(file: str) -> Times:
        from costcalc.device.tables import times

        return times(file, by=rows, top=most, vs=vs, epoch=images, ceilings=ceilings)

    measuring = {
        "MODEL": bool(model or ctx.meta.get(GIVEN) or set),
        "--device": device,
        "--batch": batch,
        "--resolution": resolution,
        "--dtype": dtype,
        "--mode": mode,
        "--channels-last": channels_last,
        "--threads": threads,
        "--forward-only": forward_only,
        "--train-step": train_step,
        "--quick": quick,
        "--results": results,
    }
    kept = from_file or resume or results
    if output is not None and kept is not None and os.path.realpath(output) == os.path.realpath(kept):
        raise UsageError(f"--output {shown(output)}: the tables would overwrite the results file: give them another")
    if from_file is not None or resume is not None:
        option = "--from" if from_file is not None else "--resume"
        given = [name for name, value in measuring.items() if value]
        if from_file is not None and resume is not None:
            raise UsageError("--from shows a results file, --resume goes on with one: leave one out")
        if given:
            raise UsageError(f"{option}: the file says what is measured: leave {given[0]} out")
        if resume is not None:
            shown_times(resume)  # before anything is measured: is there something to show?
            from costcalc.measure.bench.run import resume_benchmark

            resume_benchmark(resume, tell=streams.tell)
        _deliver(result, shown_times(from_file or resume or ""))
        return
    default = not (model or ctx.meta.get(GIVEN))
    choices = chosen(ctx, FIGURE if default else model, set)
    if vs is not None:
        options.choose("--vs", vs, [choice.model.name for choice in choices])
    works = ["forward"] if forward_only else ["forward", "backward"]
    if train_step:
        optimizers = _split("--optimizer", optimizer or ",".join(TIMED_OPTIMIZERS), TIMED_OPTIMIZERS)
        works = [f"step-{name}" for name in optimizers]
    modes = _split("--mode", mode or "eager", MODES)
    if rows is not None:
        if "eager" not in modes:
            raise UsageError("--by layer and --mode compile: a compiled module has no layers to be timed")
        works.append("layers")
    if resolution is None and default:
        resolution = RESOLUTIONS[quick]
    sizes: list[dict[str, Any]] = (
        [{}] if resolution is None else [{"resolution": size} for size in _numbers("--resolution", resolution)]
    )
    place = options.choose("--device", device or "cpu", DEVICES)
    count = options.at_least("--threads", threads, 1)
    batches = _numbers("--batch", batch or "1")
    dtypes = _split("--dtype", dtype or "fp32", TIMED_DTYPES)

    from costcalc.inference import infer

    graphs = [infer(choice.model, {**choice.knobs, **size}) for size in sizes for choice in choices]
    from costcalc.measure.bench.run import benchmark
    from costcalc.measure.bench.timing import now

    file = results if results is not None else f"bench-{place}-{now().replace('-', '').replace(':', '')}.jsonl"
    benchmark(
        graphs,
        device=place,
        batches=batches,
        dtypes=dtypes,
        modes=modes,
        works=works,
        layout="channels_last" if channels_last else "contiguous",
        threads=count,
        quick=quick,
        ceilings=ceilings,
        file=file,
        tell=streams.tell,
    )
    _deliver(result, shown_times(file))


def _deliver(result: options.Result, times: Times) -> None:
    """The tables below each other for people; else the cells, the others inside their ``about``."""
    if result.format in ("table", "markdown"):
        result.tables(times.by_resolution._replace(notes=()), times.cells, *times.further)
        return
    others = [{"title": table.title, "rows": list(table.rows)} for table in times.further]
    about = {**times.cells.about, "more": others} if others else times.cells.about
    result.table(times.cells._replace(about=about))


def _split(option: str, text: str, choices: Sequence[str]) -> list[str]:
    """The words of a list such as ``fp32,fp16``. Raises UsageError for one that is unknown, or there twice."""
    return _once(option, [options.choose(option, word.strip(), choices) for word in text.split(",")])


def _numbers(option: str, text: str) -> list[int]:
    """The numbers of a list such as ``1,8,32``. Raises UsageError for one that is none, or there twice."""
    return _once(option, [options.at_least(option, word.strip(), 1) or 1 for word in text.split(",")])


def _once(option: str, values: list[T]) -> list[T]:
    for value in values:
        if values.count(value) > 1:
            raise UsageError(f"{option} has {value} twice")
    return values
