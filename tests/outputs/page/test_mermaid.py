"""Graphs as Mermaid."""

import html
import re

from costcalc.outputs.page.mermaid import flowchart
from costcalc.outputs.units import line
from tests.outputs.charts.tables import CHARTED, EVIL

TEXT = flowchart(CHARTED["graph"])


def test_a_box_for_each_row_and_a_line_for_each_input() -> None:
    """By number, so that no name can be a keyword of Mermaid's."""
    assert len(re.findall(r"^    n\d+\[", TEXT, flags=re.MULTILINE)) == len(EVIL)
    lines = re.findall(r"^    n(\d+) --> n(\d+)$", TEXT, flags=re.MULTILINE)
    assert [(int(a), int(b)) for a, b in lines] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (0, 4),
        (3, 4),
        *((n, n + 1) for n in range(4, 12)),
    ]
    assert len(TEXT.splitlines()) == 1 + len(EVIL) + len(lines)


def test_a_name_is_shown_as_it_is() -> None:
    """Mermaid's escapes give it back; nothing that Mermaid, HTML or Markdown reads is left in it."""
    labels = re.findall(r'\["(.*)"\]', TEXT)
    for name, label in zip(EVIL, labels, strict=True):
        first = label.split("<br>")[0]
        assert not set(first) & set("<>\"'`|[]{}&*\\/@")
        assert html.unescape(re.sub(r"#(\d+);", r"&#\1;", first)) == line(name)
