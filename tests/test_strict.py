"""Strict records: every refusal is in our own words, with the path to the value."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from costcalc.errors import CostcalcError
from costcalc.strict import Record, document, one_of, parsed


class Inner(Record):
    """Nested in `Outer` in every way."""

    size: int = Field(default=1, ge=0, lt=9)


class Outer(Record):
    """A field of each kind that the files have, and a rule of each kind."""

    name: str
    schema_: Literal["x/1"] = Field(default="x/1", alias="schema")
    flag: bool = True
    share: float = Field(default=0.5, gt=0, le=1)
    word: Annotated[str, one_of(("cpu", "cuda"))] = "cpu"
    note: str | None = None
    inner: Inner | None = None
    rows: list[Inner] = []
    table: dict[str, Inner] = {}
    pattern: str = Field(default="a", pattern="^a$")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": None}, "name: must be a text, not null"),
        ({"schema": "y"}, 'schema: must be x/1, not "y"'),
        ({"flag": 1}, "flag: must be true or false, not 1"),
        ({"share": "1"}, 'share: must be a number, not "1"'),
        ({"share": 0}, "share: must be greater than 0, not 0"),
        ({"share": 2.5}, "share: must be at most 1, not 2.5"),
        ({"share": float("inf")}, "share: must be a finite number, not Infinity"),
        ({"word": "tpu"}, 'word: must be one of cpu, cuda, not "tpu"'),
        ({"note": 3}, "note: must be a text, not 3"),
        ({"inner": []}, "inner: must be an object, not a list"),
        ({"inner": {"size": -1}}, "inner.size: must be at least 0, not -1"),
        ({"rows": {}}, "rows: must be a list, not an object"),
        ({"rows": [{}, {"size": 9}]}, "rows[1].size: must be less than 9, not 9"),
        ({"rows": [{"size": 1.5}]}, "rows[0].size: must be a whole number, not 1.5"),
        ({"table": 3}, "table: must be an object, not 3"),
        ({"scema": 1}, "scema: there is no such key (did you mean schema?)"),
        ({"inner": {"sise": 1}}, "inner.sise: there is no such key (did you mean size?)"),
        ({"rows": [{"sise": 1}]}, "rows[0].sise: there is no such key (did you mean size?)"),
        ({"table": {"a": {"sise": 1}}}, "table.a.sise: there is no such key (did you mean size?)"),
        ({"pattern": "b"}, "pattern: is refused: pydantic says \"String should match pattern '^a$'\""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_says_where_and_what_must_hold(values: dict[str, Any], said: str) -> None:
    """What has no rule in the table is quoted as pydantic's words."""
    with pytest.raises(CostcalcError) as caught:
        parsed(Outer, {"name": "a", **values})
    assert str(caught.value) == said


def test_a_missing_key_and_no_object_are_refused() -> None:
    """The whole document has no path."""
    for value, said in (({}, "name: is missing"), (3, "must be an object, not 3"), (b"3", "must be an object, not 3")):
        with pytest.raises(CostcalcError) as caught:
            parsed(Outer, value)
        assert str(caught.value) == said


def test_many_equal_keys_are_refused_at_once() -> None:
    """The search for the key that stands twice does not grow with the square of their number."""
    keys = ", ".join(f'"{number}": 1' for number in (*range(200_000), 199_999))
    with pytest.raises(CostcalcError, match="^the key 199999 stands twice in one object$"):
        document(f"{{{keys}}}".encode())
