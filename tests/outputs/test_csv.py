"""Tables as csv."""

import csv
from io import StringIO

import pytest

from costcalc.outputs import csv_
from costcalc.table import Column, Table
from tests.outputs.tables import ODD, SMALL


def test_a_table_is_its_rows_as_rfc_4180_has_them() -> None:
    """Keys as the header, raw numbers, CR LF; no total, which a sum over the column would count twice."""
    assert csv_.render(SMALL) == (
        "name,shape,macs,share\r\nstem,32 x 112 x 112,10838016,0.75\r\nlinear,1000,1280000,0.25\r\n"
    )


@pytest.mark.parametrize("name", ["a,b", 'say "x"', "two\nlines", "two\r\nlines", " blank ", "層"])
def test_a_name_comes_back_as_it_was(name: str) -> None:
    """Commas, quotes and newlines are quoted."""
    text = csv_.render(Table("T", (Column("name", "Name"), Column("n", "N", "count")), ({"name": name, "n": 2**80},)))
    assert list(csv.reader(StringIO(text, newline=""))) == [["name", "n"], [name, str(2**80)]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}"])
def test_no_text_becomes_a_formula(start: str) -> None:
    """A spreadsheet shows the text behind an apostrophe, in cells and in the header; numbers keep their sign."""
    name = f'{start}HYPERLINK("x")'
    columns = (Column("name", "Name"), Column(f"{start}model.macs", "MACs", "macs"))
    table = Table("T", columns, ({"name": name, f"{start}model.macs": -5},))
    header, row = csv.reader(StringIO(csv_.render(table), newline=""))
    assert header == ["name", f"'{start}model.macs"]
    assert row == [f"'{name}", "-5"]


def test_flags_and_absent_cells_have_words_of_their_own() -> None:
    """true and false as in JSON, nothing for None."""
    columns = (Column("a", "A"), Column("b", "B"), Column("c", "C"))
    assert csv_.render(Table("T", columns, ({"a": True, "b": False, "c": None},))).splitlines()[1] == "true,false,"


def test_odd_names_add_no_rows() -> None:
    """A reader finds as many rows as the table has."""
    assert len(list(csv.reader(StringIO(csv_.render(ODD), newline="")))) == 1 + len(ODD.rows)
