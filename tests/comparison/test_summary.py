"""Figures side by side: absolute, difference, percent."""

from fractions import Fraction

import pytest

from costcalc.comparison.summary import Compared, summary
from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.outputs import render
from costcalc.spec import load

GRAPH = infer(load("lenet5"))
ONE, TWO, THREE = (GRAPH._replace(name=name) for name in ("one", "two", "three"))


def test_differences_are_to_the_first() -> None:
    """Every model after the first has its difference, and its change in parts of the first."""
    table = summary([ONE, TWO, THREE], [Compared("macs", "MACs", "MACs", (200, 150, 201))])
    assert table.rows == [
        {
            "title": "MACs",
            "unit": "MACs",
            "one.value": 200,
            "two.value": 150,
            "two.difference": -50,
            "two.change": -0.25,  # -50 / 200
            "three.value": 201,
            "three.difference": 1,
            "three.change": 0.005,  # 1 / 200
        }
    ]
    text = render(table)
    assert "-25.0%" in text
    assert "+0.5%" in text


def test_exact_numbers_stay_exact_until_they_are_shown() -> None:
    """A difference of fractions is rounded once; one of great integers not at all."""
    third, great = Fraction(1, 3), 10**30
    table = summary(
        [ONE, TWO],
        [Compared("a", "A", "", (third, third + Fraction(1, 10**20))), Compared("b", "B", "", (great, great + 1))],
    )
    assert table.rows[0]["two.difference"] == 1e-20
    assert table.rows[1]["two.difference"] == 1


def test_what_is_not_known_has_no_difference() -> None:
    """A missing value, or a base of zero, gives no difference or no percentage."""
    rows = summary(
        [ONE, TWO],
        [Compared("a", "A", "", (None, 3)), Compared("b", "B", "", (3, None)), Compared("c", "C", "", (0, 3))],
    ).rows
    assert "two.difference" not in rows[0]
    assert "two.difference" not in rows[1]
    assert (rows[2]["two.difference"], rows[2]["two.change"]) == (3, None)


def test_models_must_be_told_apart() -> None:
    """Two of one name, or one alone, are no comparison."""
    with pytest.raises(UsageError, match="two models are named one"):
        summary([ONE, ONE], [])
    with pytest.raises(UsageError, match="at least two models"):
        summary([ONE], [])


def test_a_name_cannot_be_taken_for_a_column() -> None:
    """Models called as columns are called keep their own values."""
    title, other = GRAPH._replace(name="title"), GRAPH._replace(name="a")
    nested = GRAPH._replace(name="a.value")
    table = summary([title, other, nested], [Compared("m", "MACs", "MACs", (1, 2, 3))])
    assert len({column.key for column in table.columns}) == len(table.columns)
    assert [table.rows[0][f"{name}.value"] for name in ("title", "a", "a.value")] == [1, 2, 3]
    assert table.rows[0]["title"] == "MACs"
