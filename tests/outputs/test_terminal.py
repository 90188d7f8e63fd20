"""The table that people look at."""

import re

import pytest

from costcalc.outputs import terminal
from costcalc.outputs.terminal import Terminal
from costcalc.table import Column, Table
from tests.outputs.tables import ODD, SMALL


def test_a_pipe_gets_the_whole_table_as_plain_text() -> None:
    """Title, headings, rows, total and notes; numbers to the right; no blanks at the ends of lines."""
    assert terminal.render(SMALL) == (
        "Multiply-accumulates\n"
        "\n"
        "Layer   Output                MACs   Share\n"
        "──────  ──────────────  ──────────  ──────\n"
        "stem    32 x 112 x 112  10,838,016   75.0%\n"
        "linear  1000             1,280,000   25.0%\n"
        "──────  ──────────────  ──────────  ──────\n"
        "total                   12,118,016  100.0%\n"
        "\n"
        "MACs for one image.\n"
    )


@pytest.mark.parametrize("width", [1, 10, 30, 40, 44, 80])
def test_no_number_is_cut_in_a_narrow_terminal(width: int) -> None:
    """Whatever the width, every digit is there, in one piece."""
    long = SMALL._replace(rows=({**SMALL.rows[0], "name": "a very long name of a layer", "macs": 2**80}, *SMALL.rows))
    text = terminal.render(long, Terminal(width))
    for piece in (f"{2**80:,}", "10,838,016", "12,118,016", "32 x 112 x 112", "100.0%"):
        assert piece in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text


def test_text_is_folded_to_the_width_of_the_terminal() -> None:
    """Where folding the text is enough, no line is wider than the terminal, and no word is lost."""
    words = "a name of many words that has to be folded somewhere"
    table = SMALL._replace(rows=({**SMALL.rows[0], "name": words},))
    text = terminal.render(table, Terminal(60))
    assert max(map(len, text.splitlines())) <= 60
    assert " ".join(line[:24].strip() for line in text.splitlines()[4:-4]).split() == words.split()
    assert max(map(len, terminal.render(table).splitlines())) > 60


def test_a_word_is_broken_only_where_it_must_be() -> None:
    """Other columns fold at blanks first; a single long word breaks into lines that hold all of it."""
    columns = (Column("a", "A"), Column("b", "B"))
    table = Table("T", columns, ({"a": "unbroken_identifier", "b": "one two three four five six"},))
    text = terminal.render(table, Terminal(30))
    assert "unbroken_identifier" in text
    narrow = terminal.render(table, Terminal(18)).splitlines()[4:]
    assert "".join(line[:11].strip() for line in narrow) == "unbroken_identifier"


def test_a_word_that_must_be_broken_is_so_after_a_sign() -> None:
    """A name that is to be copied reads as its parts; what has no sign is broken at the width."""
    table = Table(
        "T", (Column("a", "A"),), ({"a": "deeplabv3-mobilenetv2"}, {"a": "num_classes=1000"}, {"a": "x" * 15})
    )
    lines = terminal.render(table, Terminal(12)).splitlines()[4:]
    assert lines == ["deeplabv3-", "mobilenetv2", "num_classes=", "1000", "x" * 12, "xxx"]


def test_an_unbroken_column_keeps_its_lines() -> None:
    """A column that is named as unbroken is as wide as its longest cell."""
    table = Table("T", (Column("a", "A"),), ({"a": "one two three four"},))
    assert "one two three four" in terminal.render(table, Terminal(9), unbroken={"a"})
    assert "one two three four" not in terminal.render(table, Terminal(9))


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape sequences a coloured table is the plain one; without colour there is no sequence."""
    coloured = terminal.render(SMALL, Terminal(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == terminal.render(SMALL)
    assert "\x1b" not in terminal.render(SMALL)


def test_a_stream_without_unicode_gets_ascii_rules() -> None:
    """The table is ASCII where its cells are."""
    assert terminal.render(SMALL, Terminal(unicode=False)).isascii()


def test_names_cannot_break_the_table() -> None:
    """A row is one line whatever its name holds, and no escape sequence of a name reaches the terminal."""
    lines = terminal.render(ODD).splitlines()
    assert len(lines) == 4 + len(ODD.rows)
    assert "\x1b" not in "".join(lines)
    assert any("[bold]x[/]" in line for line in lines)


def test_wide_characters_take_two_columns() -> None:
    """Numbers stand below each other beside names of any script."""
    columns = (Column("name", "Name"), Column("count", "Count", "count"))
    lines = terminal.render(
        Table("T", columns, ({"name": "層層層", "count": 1}, {"name": "layer_", "count": 1}))
    ).splitlines()
    assert lines[4] == "層層層      1"
    assert lines[5] == "layer_      1"


def test_marks_above_a_letter_take_no_column() -> None:
    """Three code points of Thai, the second of them a vowel above the first consonant, are two columns."""
    columns = (Column("name", "Name"), Column("count", "Count", "count"))
    rows = ({"name": "\N{THAI CHARACTER TO TAO}\N{THAI CHARACTER MAI HAN-AKAT}\N{THAI CHARACTER WO WAEN}", "count": 1},)
    assert terminal.render(Table("T", columns, rows)).splitlines()[4].endswith(" " * (2 + 2 + 4) + "1")


def test_wide_characters_are_folded_by_their_columns() -> None:
    """Seven columns hold three characters of two; a single column cannot hold one, which keeps a line to itself."""
    table = Table("\N{CJK UNIFIED IDEOGRAPH-5C64}" * 7, (Column("name", "N"),), ())
    for width, lengths in ((7, [3, 3, 1]), (1, [1] * 7)):
        title = terminal.render(table, Terminal(width)).split("\n\n")[0]
        assert [len(line) for line in title.splitlines()] == lengths


def test_a_table_without_rows_is_its_headings() -> None:
    """An empty table prints."""
    assert (
        terminal.render(SMALL._replace(rows=(), total=None, notes=())).splitlines()[2] == "Layer  Output  MACs  Share"
    )


def test_ten_thousand_rows_take_time_in_proportion() -> None:
    """Every row of a deep model is printed."""
    rows = tuple({"name": f"layer{index}", "macs": index} for index in range(10_000))
    lines = terminal.render(SMALL._replace(rows=rows), Terminal(80)).splitlines()
    assert len(lines) == 10_000 + 8
    assert lines[4 + 9_999].startswith("layer9999")
