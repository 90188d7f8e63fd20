"""The audit: rederives every published claim of a document and gives a verdict."""

from costcalc.audit.document import Claim, Derivation, Document, Listed, Published, Subject
from costcalc.audit.library import document, documents, shipped_documents
from costcalc.audit.published import published
from costcalc.audit.tables import findings_table, steps_table, summary_table, verdicts_table
from costcalc.audit.verdicts import Finding, audit

__all__ = [
    "Claim",
    "Derivation",
    "Document",
    "Finding",
    "Listed",
    "Published",
    "Subject",
    "audit",
    "document",
    "documents",
    "findings_table",
    "published",
    "shipped_documents",
    "steps_table",
    "summary_table",
    "verdicts_table",
]
