"""The audit as a document, which `costcalc.outputs.page` makes a page of."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc import __version__
from costcalc.audit import Finding, findings_table, steps_table, summary_table
from costcalc.audit.coverage import Coverage
from costcalc.audit.document import Document
from costcalc.outputs.page.document import Document as Page
from costcalc.outputs.page.document import Folded, Part, Section, Text

__all__ = ["audit_page", "claim_page"]


def audit_page(
    documents: Sequence[Document], findings: Sequence[Finding], command: str, covered: Coverage | None = None
) -> Page:
    """The summary, and of each of ``documents`` its claims and the arithmetic of those that are not plain.

    ``command`` is what made the page, ``covered`` what accounts for the numbers of the one document's text.
    """
    sections = [Section("summary", "Summary", [summary_table(documents, findings, covered)])]
    for number, document in enumerate(documents, start=1):
        own = [finding for finding in findings if finding.document is document]
        parts: list[Part] = [Text(f"{document.authors}: {document.source}"), findings_table(document, own)]
        for finding in own:
            if finding.others or finding.faults:
                table = steps_table(finding)
                parts.append(Folded(table.title, table))
        sections.append(Section(f"document-{number}", document.title, parts))
    title = f"Audit of {documents[0].title if len(documents) == 1 else f'{len(documents)} documents'}"
    return Page(title, sections, command, __version__)


def claim_page(finding: Finding, command: str) -> Page:
    """The arithmetic of one claim."""
    table = steps_table(finding)
    return Page(table.title, [Section("claim", finding.document.title, [table])], command, __version__)
