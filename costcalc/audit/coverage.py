"""Coverage: which numbers of a document belong to a claim, to a published figure, or to no claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costcalc.amounts import NUMBER
from costcalc.audit.document import COVERED, Document

__all__ = ["Coverage", "Number", "coverage"]


class Number(NamedTuple):
    """A number in a text: its line and its context."""

    line: int
    text: str
    context: str


class Coverage(NamedTuple):
    """The numbers of a text by the kind of entry that covers them; the first entry wins.

    ``missing``: the numbers not covered; ``absent``: the quotations not found in the text.
    """

    counts: dict[str, int]
    missing: tuple[Number, ...]
    absent: tuple[str, ...]


def coverage(document: Document, text: str) -> Coverage:
    """The coverage of each number of ``text`` by ``document``.

    A quotation covers as many occurrences as there are entries with it; one marked ``everywhere`` covers all whole
    occurrences.
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
    """The occurrences of ``quotation``, except inside a longer number."""
    before = r"(?<![0-9])" if quotation[:1].isdigit() else ""
    after = r"(?![0-9])" if quotation[-1:].isdigit() else ""
    for match in re.finditer(f"{before}{re.escape(quotation)}{after}", text):
        yield match.span()


def _flat(text: str) -> tuple[str, list[int]]:
    """``text`` with whitespace collapsed, and the line of each character."""
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
