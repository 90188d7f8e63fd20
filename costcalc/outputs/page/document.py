"""What a page is made of, before it has a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from costcalc.table import Table

__all__ = ["MOST", "Card", "Document", "Folded", "Formula", "Notes", "Part", "Picture", "Section", "Text"]

MOST = 500
"""A page shows this many rows of a table; those beyond are shown when they are asked for."""


class Text(NamedTuple):
    """A sentence."""

    text: str


class Notes(NamedTuple):
    """Sentences that say what the numbers beside them are."""

    lines: Sequence[str]


class Card(NamedTuple):
    """The figures of a model that are read first: each a title, a number as people read it, and its unit."""

    title: str
    subtitle: str
    figures: Sequence[tuple[str, str, str]]


class Picture(NamedTuple):
    """The chart called ``chart`` (of `costcalc.outputs.charts`) of ``table``, and what it shows.

    ``folded``: it waits behind its caption until somebody wants to see it.
    """

    chart: str
    table: Table
    caption: str
    folded: bool = False


class Formula(NamedTuple):
    """``name`` = an expression, as LaTeX and as text, and ``notes`` that say for what it holds."""

    name: str
    latex: str
    text: str
    notes: Sequence[str] = ()


class Folded(NamedTuple):
    """A table that waits behind its caption."""

    caption: str
    table: Table


Part: TypeAlias = Text | Notes | Card | Picture | Formula | Folded | Table


class Section(NamedTuple):
    """``parts`` under a title; ``key`` is its address in the page. A section without data says what gives it."""

    key: str
    title: str
    parts: Sequence[Part]


class Document(NamedTuple):
    """A page: its title, the sections, and the command and version that made it."""

    title: str
    sections: Sequence[Section]
    command: str
    version: str
