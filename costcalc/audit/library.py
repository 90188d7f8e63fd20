"""Lookup of documents: shipped names or file paths."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from functools import cache

from costcalc.audit.document import Document
from costcalc.audit.read import read_document
from costcalc.spec.shipped import find, is_path, shipped

__all__ = ["document", "documents", "shipped_documents"]


def shipped_documents() -> list[str]:
    """The names of the shipped documents."""
    return shipped("papers")


def document(name: str) -> Document:
    """The document called ``name``: a shipped one, or the path of a YAML file.

    Raises UsageError for a name that is neither, SpecError for a document that is wrong.
    """
    return _read(*find("papers", "document", name)) if not is_path(name) else read_document(name)


def documents(names: Iterable[str]) -> list[Document]:
    """The documents called ``names``, each once, by whatever path its file is reached. No two of them have one name.

    A file that shares its name with another document has its path as its name, so that each claim has its own id.
    Raises UsageError and SpecError as `document` does.
    """
    found: dict[tuple[bool, str], Document] = {}
    for name in names:
        is_file = is_path(name)
        found.setdefault((is_file, os.path.realpath(name) if is_file else name), document(name))
    counts = Counter(one.name for one in found.values())
    return [
        one._replace(name=one.file) if is_file and counts[one.name] > 1 else one for (is_file, _), one in found.items()
    ]


@cache
def _read(path: str, file: str) -> Document:
    return read_document(path, file)
