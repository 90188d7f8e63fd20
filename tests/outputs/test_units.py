"""Numbers as people read them."""

import pytest

from costcalc.outputs import units
from costcalc.table import Column


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0%"), (0.253, "25.3%"), (1.0, "100.0%"), (0.0001, "<0.1%"), (0.99999, ">99.9%"), (0.0005, "0.1%")],
)
def test_a_share_reads_as_nothing_or_all_only_where_it_is(value: float, text: str) -> None:
    """A small share is not 0.0%, a large one not 100.0%."""
    assert units.share(value) == text


def test_a_shape_is_its_sizes_with_crosses() -> None:
    """One size stands alone; several shapes are parted by commas."""
    assert units.shape((32, 112, 112)) == "32 x 112 x 112"
    assert units.shape((1000,)) == "1000"
    assert units.cell(((3, 8, 8), (5,))) == "3 x 8 x 8, 5"


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (Column("macs", "MACs", "macs"), "MACs"),
        (Column("v2", "mobilenetv2", "macs"), "mobilenetv2 (MACs)"),
        (Column("p", "Parameters (stored)", "params"), "Parameters (stored)"),
        (Column("share", "Share", "share"), "Share"),
        (Column("name", "Layer"), "Layer"),
    ],
)
def test_a_heading_names_the_unit_of_its_numbers(column: Column, text: str) -> None:
    """The unit is added where the title does not hold it."""
    assert units.heading(column) == text


def test_a_cell_says_what_it_holds() -> None:
    """Nothing is empty, a flag is a word, text is one printable line."""
    assert units.cell(None, "macs") == ""
    assert units.cell(True) == "yes"
    assert units.cell(1.0) == "1"
    assert units.cell(1, "share") == "100.0%"
    assert units.cell("a\tb\n\x1b[31m") == "a b \N{REPLACEMENT CHARACTER}[31m"
