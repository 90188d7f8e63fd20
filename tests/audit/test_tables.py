"""The audit as tables: what the summary tells of documents with a text, and of those without."""

from __future__ import annotations

from pathlib import Path

from costcalc.audit import audit, document, findings_table, summary_table
from costcalc.audit.coverage import coverage
from costcalc.table import Table

PAPER = """title: A net
authors: Nobody
source: nowhere
claims:
  - {id: params, place: Table 1, text: 3.5M parameters, printed: 3.5M, model: mobilenetv2, value: params}
"""


def summary(*names: str) -> Table:
    """The summary of the documents called ``names``."""
    documents = [document(name) for name in names]
    return summary_table(documents, audit(documents))


def keys(table: Table) -> set[str]:
    """The columns of ``table``."""
    return {column.key for column in table.columns}


def test_documents_without_a_text_have_no_columns_and_no_words_on_it() -> None:
    """Nothing was searched: nothing is said of what was found."""
    table = summary("keras", "lenet")
    assert not any(key.startswith("numbers") for key in keys(table))
    assert not any("text" in note for note in table.notes)
    assert table.total is not None
    assert (table.total["claims"], table.total["exact"], table.total["explained"]) == (2 + 6, 6, 2)


def test_a_document_with_a_text_tells_the_numbers_that_were_found_in_it() -> None:
    """76 of the notes: 12 in claims and 64 that are none."""
    table = summary("keras", "mobilenetv2-notes")
    row = table.rows[1]
    assert (row["numbers"], row["numbers_claims"], row["numbers_published"], row["numbers_listed"]) == (76, 12, 0, 64)
    assert "numbers" not in table.rows[0]


def test_a_text_that_is_searched_now_is_what_the_summary_tells(tmp_path: Path) -> None:
    """Numbers that nothing accounts for are among those of the text."""
    path = tmp_path / "paper.yaml"
    path.write_text(PAPER, encoding="utf-8")
    paper = document(str(path))
    found = coverage(paper, "3.5M parameters and 300M MACs after 30 epochs")
    table = summary_table([paper], audit([paper]), found)
    assert (table.rows[0]["numbers"], table.rows[0]["numbers_claims"], table.rows[0]["numbers_listed"]) == (3, 1, 0)
    assert table.notes[-1].endswith("2 not covered.")


def test_the_verdict_stands_before_what_may_be_long() -> None:
    """Explanations and expressions are the last columns: on a screen the verdict is seen without scrolling."""
    notes = document("mobilenetv2-notes")
    table = findings_table(notes, audit([notes]))
    assert [column.key for column in table.columns] == ["id", "place", "verdict", "printed", "derived", "how", "what"]
