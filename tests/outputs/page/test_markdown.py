"""Documents as Markdown."""

import re

from costcalc.outputs.page import markdown
from costcalc.outputs.page.document import Document, Picture, Section, Text
from tests.outputs.charts.tables import CHARTED, EVIL
from tests.outputs.page.documents import DOCUMENT, LONG

TEXT = markdown.render(DOCUMENT)


def test_a_name_is_text_wherever_it_stands() -> None:
    """No tag is left but the two of a fold, outside code spans, where Markdown shows everything as it is."""
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", re.sub(r"```mermaid\n.*?\n```", "", TEXT, flags=re.DOTALL))
    assert set(re.findall(r"<[^>]*>", outside)) == {"<details>", "<summary>", "</summary>", "</details>"}
    assert '&lt;img src="x"' in outside or "&lt;img src=&quot;x&quot;" in outside


def test_long_tables_are_folded() -> None:
    """Those that would push everything else away."""
    assert len(LONG.rows) > markdown.LONG
    folds = re.findall(r"<details><summary>(.*?)</summary>\n\n### (.*)", TEXT)
    assert len(folds) == 2
    assert folds[0][0].startswith("Long &lt;img")


def test_the_graph_is_mermaid_and_other_charts_are_their_tables() -> None:
    """One flowchart, of the picture that is not folded; no SVG, which step summaries drop."""
    assert TEXT.count("```mermaid\nflowchart TD\n") == 1
    assert "<svg" not in TEXT


def test_a_formula_and_the_command_are_code() -> None:
    """Behind more backticks than they have."""
    assert "`3*alpha^2<x>/2`" in TEXT
    assert f"```costcalc report '{EVIL[0]}' `x` ``y`` ```" in TEXT.replace("``` costcalc", "```costcalc")


def test_a_section_without_parts_is_left_out() -> None:
    """One whose only part is a chart, which Markdown has not, has no heading."""
    sections = [
        Section("a", "Charts alone", [Picture("memory", CHARTED["memory"], "Memory")]),
        Section("b", "With words", [Text("Words.")]),
    ]
    text = markdown.render(Document("T", sections, "costcalc", "1"))
    assert "Charts alone" not in text
    assert "## With words\n\nWords.\n" in text


def test_the_same_document_is_the_same_text() -> None:
    """Byte for byte."""
    assert markdown.render(DOCUMENT) == TEXT
