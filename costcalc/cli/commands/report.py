"""``costcalc report``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import typer

from costcalc.cli import catalogue
from costcalc.cli.boundary import PROGRAM
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.knobs import ARGUMENTS
from costcalc.cli.rules import Requires
from costcalc.errors import UsageError

__all__ = ["report"]


@command(ModelCommand, Requires(("--results",), ("--ceilings",)), Requires(("--ceilings",), ("--results",)))
def report(
    ctx: typer.Context,
    models: catalogue.Models,
    results: catalogue.Results,
    ceilings: catalogue.CeilingsOfResults,
    result: catalogue.PageFormat,
) -> None:
    """Report all costs of a model, or of several compared with the first, as one HTML file or as Markdown."""
    if result.is_default:
        result.output = _free([each.model.name for each in models])
    import shlex

    from costcalc.inference import infer
    from costcalc.report import Subject
    from costcalc.report.build import report as build
    from costcalc.report.roofline import measurements

    subjects = [Subject(each.model, each.knobs, infer(each.model, each.knobs)) for each in models]
    document = build(subjects, shlex.join([PROGRAM, "report", *ctx.meta[ARGUMENTS]]), measurements(results, ceilings))
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
        raise UsageError(f"{path} exists and is not a costcalc report", hint="use --output FILE")
    return path


def _is_report(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return b'<meta name="generator" content="costcalc ' in file.read(2048)
    except OSError:
        return False
