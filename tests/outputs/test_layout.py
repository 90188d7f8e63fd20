"""Tables in terminals that are too narrow for them."""

from costcalc.outputs import terminal
from costcalc.outputs.terminal import Terminal
from costcalc.table import Column, Table

LINE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"


def text(table: Table, width: int) -> list[str]:
    """The lines below the title, rules left out."""
    return [line for line in terminal.render(table, Terminal(width)).splitlines()[2:] if LINE not in line]


def test_columns_of_one_value_go_to_a_line_above() -> None:
    """A text wherever it can be, an empty column to nowhere; the first column and one whose total differs stay."""
    columns = (Column("a", "A"), Column("b", "B"), Column("c", "C"), Column("d", "D"), Column("n", "N", "count"))
    rows = ({"a": "x", "b": "same", "d": "d", "n": 7}, {"a": "x", "b": "same", "d": "d", "n": 7})
    table = Table("T", columns, rows, total={"a": "total", "d": "other"})
    assert text(table, 80) == [
        "In every row: B: same.",
        "",
        "A      D      N",
        "x      d      7",
        "x      d      7",
        "total  other",
    ]
    assert text(table._replace(rows=rows[:1]), 80)[0].split() == ["A", "B", "C", "D", "N"]
    assert terminal.render(table).splitlines()[2].split() == ["A", "B", "C", "D", "N"]


def test_numbers_of_one_value_go_above_where_the_table_is_too_wide() -> None:
    """They are compared by eye where there is room."""
    columns = (Column("a", "A"), Column("n", "N", "count"), Column("m", "M", "count"))
    rows = ({"a": "x", "n": 7, "m": 10**6}, {"a": "y", "n": 7, "m": 1})
    assert text(Table("T", columns, rows), 17)[0].split() == ["A", "N", "M"]
    assert text(Table("T", columns, rows), 14)[:3] == ["In every row:", "N: 7.", ""]


def test_several_models_go_below_each_other() -> None:
    """Each under its name, with the rows that it has; the columns of none stand with the first."""
    columns = (
        Column("name", "Stage"),
        *(Column(f"{name}.{key}", f"{name}: {title}", "count") for name in "pq" for key, title in ("aA", "bB")),
    )
    rows = ({"name": "one", "p.a": 1, "p.b": 2}, {"name": "two", "q.a": 3, "q.b": 4})
    total = {"name": "total", "p.a": 1, "p.b": 2, "q.a": 3, "q.b": 4}
    assert text(Table("T", columns, rows, total), 20) == [
        "p",
        "Stage  A  B",
        "one    1  2",
        "total  1  2",
        "",
        "q",
        "Stage  A  B",
        "two    3  4",
        "total  3  4",
    ]


def test_few_rows_become_columns() -> None:
    """A row per quantity, a column per model and one for the total; as many beside each other as fit."""
    columns = (Column("name", "Model"), *(Column(key, f"Quantity_{key}", "count") for key in "abcde"))
    rows = tuple(
        {"name": name, "e": 5 - number, "a": number, "b": 10, "c": 10**6, "d": 0}
        for number, name in enumerate(["v1", "v2"])
    )
    table = Table("T", columns, rows, {"name": "total", "a": 1, "b": 20, "c": 2 * 10**6, "d": 0, "e": 9})
    assert text(table, 40) == [
        "In every row: Quantity_d: 0.",
        "",
        "Model              v1         v2",
        "Quantity_a          0          1",
        "Quantity_b         10         10",
        "Quantity_c  1,000,000  1,000,000",
        "Quantity_e          5          4",
        "",
        "Model           total",
        "Quantity_a          1",
        "Quantity_b         20",
        "Quantity_c  2,000,000",
        "Quantity_e          9",
    ]


def test_other_tables_continue_below() -> None:
    """The columns that tell rows apart are repeated; where these leave no room, the rows are numbered."""
    columns = (Column("a", "A"), Column("b", "B"), Column("c", "C", "count"), Column("d", "D", "count"))
    rows = tuple({"a": "x", "b": f"name{row}", "c": 10**9 + row, "d": row} for row in range(1, 6))
    assert text(Table("T", columns, rows), 24)[-6:] == ["A  B      D", *(f"x  name{row}  {row}" for row in range(1, 6))]
    long = tuple({**row, "b": f"{row['b']}{'x' * 20}"} for row in rows)
    assert text(Table("T", columns, long), 30)[-6:] == [
        "#              C  D",
        *(f"{row}  1,000,000,00{row}  {row}" for row in range(1, 6)),
    ]


def test_the_least_necessary_is_folded() -> None:
    """A column keeps its words, and a quarter of its longest text: otherwise it goes below."""
    columns = (Column("a", "A"), Column("b", "B"))
    rows = tuple({"a": f"row{row}", "b": f"{row} " + "word " * 30} for row in range(2))
    assert len(text(Table("T", columns, rows), 80)) == 1 + 3 * 2  # 152 characters in 74
    wide = tuple({**row, "a": "x" * 50} for row in rows)
    assert text(Table("T", columns, wide), 89)[0] == "#  A"  # 152 // 4 = 38 beside 50
    assert text(Table("T", columns, wide), 90)[0].split() == ["A", "B"]


def test_a_very_long_cell_takes_time_in_proportion() -> None:
    """A cell of a megabyte is folded."""
    table = Table("T", (Column("a", "A"), Column("b", "B")), ({"a": "x", "b": "word " * 200_000},))
    assert len(text(table, 83)) == 1 + 200_000 // 16  # 16 words of 5 in 80
