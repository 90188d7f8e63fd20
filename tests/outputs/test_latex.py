"""Closed forms as LaTeX."""

from costcalc.outputs.latex import render
from costcalc.table import Table


def test_each_form_is_a_line_and_the_notes_are_comments() -> None:
    """Names are escaped; nothing in a comment ends it."""
    about = {"forms": {"avg_pool": {"latex": "m^{2}"}, "total": {"latex": "2 m^{2}"}}}
    table = Table(title="Forms", columns=(), rows=(), notes=["one\ntwo"], about=about)
    assert render(table) == (
        "% Forms\n% one two\n\\begin{align*}\n"
        "\\text{avg\\_pool} &= m^{2} \\\\\n\\text{total} &= 2 m^{2}\n\\end{align*}\n"
    )
