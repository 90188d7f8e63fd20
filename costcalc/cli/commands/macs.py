"""``costcalc macs``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes, Requires

__all__ = ["macs"]


@command(
    ModelCommand,
    Excludes("--backward", ("--training",), "--training includes the backward pass"),
    Excludes("--ledger", ("--backward", "--training"), "--ledger covers the forward pass only"),
    Excludes("--ledger", ("--convention",), "--ledger uses costcalc's own convention"),
    Excludes("--quiet", ("--format", "--human", "--notes", "--by", "--top", "--ledger")),
    Requires(("--dtype",), ("--ledger",)),
    Requires(("--freeze", "--checkpoint"), ("--backward", "--training")),
)
def macs(
    models: catalogue.Models,
    by: catalogue.By,
    top: catalogue.Top,
    ledger: catalogue.Ledger,
    dtype: catalogue.LedgerDtype,
    convention: catalogue.Tool,
    backward: catalogue.BackwardPass,
    training: catalogue.BothPasses,
    freeze: catalogue.Freeze,
    checkpoint: catalogue.Checkpoint,
    batch: catalogue.Batch,
    quiet: catalogue.Quiet,
    result: catalogue.Format,
) -> None:
    """Count multiply-accumulates (MACs) and FLOPs: totals and shares by stage, layer or layer type.

    For the forward pass of one image by default; --quiet prints MACs, or the number that the tool of --convention
    prints.
    """
    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    if ledger:
        from costcalc.analyses import cost

        result.table(cost.ledger(graphs, by=by, top=top, dtype=dtype, batch=batch))
        return
    if convention is None and not (backward or training) and batch == 1:
        from costcalc.analyses import cost

        if quiet:
            result.text("".join(f"{cost.total_macs(graph)}\n" for graph in graphs))
        else:
            result.table(cost.macs(graphs, by=by, top=top))
        return
    from costcalc.conventions import convention as called
    from costcalc.conventions.tables import table, total

    tool = convention or called("costcalc")
    quantity = "training" if training else "backward" if backward else "macs"
    if quiet:
        totals = [total(tool, g, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint) for g in graphs]
        result.text("".join(f"{each.number}\n" for each in totals))
    else:
        result.table(table(graphs, tool, quantity, by=by, top=top, batch=batch, freeze=freeze, checkpoint=checkpoint))
