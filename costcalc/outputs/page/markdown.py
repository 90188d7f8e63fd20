"""A document as Markdown, for a step summary or a comment: tables, formulas as code, the graph as Mermaid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.outputs import markdown as tables
from costcalc.outputs.markdown import escape
from costcalc.outputs.page import mermaid
from costcalc.outputs.page.document import MOST, Card, Document, Folded, Formula, Notes, Part, Picture, Text
from costcalc.outputs.units import line
from costcalc.table import Table

__all__ = ["LONG", "render"]

LONG = 30
"""A table with more rows than this is folded."""


def render(document: Document) -> str:
    """``document`` as GitHub-flavoured Markdown. Charts are left out: what they show stands in the tables."""
    blocks = [f"# {escape(document.title)}"]
    for section in document.sections:
        parts = [block for part in section.parts for block in _part(part)]
        if parts:
            blocks += [f"## {escape(section.title)}", *parts]
    blocks.append(f"Made by costcalc {escape(document.version)}: {_code(document.command)}")
    return "\n\n".join(blocks) + "\n"


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Table) and len(part.rows) <= LONG:
        yield _table(part)
    elif isinstance(part, (Folded, Table)):
        table, caption = (part, part.title) if isinstance(part, Table) else (part.table, part.caption)
        yield f"<details><summary>{_entities(caption)}</summary>\n\n{_table(table)}\n\n</details>"
    elif isinstance(part, Text):
        yield escape(part.text)
    elif isinstance(part, Formula):
        yield f"{escape(part.name)} = {_code(part.text)}"
        yield from _list(part.notes)
    elif isinstance(part, Notes):
        yield from _list(part.lines)
    elif isinstance(part, Picture):
        if part.chart == "graph" and not part.folded and len(part.table.rows) <= mermaid.MOST:
            yield f"{escape(part.caption)}\n\n```mermaid\n{mermaid.flowchart(part.table)}\n```"
    else:
        assert isinstance(part, Card)
        figures = (f"{escape(title)}: **{escape(number)}** {escape(unit)}" for title, number, unit in part.figures)
        yield f"**{escape(part.title)}** {escape(part.subtitle)}\n\n" + "\n".join(
            f"- {each.rstrip()}" for each in figures
        )


def _table(table: Table) -> str:
    """``table``, of which a long one is cut: GitHub shows no summary beyond a mebibyte."""
    if len(table.rows) > MOST:
        left_out = f"The first {MOST:,} of {len(table.rows):,} rows; the HTML report has all of them."
        table = table._replace(rows=table.rows[:MOST], notes=[left_out, *table.notes])
    return tables.render(table).rstrip("\n")


def _list(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(f"- {escape(each)}" for each in lines)


def _entities(text: str) -> str:
    """``text`` inside an HTML element, where Markdown leaves it alone."""
    from html import escape

    return escape(line(text))


def _code(text: str) -> str:
    """``text`` as code: fenced by more backticks than it has in a row."""
    text = line(text)
    fence = "`"
    while fence in text:
        fence += "`"
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"
