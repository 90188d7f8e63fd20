"""``costcalc memory``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.cli import catalogue, streams
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes, Requires
from costcalc.words import INFERENCE_DTYPES

__all__ = ["memory"]

TRAINING = ("--optimizer", "--autocast", "--checkpoint", "--freeze", "--formula")
INFERENCE = ("--order", "--input", "--in-place", "--fold", "--fuse", "--split", "--nested", "--arena")
DTYPES = ("--dtype", *(f"--{dtype}" for dtype in INFERENCE_DTYPES))


class MemoryCommand(ModelCommand):
    """Lets ``--arena`` stand alone: what follows is its size only if it begins with a digit."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        followed = zip(args, [*args, ""][1:], strict=True)
        args = [
            f"--arena={catalogue.ANY_SIZE}" if arg == "--arena" and not next[:1].isdigit() else arg
            for arg, next in followed
        ]
        return super().parse_args(ctx, args)


def _others(dtype: str) -> Iterator[str]:
    """The options that ask for another type than ``dtype``."""
    for other in INFERENCE_DTYPES:
        if other != dtype:
            yield from (f"--{other}", f"--dtype {other}")


@command(
    MemoryCommand,
    *(Excludes(f"--{one}", tuple(_others(one)), "choose one type") for one in INFERENCE_DTYPES),
    Requires(TRAINING, ("--training",)),
    *(Excludes(option, ("--training",), "it applies to inference only") for option in INFERENCE),
    Excludes("--autocast", DTYPES, "--autocast sets the types itself"),
    Requires(("--training", "--batch", "--timeline", *INFERENCE), ("MODEL",)),
    Excludes("--timeline", ("--arena",), "each prints its own table"),
    Excludes("--formula", ("--timeline",), "--formula adds a column to the summary"),
    Excludes("--nested", ("--timeline", "--arena"), "--nested adds a column to the summary"),
    Excludes("--nested", ("--split",), "nested modules do not split"),
)
def memory(
    named: catalogue.ModelsIfAny,
    batch: catalogue.Batch,
    dtype: catalogue.InferenceDtype,
    fp16: catalogue.Fp16,
    bf16: catalogue.Bf16,
    int8: catalogue.Int8,
    order: catalogue.Order,
    input: catalogue.Input,
    in_place: catalogue.InPlace,
    fold: catalogue.Fold,
    fuse: catalogue.Fuse,
    split: catalogue.Split,
    nested: catalogue.Nested,
    timeline: catalogue.Timeline,
    arena: catalogue.Arena,
    training: catalogue.TrainingStep,
    optimizer: catalogue.Optimizer,
    autocast: catalogue.Autocast,
    checkpoint: catalogue.Checkpoint,
    freeze: catalogue.Freeze,
    formula: catalogue.DocumentsFormula,
    result: catalogue.Format,
) -> None:
    """Compute memory at inference or in training: what is held, and peak live bytes over the order of execution.

    Without a MODEL: the largest tensors by spatial size, next to Table 3 of the MobileNetV2 paper.
    """
    from costcalc.inference import infer

    type = "fp16" if fp16 else "bf16" if bf16 else "int8" if int8 else dtype
    if not named:
        from costcalc.audit.table3 import table3

        result.table(table3(type or "fp16"))
        return
    if training:
        from costcalc.memory import training as steps

        step = steps.Training(batch, optimizer, "autocast" if autocast else type or "fp32", checkpoint, tuple(freeze))
        if timeline:
            result.table(steps.timeline(infer(*named.one(what="--timeline")), step))
            return
        graphs = [infer(*each) for each in named.chosen()]
        other = None
        if formula is not None:
            from costcalc.audit.formulas import beside

            other = beside(formula, graphs)
        result.table(steps.training_memory(graphs, step, beside=other))
        return

    from costcalc.memory import inference

    setting = inference.Inference(
        batch=batch,
        dtype=type or "fp32",
        order=order,
        hold_input=input == "held",
        in_place=in_place,
        fold=fold,
        fuse=fuse,
        parts=split,
    )
    if timeline:
        graph = infer(*named.one(what="--timeline"))
        result.table(inference.timeline(graph, setting, streams.tell))
    elif arena is not None:
        graph = infer(*named.one(what="--arena"))
        result.table(inference.plan(graph, setting, arena or None, streams.tell))
    else:
        graphs = [infer(*each) for each in named.chosen()]
        result.table(inference.peak_memory(graphs, setting, nested=nested, tell=streams.tell))
