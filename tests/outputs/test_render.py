"""The choice of a form."""

import subprocess
import sys

import pytest

from costcalc.errors import UsageError
from costcalc.outputs import FILES, FORMATS, SUFFIXES, render
from tests.outputs.tables import ODD, SMALL


@pytest.mark.parametrize("format", FORMATS)
def test_every_form_gives_the_same_text_for_the_same_table(format: str) -> None:
    """Rendering is deterministic, and the text ends with a newline."""
    for table in (SMALL, ODD):
        text = render(table, format)
        assert text == render(table, format)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_the_forms_differ() -> None:
    """No two forms are the same text."""
    assert len({render(SMALL, format) for format in FORMATS}) == len(FORMATS)
    assert set(SUFFIXES.values()) == set(FILES) - {"table"}


def test_an_unknown_form_names_the_nearest() -> None:
    """A misspelt form is refused."""
    with pytest.raises(
        UsageError, match=r"format = jsn: must be one of table, markdown, json, csv, latex \(did you mean json\?\)"
    ):
        render(SMALL, "jsn")


@pytest.mark.parametrize("format", [format for format in FORMATS if format != "latex"])
def test_no_form_needs_a_large_library(format: str) -> None:
    """Neither pandas, numpy, sympy nor rich is imported; LaTeX alone is pandas's."""
    code = (
        "import sys; from costcalc.outputs import render; from costcalc.table import Column, Table\n"
        f"render(Table('T', (Column('a', 'A'),), ({{'a': 1}},)), {format!r})\n"
        "print([m for m in ('pandas', 'numpy', 'sympy', 'rich', 'torch', 'typer') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
