"""``costcalc check``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from costcalc.cli import catalogue, streams
from costcalc.cli.command import PlainCommand, command
from costcalc.cli.rules import Excludes
from costcalc.errors import CheckFailed, file_reason, shown

if TYPE_CHECKING:
    from costcalc.comparison.budgets.tables import Checked
    from costcalc.comparison.budgets.verdict import Verdict

__all__ = ["check"]


@command(PlainCommand, Excludes("--update-baseline", ("--rev", "--junit"), "--update-baseline checks no budget"))
def check(
    budgets: catalogue.Budgets,
    update_baseline: catalogue.UpdateBaseline,
    rev: catalogue.Since,
    junit: catalogue.JUnit,
    result: catalogue.Format,
) -> None:
    """Check models against their budgets: exit status 1 if one is exceeded, with the layers responsible.

    In GitHub Actions, each failed budget is annotated at its line of the spec, and the step gets a summary.
    """
    if update_baseline:
        from costcalc.comparison.budgets.read import read
        from costcalc.comparison.budgets.verdict import written
        from costcalc.outputs.file import write

        for path, text in written(read(budgets), os.path.dirname(budgets)).items():
            write(text, path)
            streams.tell(f"wrote {path}")
        return
    from costcalc.comparison.budgets.tables import check as checked

    found = checked(budgets, rev)
    result.table(found.table)
    _report(found, budgets, junit)
    _judge(found)


def _report(found: Checked, file: str, junit: str | None) -> None:
    """The JUnit file; and in GitHub Actions the annotations, on stderr, and the summary of the step."""
    if junit is not None:
        from costcalc.outputs import junit as xml
        from costcalc.outputs.file import write

        write(xml.render(found.table, f"costcalc check {file}", group="model", case="case", failure="failure"), junit)
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from costcalc.comparison.budgets.tables import sentence
    from costcalc.outputs.github import annotation

    for verdict in found.broken:
        path, line = _place(verdict)
        streams.tell(annotation(sentence(verdict), file=path, line=line, title=f"costcalc: {verdict.budget.title}"))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        from costcalc.outputs import markdown

        try:
            with open(summary, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(f"{markdown.render(found.table)}\n")
        except OSError as error:  # the verdict on the budgets matters more
            streams.tell(f"costcalc: warning: cannot write the summary {shown(summary, 200)}: {file_reason(error)}")


def _place(verdict: Verdict) -> tuple[str, int]:
    """The file and line of the first layer responsible that are in the workspace; else those of the budget."""
    root = os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or os.curdir)
    for node in (*(layer.place for layer in verdict.layers), verdict.budget.node):
        path = os.path.relpath(os.path.realpath(node.file), root)
        if os.path.isfile(node.file) and path.split(os.sep, 1)[0] != os.pardir:
            return path.replace(os.sep, "/"), node.line
    return verdict.budget.node.file, verdict.budget.node.line


def _judge(found: Checked) -> None:
    """Raise CheckFailed for the first budget that is broken."""
    from costcalc.comparison.budgets.tables import sentence

    for first in found.broken[:1]:
        node, broken = first.budget.node, len(found.broken)
        count = f"{broken} of {len(found.verdicts)} budgets {'is' if broken == 1 else 'are'} broken"
        text = f"{count}: {sentence(first)}" if broken == 1 else f"{count}, the first: {sentence(first)}"
        raise CheckFailed(text, file=node.file, line=node.line, column=node.column)
