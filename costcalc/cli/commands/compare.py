"""``costcalc compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.cli.knobs import Choice
    from costcalc.cli.result import Result
    from costcalc.table import Table

__all__ = ["compare"]


@command(ModelCommand)
def compare(
    named: catalogue.ModelsIfAny,
    rev: catalogue.Revisions,
    dtype: catalogue.ComparedDtype,
    batch: catalogue.Batch,
    optimizer: catalogue.Optimizer,
    freeze: catalogue.Freeze,
    results: catalogue.ComparedResults,
    ceilings: catalogue.ComparedCeilings,
    top: catalogue.Top,
    result: catalogue.Format,
) -> None:
    """Compare models with the first: costs, differences, and the layers that cause them."""
    if len(rev) > 2:
        raise UsageError("--rev must be given at most twice: the base, then the variant")
    revisions = [*rev, None][:2] if rev else [None]
    models = [choice for revision in revisions for choice in named.chosen(revision=revision)]
    if rev and len(models) != 2:
        raise UsageError(f"--rev takes exactly one MODEL, not {len(models) // 2}")
    if len(models) < 2:
        raise UsageError(
            "compare requires at least two models (the first is the base), or one MODEL and --rev REVISION"
        )

    from costcalc.comparison.tables import compare as compared
    from costcalc.comparison.tables import published
    from costcalc.inference import infer
    from costcalc.quantities import Setting

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    setting = Setting(dtype, batch, optimizer, freeze=tuple(freeze))
    further = []
    if ceilings is not None:
        from costcalc.device.files import read_ceilings

        setting = setting._replace(ceilings=read_ceilings(ceilings))
    if results is not None:
        from costcalc.comparison.tables import measured
        from costcalc.device.files import read

        further.append(measured(graphs, read(results), setting))
    summary, layers = compared(graphs, setting, top=top, further=further)
    shipped = [graph for graph, choice in zip(graphs, models, strict=True) if _is_shipped(choice, named.names)]
    _deliver(result, summary, published(shipped), layers)


def _is_shipped(choice: Choice, names: Sequence[str]) -> bool:
    """Is it the shipped model, and not a file that bears its name?"""
    from costcalc.spec import shipped_models

    return choice.model.name in names and choice.model.name in shipped_models()


def _deliver(result: Result, summary: Table, accuracies: Table | None, layers: Sequence[Table]) -> None:
    """The tables one below the other; in JSON the others are inside the summary's ``about``, in csv they are not."""
    if result.format == "json":
        details: list[Any] = [{**table.about, "rows": table.rows, "total": table.total} for table in layers]
        known = [] if accuracies is None else accuracies.rows
        result.table(summary._replace(about={**summary.about, "published": known, "layers": details}))
    elif result.format in ("table", "markdown"):
        result.tables(summary, *([] if accuracies is None else [accuracies]), *layers)
    else:
        result.table(summary)
