"""The closed forms of a table as LaTeX: a line for each form and each letter in it; the notes are comments."""

from __future__ import annotations

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table) -> str:
    """The forms that ``table.about`` holds under ``forms``, each under its name; needs the package amsmath.

    After them stands what the ``letters`` in them mean.
    """
    letters = table.about.get("letters", {})
    notes = [note for note in table.notes if note.partition(" = ")[0] not in letters]
    lines = [f"% {units.line(table.title)}", *(f"% {units.line(note)}" for note in notes), r"\begin{align*}"]
    forms = [rf"\text{{{_escaped(name)}}} &= {form['latex']}" for name, form in table.about["forms"].items()]
    meanings = [rf"{_indexed(letter)} &= {meaning['latex']}" for letter, meaning in letters.items()]
    lines.append(" \\\\\n".join([*forms, *meanings]))
    lines.append(r"\end{align*}")
    return "\n".join(lines) + "\n"


def _indexed(letter: str) -> str:
    return f"{letter[0]}_{{{letter[1:]}}}"


def _escaped(text: str) -> str:
    return units.line(text).replace("_", r"\_")
