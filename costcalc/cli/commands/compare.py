"""``costcalc compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import Choice, chosen
from costcalc.errors import UsageError
from costcalc.words import DTYPES, OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.table import Table

__all__ = ["app"]


app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def compare(
    ctx: typer.Context,
    model: options.Models = None,
    rev: Annotated[
        list[str] | None,
        typer.Option(
            "--rev",
            metavar="REVISION",
            help="Compare the file MODEL with itself at this git revision, which is the base; given twice, the first "
            "revision with the second.",
        ),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(DTYPES),
            autocompletion=options.words(*DTYPES),
            help="The type of the elements whose bytes are counted; fp32 by default.",
        ),
    ] = None,
    batch: options.Batch = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(OPTIMIZERS),
            autocompletion=options.words(*OPTIMIZERS),
            help="The optimizer of the training whose memory is compared; sgd by default.",
        ),
    ] = None,
    results: Annotated[
        str | None,
        typer.Option("--results", metavar="FILE", help="Measured times too: what costcalc bench --results FILE wrote."),
    ] = None,
    ceilings: Annotated[
        str | None,
        typer.Option(
            "--ceilings",
            metavar="FILE",
            help="Predicted times too, for the machine of these ceilings: what costcalc roofline --save FILE wrote.",
        ),
    ] = None,
    top: options.Top = None,
    format: options.Format = None,
    output: options.Output = None,
    set: options.Set = None,
) -> None:
    """Compare models with the first: what they cost, the differences, and the layers from which these come."""
    result = options.Result(format, output)
    most = options.at_least("--top", top, 1)
    images = options.at_least("--batch", batch, 1) or 1
    if dtype is not None:
        dtype = options.choose("--dtype", dtype, DTYPES)
    if optimizer is not None:
        options.choose("--optimizer", optimizer, OPTIMIZERS)
    if rev is not None and len(rev) > 2:
        raise UsageError("--rev is given once or twice: a base and what became of it")
    revisions = [*rev, None][:2] if rev else [None]
    models = [choice for revision in revisions for choice in chosen(ctx, model, set, revision=revision)]
    if rev and len(models) != 2:
        raise UsageError(f"--rev compares one MODEL with itself, not {len(models) // 2}")
    if len(models) < 2:
        raise UsageError("compare takes a BASE and at least one VARIANT, or one MODEL and --rev REVISION")

    from costcalc.comparison.tables import compare as compared
    from costcalc.comparison.tables import published
    from costcalc.inference import infer
    from costcalc.quantities import Setting

    graphs = [infer(choice.model, choice.knobs) for choice in models]
    setting = Setting(dtype or "fp32", images, optimizer or "sgd")
    further = []
    if ceilings is not None:
        from costcalc.device.files import read_ceilings

        setting = setting._replace(ceilings=read_ceilings(ceilings))
    if results is not None:
        from costcalc.comparison.tables import measured
        from costcalc.device.files import read

        further.append(measured(graphs, read(results), setting))
    summary, layers = compared(graphs, setting, top=most, further=further)
    shipped = [graph for graph, choice in zip(graphs, models, strict=True) if _is_shipped(choice, model or ())]
    _deliver(result, summary, published(shipped), layers)


def _is_shipped(choice: Choice, names: Sequence[str]) -> bool:
    """Is it the shipped model, and not a file that bears its name?"""
    from costcalc.spec import shipped_models

    return choice.model.name in names and choice.model.name in shipped_models()


def _deliver(result: options.Result, summary: Table, accuracies: Table | None, layers: Sequence[Table]) -> None:
    """The tables one below the other; in JSON the others are inside the summary's ``about``, in csv they are not."""
    if result.format == "json":
        details: list[Any] = [{**table.about, "rows": table.rows, "total": table.total} for table in layers]
        known = [] if accuracies is None else accuracies.rows
        result.table(summary._replace(about={**summary.about, "published": known, "layers": details}))
    elif result.format in ("table", "markdown"):
        result.tables(summary, *([] if accuracies is None else [accuracies]), *layers)
    else:
        result.table(summary)
