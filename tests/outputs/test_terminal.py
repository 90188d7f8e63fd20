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


def test_no_word_is_ever_broken() -> None:
    """Text folds at blanks; a name stays whole, signs and all, also where it is wider than the terminal."""
    names = ("deeplabv3-mobilenetv2", "num_classes=1000", "x" * 15)
    table = Table("A-title that/folds", (Column("a", "A"),), tuple({"a": f"{name} one two"} for name in names))
    assert terminal.render(table, Terminal(12)).splitlines() == [
        "A-title",
        "that/folds",
        "",
        "A",
        "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 21,
        "deeplabv3-mobilenetv2",
        "one two",
        "num_classes=1000 one",
        "two",
        "xxxxxxxxxxxxxxx one",
        "two",
    ]


def test_long_notes_wait_for_an_option() -> None:
    """A terminal without notes has those of at most 120 characters, and a pointer to the others."""
    table = SMALL._replace(notes=("a" * 120, "b" * 121))
    without = terminal.render(table, Terminal(notes=False)).splitlines()[-2:]
    assert without == ["a" * 120, "1 long note left out: --notes prints it."]
    assert terminal.render(table).splitlines()[-2:] == ["a" * 120, "b" * 121]
    two = terminal.render(table._replace(notes=("b" * 121,) * 2), Terminal(notes=False)).splitlines()
    assert two[-1] == "2 long notes left out: --notes prints them."


def test_numbers_for_people_are_rounded() -> None:
    """10,838,016 is 10.8 M; what is below a thousand, and a share, is as it was."""
    lines = terminal.render(SMALL, Terminal(human=True)).splitlines()
    assert " ".join(lines[4].split()) == "stem 32 x 112 x 112 10.8 M 75.0%"
    columns = (Column("bytes", "Peak", "bytes"), Column("change", "Change", "difference"))
    rows = ({"bytes": 10_235_904, "change": 1234}, {"bytes": 512, "change": -5})
    # 10,235,904 / 1024**2 = 9.7617...
    assert terminal.render(Table("T", columns, rows), Terminal(human=True)).splitlines()[2:] == [
        "    Peak   Change",
        "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 8 + "  " + "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 7,
        "9.76 MiB  +1.23 k",
        "   512 B       -5",
    ]


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
    """Seven columns hold a word of three characters of two, and no second one."""
    table = Table(" ".join(["\N{CJK UNIFIED IDEOGRAPH-5C64}" * 3] * 2), (Column("name", "N"),), ())
    for width, lengths in ((13, [7]), (12, [3, 3]), (7, [3, 3])):
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
