"""Dotted paths as a tree."""

from costcalc.outputs import tree
from costcalc.outputs.terminal import Terminal
from costcalc.table import Column, Table

COLUMNS = (Column("path", "Path"), Column("type", "Type"), Column("macs", "MACs", "macs"))


def table(*paths: str) -> Table:
    """A table with a row for each path, whose MACs count up from 1,000,000."""
    rows = tuple({"path": path, "type": "conv", "macs": 10**6 + index} for index, path in enumerate(paths))
    return Table("tiny", COLUMNS, rows)


def test_the_tree_follows_the_paths() -> None:
    """A beginning that several paths share is a line; one that goes on alone is joined with what follows."""
    text = tree.render(
        table("input", "a.conv", "a.norm.x", "a.norm.y", "b.1.conv", "b.1.act"), "path", without={"type"}
    )
    assert text == (
        "tiny\n"
        "\n"
        "Path          MACs\n"
        "───────  ─────────\n"
        "input    1,000,000\n"
        "a\n"
        "├─ conv  1,000,001\n"
        "└─ norm\n"
        "   ├─ x  1,000,002\n"
        "   └─ y  1,000,003\n"
        "b.1\n"
        "├─ conv  1,000,004\n"
        "└─ act   1,000,005\n"
    )


def test_a_row_may_have_rows_below_it() -> None:
    """A path that is a row and the beginning of others has its numbers on its own line."""
    lines = tree.render(table("a", "a.b", "c"), "path").splitlines()
    assert [line.split()[0] for line in lines[4:]] == ["a", "└─", "c"]
    assert "1,000,000" in lines[4]
    assert "1,000,001" in lines[5]


def test_the_tree_is_ascii_where_it_must_be() -> None:
    """A stream without unicode gets guides that it can show."""
    text = tree.render(table("a.b", "a.c.d", "a.c.e"), "path", Terminal(unicode=False))
    assert text.isascii()
    assert [line.split("  conv")[0].rstrip() for line in text.splitlines()[4:]] == [
        "a",
        "|- b",
        "`- c",
        "   |- d",
        "   `- e",
    ]


def test_the_tree_is_never_folded() -> None:
    """In a narrow terminal the guides stay in one piece."""
    text = tree.render(table("a_rather_long_name.b", "a_rather_long_name.another_long_name"), "path", Terminal(20))
    assert "└─ another_long_name" in text


def test_a_path_of_any_depth_is_drawn() -> None:
    """The drawing does not recurse: 5,000 levels are no error."""
    deep = ".".join(["x"] * 5000)
    assert "└─ b" in tree.render(table(f"{deep}.a", f"{deep}.b"), "path")
    paths = [".".join(["x"] * depth) for depth in range(1, 1500)]
    assert len(tree.render(table(*paths), "path").splitlines()) == 1499 + 4
