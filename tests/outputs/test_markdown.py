"""Tables as Markdown."""

import re

from costcalc.outputs import markdown
from tests.outputs.tables import ODD, SMALL


def test_a_table_is_written_as_github_reads_it() -> None:
    """A heading, the table with numbers to the right and a bold total, the notes as a list."""
    assert markdown.render(SMALL) == (
        "### Multiply-accumulates\n"
        "\n"
        "| Layer | Output | MACs | Share |\n"
        "| --- | --- | ---: | ---: |\n"
        "| stem | 32 x 112 x 112 | 10,838,016 | 75.0% |\n"
        "| linear | 1000 | 1,280,000 | 25.0% |\n"
        "| **total** |  | **12,118,016** | **100.0%** |\n"
        "\n"
        "- MACs for one image.\n"
    )


def test_what_markdown_would_read_is_escaped() -> None:
    """Pipes, backticks, HTML, emphasis, links and newlines show as themselves."""
    assert markdown.escape("a|b") == r"a\|b"
    assert markdown.escape("`x`") == r"\`x\`"
    assert markdown.escape("<b>&amp;") == "&lt;b&gt;&amp;amp;"
    assert markdown.escape("one\ntwo\r\nthree") == "one two  three"
    assert markdown.escape("[a](b) *c* ~d~ $e$") == r"\[a\](b) \*c\* \~d\~ \$e\$"
    assert markdown.escape("a\\|b") == r"a\\\|b"
    assert markdown.escape("stage6_1 _x_ __y") == r"stage6_1 \_x\_ \_\_y"


def test_no_name_adds_a_cell_or_a_line() -> None:
    """Every row has as many cells as there are columns, whatever the names hold."""
    lines = markdown.render(ODD).splitlines()[2:]
    assert len(lines) == 2 + len(ODD.rows)
    for line in lines:
        assert len(re.findall(r"(?<!\\)\|", line)) == 3
        assert not re.search(r"(?<!\\)`|<", line)
