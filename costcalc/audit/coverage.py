"""Which numbers of a document are accounted for: by a claim, by a published figure, or as no claim at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costcalc.amounts import NUMBER
from costcalc.audit.document import COVERED, Document

__all__ = ["Coverage", "Number", "coverage"]


class Number(NamedTuple):
    """A number of a text: where it stands, and the line around it."""

    line: int
    text: str
    context: str


class Coverage(NamedTuple):
    """The numbers of a text by what accounts for them, first come, first served.

    ``missing`` are those that nothing accounts for, ``absent`` the quotations that the text does not have.
    """

    counts: dict[str, int]
    missing: tuple[Number, ...]
    absent: tuple[str, ...]


def coverage(document: Document, text: str) -> Coverage:
    """Where each number of ``text`` is accounted for in ``document``.

    A quotation covers as many of its occurrences as there are entries with it; one that is everywhere, all that no
    letter or digit extends.
    """
    flat, lines = _flat(text)
    found = [each.span() for each in NUMBER.finditer(flat)]
    owner: dict[int, str] = {}
    absent = []

    def take(kind: str, start: int, end: int) -> None:
        for first, last in found:
            if start <= first and last <= end:
                owner.setdefault(first, kind)

    for kind, quotations in _quotations(document).items():
        for quotation in dict.fromkeys(quotations):
            if quotation is None:
                continue
            places = list(_places(flat, quotation))
            if not places:
                absent.append(quotation)
            for start, end in places[: quotations.count(quotation)]:
                take(kind, start, end)
    for each in document.listed:
        if each.everywhere and each.text is not None:
            for match in re.finditer(rf"(?<![0-9]){re.escape(each.text)}(?![0-9])", flat):
                take("listed", *match.span())
    counts = {kind: sum(1 for value in owner.values() if value == kind) for kind in COVERED}
    missing = tuple(
        Number(lines[first], flat[first:last], flat[max(0, first - 30) : last + 30].strip())
        for first, last in found
        if first not in owner
    )
    return Coverage(counts, missing, tuple(absent))


def _quotations(document: Document) -> dict[str, list[str | None]]:
    entries: dict[str, Iterable[str | None]] = {
        "claims": [claim.text for claim in document.claims],
        "published": [figure.text for figure in document.published],
        "listed": [entry.text for entry in document.listed if not entry.everywhere],
    }
    return {kind: list(texts) for kind, texts in entries.items()}


def _places(text: str, quotation: str) -> Iterator[tuple[int, int]]:
    """Where ``quotation`` stands, not cut out of a longer number."""
    before = r"(?<![0-9])" if quotation[:1].isdigit() else ""
    after = r"(?![0-9])" if quotation[-1:].isdigit() else ""
    for match in re.finditer(f"{before}{re.escape(quotation)}{after}", text):
        yield match.span()


def _flat(text: str) -> tuple[str, list[int]]:
    """``text`` with every run of white space as one blank, and the line of each character."""
    flat: list[str] = []
    lines: list[int] = []
    line = 1
    for character in text:
        if character.isspace():
            if flat and flat[-1] != " ":
                flat.append(" ")
                lines.append(line)
            line += character == "\n"
        else:
            flat.append(character)
            lines.append(line)
    return "".join(flat), lines
