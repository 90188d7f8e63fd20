"""``costcalc compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli import options
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import chosen
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.table import Table

__all__ = ["app"]

DTYPES = ("fp64", "fp32", "bf16", "fp16", "int8")

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
        options.choose("--dtype", dtype, DTYPES)
    if rev is not None and len(rev) > 2:
        raise UsageError("--rev is given once or twice: a base and what became of it")
    models = []
    labels = []
    for revision in [*rev, None][:2] if rev else [None]:
        for choice in chosen(ctx, model, set, revision):
            models.append(choice)
            labels.append(choice.model.name if revision is None else f"{choice.model.name}@{revision}")
    if rev and len(models) != 2:
        raise UsageError(f"--rev compares one MODEL with itself, not {len(models) // 2}")
    if len(models) < 2:
        raise UsageError("compare takes a BASE and at least one VARIANT, or one MODEL and --rev REVISION")

    from costcalc.comparison import compare as compared
    from costcalc.inference import infer
    from costcalc.quantities import Setting

    graphs = [infer(*choice)._replace(name=label) for choice, label in zip(models, labels, strict=True)]
    summary, layers = compared(graphs, Setting(dtype or "fp32", images), top=most)
    _deliver(result, summary, layers)


def _deliver(result: options.Result, summary: Table, layers: list[Table]) -> None:
    """The tables one below the other, or the layers inside the JSON's ``about``; csv is of the summary alone."""
    if result.format == "json":
        details: list[Any] = [{**table.about, "rows": table.rows, "total": table.total} for table in layers]
        result.table(summary._replace(about={**summary.about, "layers": details}))
    elif result.format == "csv":
        result.table(summary)
    else:
        result.tables(summary, *layers)
