"""``costcalc audit``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

from costcalc.cli import catalogue
from costcalc.cli.boundary import PROGRAM
from costcalc.cli.command import PlainCommand, command
from costcalc.cli.knobs import ARGUMENTS
from costcalc.errors import CheckFailed, UsageError, file_reason, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costcalc.audit import Document, Finding
    from costcalc.audit.coverage import Coverage

__all__ = ["audit"]

MOST = 12
"""How many missing numbers of a text an error names."""

MAX_TEXT = 4 * 2**20
"""How many characters the text of a document may have."""


@command(PlainCommand)
def audit(
    ctx: typer.Context,
    documents: catalogue.Documents,
    explain: catalogue.Explain,
    text: catalogue.Text,
    result: catalogue.AuditFormat,
) -> None:
    """Re-derive every cost figure of documents: exact, rounded, explained by a convention, or not derivable."""
    if text is not None and len(documents) != 1:
        raise UsageError("--text requires exactly one DOCUMENT")

    from costcalc import audit as audits

    chosen = audits.documents(documents or audits.shipped_documents())

    findings = audits.audit(chosen)
    line = shlex.join([PROGRAM, "audit", *ctx.meta[ARGUMENTS]])
    if explain is not None:
        one = _one(findings, explain)
        if result.format == "html":
            from costcalc.outputs.page import html
            from costcalc.report.audit import claim_page

            result.text(html.render(claim_page(one, line)))
        else:
            result.table(audits.steps_table(one))
        return
    covered = None if text is None else _coverage(chosen[0], text)
    if result.format == "html":
        from costcalc.outputs.page import html
        from costcalc.report.audit import audit_page

        result.text(html.render(audit_page(chosen, findings, line, covered)))
    elif result.format in ("table", "markdown"):
        tables = [audits.findings_table(each, [one for one in findings if one.document is each]) for each in chosen]
        result.tables(*tables, audits.summary_table(chosen, findings, covered))
    else:
        result.table(audits.verdicts_table(chosen, findings, covered))
    failed = [finding for finding in findings if finding.faults]
    if failed:
        count = f"{len(failed)} claim{'' if len(failed) == 1 else 's'} failed"
        raise CheckFailed(f"{count}; {failed[0].id}: {failed[0].faults[0]}", hint=_places(failed))
    if covered is not None and (wrong := _uncovered(chosen[0], covered)):
        raise CheckFailed(wrong)


def _one(findings: Sequence[Finding], id: str) -> Finding:
    """The finding called ``id``. Raises UsageError where there is none, or several."""
    found = [finding for finding in findings if id in (finding.id, finding.claim.id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"--explain {id}: found in several documents", hint=", ".join(each.id for each in found))
    known = [finding.id for finding in findings] + [finding.claim.id for finding in findings]
    raise UsageError(f"--explain {shown(id)}: no such claim", hint=nearest(id, known))


def _places(failed: Sequence[Finding]) -> str:
    return ", ".join(f"{one.claim.node.file}:{one.claim.node.line}" for one in failed[:MOST])


def _coverage(document: Document, path: str) -> Coverage:
    from costcalc.audit.coverage import coverage

    try:
        with open(path, encoding="utf-8") as stream:
            content = stream.read(MAX_TEXT + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"--text {shown(path)}: cannot be read: {file_reason(error)}") from None
    if not content.strip():
        raise UsageError(f"--text {shown(path)}: the file is empty: no number to check")
    if len(content) > MAX_TEXT:
        raise UsageError(f"--text {shown(path)}: longer than {MAX_TEXT:,} characters")
    return coverage(document, content)


def _uncovered(document: Document, covered: Coverage) -> str:
    """What is wrong with the coverage of a text; nothing where all is right."""
    parts = []
    if covered.missing:
        shown_ones = "; ".join(
            f"line {one.line}: {shown(one.text)} in {shown(one.context)}" for one in covered.missing[:MOST]
        )
        number = (
            "1 number of the text is"
            if len(covered.missing) == 1
            else f"{len(covered.missing):,} numbers of the text are"
        )
        parts.append(f"{number} not accounted for: {shown_ones}")
    if covered.absent:
        quotation = "1 quotation is" if len(covered.absent) == 1 else f"{len(covered.absent):,} quotations are"
        parts.append(f"{quotation} not in the text: {shown(covered.absent[0])}")
    if not parts and document.coverage not in (None, covered.counts):
        parts.append(f"recorded: {_counts(document.coverage or {})}; now: {_counts(covered.counts)}")
    return "; ".join(parts)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())
