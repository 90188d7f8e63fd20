"""JUnit XML."""

from xml.etree import ElementTree

from costcalc.outputs.junit import render
from costcalc.table import Column, Table

NASTY = '<b a="1">\'&\x1b\u2028]]>'


def made(*rows: dict[str, str | None]) -> str:
    """The XML of these rows."""
    table = Table("t", (Column("who", "Who"),), rows)
    return render(table, f"suite {NASTY}", group="who", case="what", failure="why")


def test_a_row_is_a_case() -> None:
    """With a failure where there is a reason for one, and counts that say how many."""
    root = ElementTree.fromstring(made({"who": "a", "what": "x"}, {"who": "b", "what": "y", "why": "because"}))
    (suite,) = root
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    assert [(case.attrib["classname"], case.attrib["name"], len(case)) for case in suite] == [
        ("a", "x", 0),
        ("b", "y", 1),
    ]
    assert suite[1][0].attrib == {"message": "because"}


def test_any_text_gives_xml() -> None:
    """Markup is text, and what XML cannot hold is replaced."""
    root = ElementTree.fromstring(made({"who": NASTY, "what": NASTY, "why": NASTY}).encode())
    (suite,) = root
    assert '<b a="1">\'&' in suite[0].attrib["name"]
    assert "]]>" in suite[0][0].attrib["message"]


def test_no_rows_are_a_suite_without_cases() -> None:
    """And the same rows give the same text."""
    assert len(ElementTree.fromstring(made())[0]) == 0
    assert made({"who": "a", "what": "x"}) == made({"who": "a", "what": "x"})
