"""``costcalc memory``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.amounts import in_bytes
from costcalc.cli import options, streams
from costcalc.cli import training as train
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import GIVEN, Choice, chosen
from costcalc.errors import UsageError
from costcalc.words import INFERENCE_DTYPES

if TYPE_CHECKING:
    from costcalc.memory.inference import Inference

__all__ = ["app"]

ORDERS = ("declared", "best")
INPUTS = ("held", "given")

PLAN = "plan"
"""The value of a bare ``--arena``."""

app = typer.Typer(add_completion=False)


class MemoryCommand(ModelCommand):
    """Lets ``--arena`` stand alone: what follows is its size only if it begins with a digit."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        followed = zip(args, [*args, ""][1:], strict=True)
        args = [f"--arena={PLAN}" if arg == "--arena" and not next[:1].isdigit() else arg for arg, next in followed]
        return super().parse_args(ctx, args)


@app.command(cls=MemoryCommand)
def memory(
    ctx: typer.Context,
    model: options.Models = None,
    batch: Annotated[str | None, typer.Option("--batch", metavar="N", help="Images at once; 1 by default.")] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            "--dtype",
            metavar=options.metavar(INFERENCE_DTYPES),
            autocompletion=options.words(*INFERENCE_DTYPES),
            help="The type of every tensor; fp32 by default, fp16 without a MODEL.",
        ),
    ] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Short for --dtype fp16.")] = False,
    bf16: Annotated[bool, typer.Option("--bf16", help="Short for --dtype bf16.")] = False,
    int8: Annotated[bool, typer.Option("--int8", help="Short for --dtype int8.")] = False,
    order: Annotated[
        str | None,
        typer.Option(
            "--order",
            metavar=options.metavar(ORDERS),
            autocompletion=options.words(*ORDERS),
            help="The order of execution: as declared, or the one with the smallest peak of all.",
        ),
    ] = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar=options.metavar(INPUTS),
            autocompletion=options.words(*INPUTS),
            help="Whether the caller holds the input (the default), or hands it over to be freed after its last use.",
        ),
    ] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Activations in place, where torch can.")] = False,
    fold: Annotated[bool, typer.Option("--fold", help="Batch norms folded into the layers before them.")] = False,
    fuse: Annotated[
        bool, typer.Option("--fuse", help="Convolution, batch norm and activation as one operation.")
    ] = False,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="T", help="Evaluate the inner tensor of inverted residuals in T parts."),
    ] = None,
    nested: Annotated[
        bool, typer.Option("--nested", help="The peak of modules that call modules too, besides the flat module's.")
    ] = False,
    timeline: Annotated[bool, typer.Option("--timeline", help="Live bytes step by step.")] = False,
    arena: Annotated[
        str | None,
        typer.Option(
            "--arena",
            metavar="[SIZE]",
            help="Plan offsets for all tensors in one block of memory; of this size at most, such as 512KiB.",
        ),
    ] = None,
    training: Annotated[
        bool, typer.Option("--training", help="A training step: what it holds, and its peak. See also costcalc fits.")
    ] = False,
    optimizer: train.OptimizerName = None,
    autocast: train.Autocast = False,
    checkpoint: options.Checkpoint = False,
    formula: train.FormulaName = None,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Memory at inference or in training: what is held, and the peak of live bytes over the order of execution.

    Without a MODEL: the largest tensors by spatial size, beside the MobileNetV2 paper's Table 3.
    """
    result = options.Result(format, output)
    type = _dtype(dtype, fp16=fp16, bf16=bf16, int8=int8)
    changes = {
        "--batch": batch,
        "--order": order,
        "--input": input,
        "--in-place": in_place,
        "--fold": fold,
        "--fuse": fuse,
        "--split": split,
        "--nested": nested,
        "--timeline": timeline,
        "--arena": arena,
    }
    steps = {"--optimizer": optimizer, "--autocast": autocast, "--checkpoint": checkpoint, "--formula": formula}
    train.refuse_apart(training, steps, {name: value for name, value in changes.items() if name != "--batch"})
    if not (model or set or ctx.meta.get(GIVEN)):
        asked = [name for name, value in {"--training": training, **changes}.items() if value]
        if asked:
            raise UsageError(f"{asked[0]} needs a MODEL")
        from costcalc.audit.table3 import table3

        result.table(table3(type or "fp16"))
        return

    images = options.at_least("--batch", batch, 1) or 1
    if training:
        step = train.step(batch=images, optimizer=optimizer, type=type, autocast=autocast, checkpoint=checkpoint)
        train.deliver(result, chosen(ctx, model, set), step, formula)
        return

    from costcalc.memory.inference import Inference

    setting = Inference(
        batch=images,
        dtype=type or "fp32",
        order=options.choose("--order", order or "declared", ORDERS),
        hold_input=options.choose("--input", input or "held", INPUTS) == "held",
        in_place=in_place,
        fold=fold,
        fuse=fuse,
        parts=options.at_least("--split", split, 1) or 1,
    )
    size = None if arena in (None, PLAN) else in_bytes("--arena", arena or "")
    _refuse_together(timeline=timeline, arena=arena is not None, nested=nested, split=split is not None)
    models = chosen(ctx, model, set)
    if timeline or arena is not None:
        one = _one(models, "--timeline" if timeline else "--arena")
        _detail(result, one, setting, size, timeline=timeline)
    else:
        _summary(result, models, setting, nested=nested)


def _dtype(dtype: str | None, **short: bool) -> str | None:
    """The type that is asked for, in whichever way. Raises UsageError for two."""
    asked = [name for name, on in short.items() if on]
    if dtype is not None:
        asked.append(options.choose("--dtype", dtype, INFERENCE_DTYPES))
    if len(set(asked)) > 1:
        raise UsageError(f"one type, not {' and '.join(asked)}")
    return asked[0] if asked else None


def _refuse_together(*, timeline: bool, arena: bool, nested: bool, split: bool) -> None:
    if timeline and arena:
        raise UsageError("--timeline and --arena are tables of their own: leave one out")
    if nested and (timeline or arena):
        raise UsageError("--nested is a column of the summary: leave out --timeline and --arena")
    if nested and split:
        raise UsageError("--nested is about modules as they are usually written, which do not split: leave one out")


def _one(models: list[Choice], option: str) -> Choice:
    if len(models) > 1:
        names = " and ".join(choice.model.name for choice in models[:2])
        raise UsageError(f"{option} takes one model, not {names}")
    return models[0]


def _summary(result: options.Result, models: list[Choice], setting: Inference, *, nested: bool) -> None:
    from costcalc.inference import infer
    from costcalc.memory.inference import peaks

    graphs = [infer(each.model, each.knobs) for each in models]
    result.table(peaks(graphs, setting, nested=nested, tell=streams.tell))


def _detail(result: options.Result, one: Choice, setting: Inference, size: int | None, *, timeline: bool) -> None:
    from costcalc.inference import infer
    from costcalc.memory import inference

    graph = infer(one.model, one.knobs)
    if timeline:
        result.table(inference.timeline(graph, setting, streams.tell))
    else:
        result.table(inference.plan(graph, setting, size, streams.tell))
