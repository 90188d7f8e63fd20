"""Tables as JSON."""

import json
import math
from typing import Any

import pytest

from costcalc.outputs import json_
from costcalc.table import SCHEMA, Column, Table
from tests.outputs.tables import ODD, SMALL


def parsed(table: Table) -> Any:
    """What a strict reader makes of the JSON: it refuses NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(json_.render(table), parse_constant=refuse)


def test_a_table_is_raw_numbers_under_the_schema() -> None:
    """Integers as they are, shapes as lists, absent cells as null, in the order of the columns."""
    assert parsed(SMALL) == {
        "schema": SCHEMA,
        "title": "Multiply-accumulates",
        "about": {"model": "tiny", "knobs": {"alpha": 1.0}},
        "columns": [
            {"key": "name", "title": "Layer", "unit": ""},
            {"key": "shape", "title": "Output", "unit": "shape"},
            {"key": "macs", "title": "MACs", "unit": "macs"},
            {"key": "share", "title": "Share", "unit": "share"},
        ],
        "rows": [
            {"name": "stem", "shape": [32, 112, 112], "macs": 10838016, "share": 0.75},
            {"name": "linear", "shape": [1000], "macs": 1280000, "share": 0.25},
        ],
        "total": {"name": "total", "shape": None, "macs": 12118016, "share": 1.0},
        "notes": ["MACs for one image."],
    }
    assert list(parsed(SMALL)) == ["schema", "title", "about", "columns", "rows", "total", "notes"]
    assert '"macs": 10838016,' in json_.render(SMALL)


def test_a_row_is_a_line() -> None:
    """Two results can be compared line by line."""
    assert len([line for line in json_.render(SMALL).splitlines() if '"macs": 1' in line and "stem" in line]) == 1


def test_an_empty_table_is_json() -> None:
    """No rows, no total and no notes are empty lists and null."""
    value = parsed(Table("T", (Column("a", "A"),), ()))
    assert (value["rows"], value["total"], value["notes"]) == ([], None, [])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_null(value: float) -> None:
    """There is no NaN in the text, in rows or in what is said about the table."""
    table = Table("T", (Column("a", "A", "seconds"),), ({"a": value},), about={"x": [value]})
    assert parsed(table)["rows"] == [{"a": None}]
    assert parsed(table)["about"] == {"x": [None]}


def test_any_name_and_any_integer_comes_back() -> None:
    """Names with quotes, control characters, surrogates or any script, and integers beyond 64 bits."""
    assert [row["name"] for row in parsed(ODD)["rows"]] == [row["name"] for row in ODD.rows]
    columns = (Column("a", "A"), Column("b", "B", "count"))
    table = Table("層 \udc80", columns, ({"a": '"\\\x00', "b": 2**80},))
    text = json_.render(table)
    assert text.isascii()
    assert json.loads(text)["rows"] == [{"a": '"\\\x00', "b": 2**80}]
    assert json.loads(text)["title"] == "層 \udc80"


def test_cells_without_a_column_stay_out() -> None:
    """A row holds the keys of the columns and no other."""
    assert parsed(Table("T", (Column("a", "A"),), ({"a": 1, "secret": 2},)))["rows"] == [{"a": 1}]
