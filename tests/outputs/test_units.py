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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0%"),
        (-0.336449, "-33.6%"),
        (0.5, "+50.0%"),
        (12.5, "+1,250.0%"),
        (0.0004, "+0.04%"),
        (-1e-9, "-1e-07%"),
    ],
)
def test_a_change_has_a_sign_and_never_reads_as_none(value: float, text: str) -> None:
    """A change too small for one decimal keeps its first digit."""
    assert units.change(value) == text
    assert units.cell(value, "change") == text


def test_a_difference_has_a_sign() -> None:
    """Of whole numbers and of others; nothing has none."""
    assert [units.cell(value, "difference") for value in (5, -5, 0, 0.25, -0.25)] == ["+5", "-5", "0", "+0.25", "-0.25"]


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


def test_a_bar_is_as_long_as_its_share() -> None:
    """In eighths of a character; in whole ones where the terminal has no others."""
    block, eighth = "\N{FULL BLOCK}", "\N{LEFT ONE EIGHTH BLOCK}"
    assert units.bar(1.0, 8) == 8 * block
    assert units.bar(0.5, 8) == 4 * block
    assert units.bar(17 / 64, 8) == 2 * block + eighth  # 8 * 17 / 64 = 2 + 1/8
    assert units.bar(0.0, 8) == ""
    assert units.bar(0.5, 8, unicode=False) == "####"
    assert units.cell(1.0, "bar") == 40 * block
    assert not units.is_number(Column("bar", "Bar", "bar"))


def test_a_cell_says_what_it_holds() -> None:
    """Nothing is empty, a flag is a word, text is one printable line."""
    assert units.cell(None, "macs") == ""
    assert units.cell(True) == "yes"
    assert units.cell(1.0) == "1"
    assert units.cell(1, "share") == "100.0%"
    assert units.cell("a\tb\n\x1b[31m") == "a b \N{REPLACEMENT CHARACTER}[31m"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0012345, "0.00123"),
        (0.5, "0.500"),
        (1, "1.00"),
        (12.345, "12.3"),
        (123.45, "123"),
        (1234.5, "1,234"),
        (-3.14159, "-3.14"),
    ],
)
def test_what_is_measured_has_three_digits(value: float, text: str) -> None:
    """Those before the point are never rounded to zeros."""
    assert units.measured(value) == text
    assert units.cell(value, "ms") == text
    assert units.cell(value, "ratio") == text


def test_words_stand_in_columns_of_measurements() -> None:
    """What could not be measured says why."""
    assert units.cell("out of memory", "ms") == "out of memory"
    assert units.heading(Column("time", "Time", "ms")) == "Time (ms)"
    assert units.heading(Column("ratio", "Ratio", "ratio")) == "Ratio"
