"""Where documents are: shipped names, or paths of files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from functools import cache

from costcalc.audit.document import Document
from costcalc.audit.read import read_document
from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.shipped import shipped, shipped_file

__all__ = ["document", "documents", "shipped_documents"]


def shipped_documents() -> list[str]:
    """The names of the documents that costcalc brings."""
    return shipped("papers")


def document(name: str) -> Document:
    """The document called ``name``: a shipped one, or the path of a YAML file.

    Raises UsageError for a name that is neither, SpecError for a document that is wrong.
    """
    if _is_file(name):
        return read_document(name)
    if name not in shipped_documents():
        hint = nearest(name, shipped_documents())
        if not name:
            raise UsageError("the name of a document is empty: give a shipped one or the path of a YAML file")
        raise UsageError(f"no document {shown(name)}: neither a shipped one nor a file", hint=hint)
    return _shipped(name)


def documents(names: Iterable[str]) -> list[Document]:
    """The documents called ``names``, each once, by whatever path its file is reached. No two of them have one name.

    A file that shares its name with another document has its path as its name, so that each claim has its own id.
    Raises UsageError and SpecError as `document` does.
    """
    found: dict[tuple[bool, str], Document] = {}
    for name in names:
        is_file = _is_file(name)
        found.setdefault((is_file, os.path.realpath(name) if is_file else name), document(name))
    counts = Counter(one.name for one in found.values())
    return [
        one._replace(name=one.file) if is_file and counts[one.name] > 1 else one for (is_file, _), one in found.items()
    ]


def _is_file(name: str) -> bool:
    return "/" in name or os.sep in name or name.endswith((".yaml", ".yml"))


@cache
def _shipped(name: str) -> Document:
    return read_document(*shipped_file("papers", name))
