"""``costcalc report``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Annotated

import typer

from costcalc.cli import options
from costcalc.cli.boundary import PROGRAM
from costcalc.cli.command import ModelCommand
from costcalc.cli.knobs import ARGUMENTS, chosen
from costcalc.errors import UsageError, shown

__all__ = ["app"]

FORMS = ("html", "markdown")
SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}

app = typer.Typer(add_completion=False)


@app.command(cls=ModelCommand)
def report(
    ctx: typer.Context,
    model: options.Models = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar=options.metavar(FORMS),
            autocompletion=options.words(*FORMS),
            help="A page that needs nothing beside itself, or Markdown for a step summary; by default what the name of "
            "the output file asks for, else a page. Without --output it goes to stdout.",
        ),
    ] = None,
    results: options.ResultsFile = None,
    ceilings: options.RooflineFile = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write the report to this file, whole or not at all; without --format, by default MODEL.html.",
        ),
    ] = None,
    set: options.Set = None,
) -> None:
    """Report everything that is known of a model, or of several beside the first, as one HTML file or as Markdown."""
    to_page = format is None and output is None
    suffix = os.path.splitext(output or "")[1].lower()
    if format is None and output is not None:
        if suffix not in SUFFIXES:
            known = f"a report is {' or '.join(dict.fromkeys(SUFFIXES))}"
            raise UsageError(f"--output {shown(output, 200)}: {known}", hint="--format says which, whatever the name")
        format = SUFFIXES[suffix]
    result = options.Result(format, output, FORMS)
    models = chosen(ctx, model, set)
    if to_page:
        result.output = _free([each.model.name for each in models])

    import shlex

    from costcalc.inference import infer
    from costcalc.report import Subject
    from costcalc.report.build import report as build
    from costcalc.report.roofline import measurements

    measured = measurements(results, ceilings)
    subjects = [Subject(each.model, each.knobs, infer(each.model, each.knobs)) for each in models]
    document = build(subjects, shlex.join([PROGRAM, "report", *ctx.meta[ARGUMENTS]]), measured)
    if result.format == "markdown":
        from costcalc.outputs.page import markdown

        result.document(markdown.render(document))
    else:
        from costcalc.outputs.page import html

        result.document(html.render(document))


def _free(names: Sequence[str]) -> str:
    """The file for a report of the models ``names``: there is none yet, or it is a report that this one replaces.

    Raises UsageError for any other file of that name.
    """
    stem = re.sub(r"[^\w.]+", "-", "-".join(names)).strip("-.")[:100] or "report"
    path = f"{stem}.html"
    if os.path.lexists(path) and not _is_report(path):
        raise UsageError(f"{path} exists and is not a report made by costcalc", hint="--output FILE names the file")
    return path


def _is_report(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return b'<meta name="generator" content="costcalc ' in file.read(2048)
    except OSError:
        return False
