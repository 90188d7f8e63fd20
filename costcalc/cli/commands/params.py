"""``costcalc params``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Excludes

__all__ = ["params"]


@command(
    ModelCommand,
    Excludes(
        "--kind", ("--convention",), "--kind selects what costcalc counts; --convention counts as another tool does"
    ),
    Excludes("--freeze", ("--kind weights", "--kind stored", "--convention"), "what is frozen is trainable"),
    Excludes("--quiet", ("--format", "--human", "--notes", "--by", "--top", "--freeze")),
)
def params(
    models: catalogue.Models,
    by: catalogue.By,
    top: catalogue.Top,
    kind: catalogue.Kind,
    freeze: catalogue.Freeze,
    convention: catalogue.Tool,
    quiet: catalogue.Quiet,
    result: catalogue.Format,
) -> None:
    """Count parameters: totals and shares by stage, layer or layer type; several models side by side."""
    from costcalc.inference import infer

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    if convention is None:
        from costcalc.analyses import cost

        if quiet:
            result.text("".join(f"{cost.total_params(graph)[kind]}\n" for graph in graphs))
        else:
            result.table(cost.params(graphs, by=by, kind=kind, top=top, freeze=freeze))
        return
    from costcalc.conventions.tables import table, total

    if quiet:
        result.text("".join(f"{total(convention, graph, 'params').number}\n" for graph in graphs))
    else:
        result.table(table(graphs, convention, "params", by=by, top=top))
