"""``costcalc reconcile``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes, Needs, Requires

__all__ = ["reconcile"]


@command(
    ModelCommand,
    Needs(("--to", "--measured")),
    Excludes("--measured", ("--to",), "--measured searches for the convention"),
    Excludes("--measured", ("--freeze", "--checkpoint", "--batch"), "--measured searches over these itself"),
    Requires(("--to",), ("--from",)),
    Requires(("--top",), ("--measured",)),
    Requires(("--freeze", "--checkpoint"), ("--quantity backward", "--quantity training")),
)
def reconcile(
    model: catalogue.Model,
    first: catalogue.FromTool,
    second: catalogue.ToTool,
    measured: catalogue.Measured,
    quantity: catalogue.Reconciled,
    freeze: catalogue.Freeze,
    checkpoint: catalogue.Checkpoint,
    batch: catalogue.Batch,
    top: catalogue.Top,
    result: catalogue.Format,
) -> None:
    """Explain, term by term, why two tools report different totals for one model; or find what explains a measured
    number."""
    if first is not None and second is not None:
        from costcalc.conventions.reconcile import reconcile as compare
        from costcalc.inference import infer

        table = compare(infer(*model), first, second, quantity, batch=batch, freeze=freeze, checkpoint=checkpoint)
    else:
        from costcalc.conventions.measured import explain
        from costcalc.figures import count

        table = explain(count(measured or ""), *model, quantity=quantity, convention=first, top=top)
    result.table(table)
