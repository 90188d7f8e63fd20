"""The rows that a page keeps for later."""

import json

from costcalc.outputs.page import html, markdown, rows
from costcalc.outputs.page.document import MOST, Document, Folded, Section
from costcalc.table import Column, Table

COLUMNS = (Column("name", "Name"), Column("macs", "MACs", "macs"), Column("share", "Share", "share"))
DEEP = Table(
    "Deep",
    COLUMNS,
    [{"name": f"</script>{n}", "macs": 1000 + n % 2, "share": 0.25} for n in range(MOST + 3)],
)


def test_a_short_table_keeps_none() -> None:
    """As many rows as a page shows."""
    assert rows.later(DEEP._replace(rows=DEEP.rows[:MOST])) is None


def test_different_cells_are_said_once() -> None:
    """Each with its text and what it is sorted by; no text can end the element that holds it."""
    text = rows.later(DEEP)
    assert text is not None
    assert "<" not in text
    assert json.loads(text) == [
        {"cells": [f"</script>{MOST}", f"</script>{MOST + 1}", f"</script>{MOST + 2}"]},
        {"cells": [1000, 1001], "rows": [0, 1, 0]},
        {"cells": [["25.0%", 0.25, "0.2500"]], "rows": [0, 0, 0]},
    ]


def test_a_number_that_javascript_cannot_hold_keeps_its_digits() -> None:
    """2**53 + 1 is the first whole number that a double is not."""
    table = Table("T", COLUMNS[1:2], [{"macs": 2**53 + 1}] * (MOST + 1))
    assert json.loads(rows.later(table) or "") == [{"cells": [["9,007,199,254,740,993", 2**53 + 1]]}]


def test_a_page_of_a_deep_table_shows_its_beginning() -> None:
    """And Markdown says how much it leaves out."""
    document = Document("D", [Section("s", "S", [Folded("F", DEEP)])], "costcalc", "1")
    page = html.render(document)
    assert page.count("<tr>") == 1 + MOST
    assert f"The first {MOST} of {MOST + 3} rows" in page
    text = markdown.render(document)
    assert f"The first {MOST} of {MOST + 3} rows" in text
    assert text.count("\n| ") == MOST + 2
