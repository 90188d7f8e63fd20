"""The closed forms of a table as LaTeX: an ``align*`` with a line for each, and the notes as comments."""

from __future__ import annotations

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table) -> str:
    """The forms that ``table.about`` holds under ``forms``, each under its name; needs the package amsmath."""
    lines = [f"% {units.line(table.title)}", *(f"% {units.line(note)}" for note in table.notes), r"\begin{align*}"]
    forms = [rf"\text{{{_escaped(name)}}} &= {form['latex']}" for name, form in table.about["forms"].items()]
    lines.append(" \\\\\n".join(forms))
    lines.append(r"\end{align*}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return units.line(text).replace("_", r"\_")
