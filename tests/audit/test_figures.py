"""Figures as documents print them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from costcalc.audit.figures import figure
from costcalc.errors import UsageError


@pytest.mark.parametrize(
    ("text", "to", "number", "fit"),
    [
        ("4,278,048", None, 4278048, "exact"),
        ("4,278,048", None, 4278049, "no"),
        ("18395328", None, 18395328, "exact"),
        ("60k", None, 60000, "exact"),
        ("2.3M", None, 2_250_000, "rounds"),  # half a unit either way, both ends included
        ("2.3M", None, 2_350_000, "rounds"),
        ("2.3M", None, 2_249_999, "no"),
        ("2.3M", None, 2_350_001, "cut off"),
        ("2.3M", None, 2_399_999, "cut off"),
        ("2.3M", None, 2_400_000, "no"),
        ("99.5B", None, 99_540_000_000, "rounds"),
        ("95%", None, Fraction(9486, 10000), "rounds"),
        ("1.19%", None, Fraction(191, 10000), "no"),
        ("8 to 9", None, 8, "rounds"),
        ("8 to 9", None, Fraction(75, 10), "rounds"),
        ("8 to 9", None, Fraction(749, 100), "no"),
        ("8 to 9", None, Fraction(951, 100), "cut off"),
        ("5 to 6M", None, 5_600_000, "rounds"),
        ("20", "10", 22, "rounds"),
        ("20", None, 22, "no"),
        ("15300M", "100M", 15_346_630_656, "rounds"),
    ],
)
def test_how_a_number_stands_to_a_figure(text: str, to: str | None, number: int | Fraction, fit: str) -> None:
    """The last digit that is printed says what rounds to it, and what begins with its digits."""
    assert figure(text, to).fit(Fraction(number)) == fit


@pytest.mark.parametrize(
    "text", ["", "abc", "-3", "1.2.3", "12,34", "1 to 2 to 3", "4.2X", "0", "9 to 8", "1e6", "9" * 30]
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    """No number, none above 0, one too great, a range that runs backwards."""
    with pytest.raises(UsageError, match="not a number|must be"):
        figure(text)
