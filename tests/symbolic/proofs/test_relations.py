"""Comparisons of expressions over whole numbers: never true where a point says otherwise."""

import random
from typing import Any

import pytest
import sympy

from costcalc.symbolic.proofs.relations import holds

x, y = sympy.symbols("x y", integer=True, positive=True)
RANGES = {x: (1, None), y: (1, None)}


@pytest.mark.parametrize(
    ("left", "sign", "right", "expected"),
    [
        ((x + y) ** 2, "==", x**2 + 2 * x * y + y**2, True),
        (1 / x + 1 / y, "==", (x + y) / (x * y), True),
        (x + 1, "==", x, False),
        (x + y, "==", x, False),
        (x, "==", y, None),
        (x + 1, "!=", x, True),
        (x, "!=", y, None),
        (x + y, ">", x, True),
        (x, "<", x + y, True),
        (x * y, ">=", x, True),
        (x * y, ">", x, None),
        (x, "<=", x * x, True),
        (x + y, "<=", x, False),
        (x - y, ">", 0, None),
        (1 / x, "<=", 1, True),
        (1 / x, "<", 1, None),
        (3, "<", 4, True),
        (4, "<=", 3, False),
        (sympy.floor(x / 2), "<=", x, None),
        (2 * sympy.floor(x / y) + y, "==", y + sympy.floor(x / y) * 2, True),
    ],
)
def test_what_is_known_and_what_is_not(left: Any, sign: str, right: Any, expected: bool | None) -> None:
    """Identities of fractions, polynomials without a negative coefficient; not knowing is no answer."""
    assert holds(left, sign, right, RANGES) is expected


@pytest.mark.parametrize(
    ("expression", "least", "most", "expected"),
    [
        (x**2 - 10 * x + 24, 7, None, True),  # its roots are 4 and 6
        (x**2 - 10 * x + 24, 5, None, None),  # below 0 at 5
        (x**2 - 10 * x + 24, 1, 3, True),
        (x**2 - 10 * x + 24, 1, 4, None),  # 0 at 4
        ((2 * x - 5) * (2 * x - 7), 1, None, None),  # below 0 at 3
        ((3 * x - 10) * (3 * x - 11), 1, None, True),  # below 0 between whole numbers only
        (100 - x, 1, 99, True),
        (100 - x, 1, 100, None),
    ],
)
def test_in_one_symbol_roots_are_counted_exactly(
    expression: Any, least: int, most: int | None, expected: bool | None
) -> None:
    """Over an interval, or from a number on."""
    assert holds(expression, ">", 0, {x: (least, most)}) is expected


def test_zero_at_a_whole_number_is_not_below_it() -> None:
    """>= is true where > is not."""
    assert holds((x - 4) ** 2, ">=", 0, {x: (1, None)}) is True
    assert holds((x - 4) ** 2, ">", 0, {x: (1, None)}) is None
    assert holds((x - 4) * (x - 5), ">=", 0, {x: (1, None)}) is True


def test_an_answer_is_never_wrong() -> None:
    """Random polynomials of one and two symbols, against all their values up to 40."""
    pick = random.Random(3)
    answers: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for _ in range(300):
        symbols = (x,) if pick.random() < 0.6 else (x, y)
        powers = [sympy.Mul(*(symbol ** pick.randint(0, 2) for symbol in symbols)) for _ in range(4)]
        expression = sum(pick.randint(-9, 20) * power for power in powers)
        ranges = {symbol: (pick.randint(0, 4), pick.choice((None, 40))) for symbol in symbols}
        sign = pick.choice(("<", "<=", ">", ">=", "==", "!="))
        answer = holds(expression, sign, 0, ranges)
        answers[answer] += 1
        if answer is None:
            continue
        function = sympy.lambdify(symbols, expression, "math")
        grid = [(a, b) for a in range(ranges[x][0], 41) for b in range(ranges.get(y, (0, 0))[0], 41)]
        for a, b in grid if len(symbols) == 2 else [(a, 0) for a in range(ranges[x][0], 41)]:
            value = function(*((a, b) if len(symbols) == 2 else (a,)))
            truth = {"<": value < 0, "<=": value <= 0, ">": value > 0, ">=": value >= 0, "==": value == 0}.get(
                sign, value != 0
            )
            assert truth is answer, (expression, sign, ranges, a, b)
    assert min(answers.values()) >= 20
