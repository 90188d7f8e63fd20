"""Documents and what they print: claims that the audit derives again, and figures that no architecture decides."""

from costcalc.papers.document import Claim, Derivation, Document, Listed, Published, Subject
from costcalc.papers.library import document, shipped_documents
from costcalc.papers.published import published

__all__ = [
    "Claim",
    "Derivation",
    "Document",
    "Listed",
    "Published",
    "Subject",
    "document",
    "published",
    "shipped_documents",
]
