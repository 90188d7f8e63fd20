"""Where documents are: shipped names, or paths of files."""

from __future__ import annotations

import os
from functools import cache

from costcalc.audit.document import Document
from costcalc.audit.read import read_document
from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.shipped import shipped, shipped_file

__all__ = ["document", "shipped_documents"]


def shipped_documents() -> list[str]:
    """The names of the documents that costcalc brings."""
    return shipped("papers")


def document(name: str) -> Document:
    """The document called ``name``: a shipped one, or the path of a YAML file.

    Raises UsageError for a name that is neither, SpecError for a document that is wrong.
    """
    if "/" in name or os.sep in name or name.endswith((".yaml", ".yml")):
        return read_document(name)
    if name not in shipped_documents():
        hint = nearest(name, shipped_documents())
        raise UsageError(f"no document {shown(name)}: neither a shipped one nor a file", hint=hint)
    return _shipped(name)


@cache
def _shipped(name: str) -> Document:
    return read_document(*shipped_file("papers", name))
