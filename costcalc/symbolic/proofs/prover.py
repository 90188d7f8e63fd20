"""Proves the comparisons of a theorem over symbols, and looks for a counterexample among whole numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from costcalc import dims
from costcalc.errors import SpecError
from costcalc.symbolic.conditions import pins, readable
from costcalc.symbolic.proofs.claims import Claim, Interval, Statement
from costcalc.symbolic.proofs.costs import Costs
from costcalc.symbolic.proofs.relations import holds
from costcalc.symbolic.proofs.verdict import PROVED, REFUTED, UNDECIDED, Verdict
from costcalc.symbolic.text import text
from costcalc.symbols import plain

__all__ = ["prove"]

MAX_CASES = 64
"""How many combinations of conditions that nothing decides are gone through."""

POINTS = 60
"""At how many points each comparison is looked at as well."""


def prove(statement: Statement) -> Verdict:
    """The verdict on all comparisons of ``statement``. Raises SpecError where it makes no sense."""
    cases = 0
    open_claims = []
    assumed: dict[str, None] = {}
    for claim in statement.claims:
        refutation = _counterexample(statement, claim)
        if refutation is not None:
            return Verdict(REFUTED, refutation)
        decided, branches, conditions = _by_symbols(statement, claim)
        cases += branches
        assumed.update(dict.fromkeys(conditions))
        if decided is False:
            return Verdict(REFUTED, f"{claim.text}: {_sides(statement, claim)}")
        if decided is None:
            open_claims.append(claim.text)
    if open_claims:
        return Verdict(UNDECIDED, f"neither a proof nor a counterexample of {'; '.join(open_claims)}")
    count = len(statement.claims)
    branches_text = f", {cases} cases" if cases > count else ""
    where = f", where {'; '.join(assumed)}" if assumed else ""
    return Verdict(PROVED, f"{count} comparison{'s' if count > 1 else ''} by sympy{branches_text}{where}")


# over symbols


class _Cases:
    """Answers conditions on symbols: first as a script says, then with yes; and writes down what it answered."""

    def __init__(self, script: list[bool]) -> None:
        self.script = script
        self.taken: list[tuple[Any, bool]] = []

    def __call__(self, condition: Any) -> bool:
        if not dims.is_symbol(condition):
            return dims.decide(condition)
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        for known, answer in self.taken:
            if known == condition:
                return answer
            if sympy.Not(known) == condition:
                return not answer
        answer = self.script[len(self.taken)] if len(self.taken) < len(self.script) else True
        self.taken.append((condition, answer))
        return answer

    def conditions(self) -> list[Any]:
        return [condition if answer else sympy.Not(condition) for condition, answer in self.taken]


def _over(claim: Claim) -> tuple[dict[str, Any], dict[Any, tuple[int, int | None]]]:
    """Each symbol of ``claim`` as its least value and more, as sympy has it; and the ranges of the symbols in that."""
    values: dict[str, Any] = {}
    ranges: dict[Any, tuple[int, int | None]] = {}
    for name, interval in claim.symbols.items():
        if interval.least == interval.most:
            values[name] = sympy.Integer(interval.least)
        elif interval.least == 1:
            symbol = sympy.Symbol(name, integer=True, positive=True)
            values[name], ranges[symbol] = symbol, (1, interval.most)
        else:
            symbol = sympy.Symbol(name, integer=True, nonnegative=True)
            values[name] = interval.least + symbol
            ranges[symbol] = (0, None if interval.most is None else interval.most - interval.least)
    return values, ranges


def _back(claim: Claim, ranges: Mapping[Any, Any]) -> dict[Any, Any]:
    """The symbols of `_over` as people know them, from 0 on."""
    names = {symbol: sympy.Symbol(symbol.name, integer=True, nonnegative=True) for symbol in ranges}
    return {symbol: name - (claim.symbols[symbol.name].least - ranges[symbol][0]) for symbol, name in names.items()}


def _by_symbols(statement: Statement, claim: Claim) -> tuple[bool | None, int, list[str]]:
    """Is ``claim`` true, in every case of conditions that nothing decides?

    And how many cases there are; and what has to be true for there to be such graphs at all.
    """
    script: list[bool] = []
    branches = 0
    assumed: dict[str, None] = {}
    while True:
        branches += 1
        if branches > MAX_CASES:
            return None, branches, []
        values, ranges = _over(claim)
        cases = _Cases(script)
        with dims.assumptions() as found:
            costs = Costs(statement, values, cases)
            left, right = (plain(sympy.sympify(costs.value_of(side))) for side in (claim.left, claim.right))
        given = pins(cases.conditions())
        # What is divided by is assumed not to be 0: it must surely be another number.
        if not all(_is_true(each, "!=", given, ranges) for each in found if isinstance(each, sympy.Ne)):
            return None, branches, []
        found = [*(each for each in found if not isinstance(each, sympy.Ne)), *costs.sizes()]
        found = [each for each in found if not (isinstance(each, sympy.Ge) and _is_true(each, ">=", given, ranges))]
        back = _back(claim, ranges)
        assumed.update(dict.fromkeys(readable(found, lambda each: each.xreplace(given).xreplace(back), {})))  # noqa: B023
        decided = holds(left.xreplace(given), claim.sign, right.xreplace(given), ranges)
        if decided is not True:
            return (decided if branches == 1 and not cases.taken else None), branches, []
        answers = [answer for _, answer in cases.taken]
        while answers and not answers[-1]:
            answers.pop()
        if not answers:
            return True, branches, [*assumed]
        script = [*answers[:-1], False]


def _is_true(condition: Any, sign: str, given: Mapping[Any, Any], ranges: Mapping[Any, tuple[int, int | None]]) -> bool:
    """Is ``condition``, a relation of this sign, true wherever the symbols are?"""
    left, right = (plain(side).xreplace(given) for side in condition.args)
    return holds(left, sign, right, ranges) is True


def _sides(statement: Statement, claim: Claim) -> str:
    values, ranges = _over(claim)
    costs = Costs(statement, values, _Cases([]))
    back = _back(claim, ranges)
    left, right = (text(sympy.simplify(costs.value_of(side)).xreplace(back)) for side in (claim.left, claim.right))
    return f"left {left}, right {right}"


# at points


def _counterexample(statement: Statement, claim: Claim) -> str | None:
    """The first of some points at which ``claim`` is false, and what its sides are there; None if there is none.

    Raises SpecError where none of the points gives the graphs, or at one of them a side has no value.
    """
    if any(name == "limit" for side in (claim.left, claim.right) for name, _ in side.compiled.calls):
        return None
    failure: SpecError | None = None
    looked = 0
    for point in _points(claim.symbols):
        costs = Costs(statement, point, dims.decide)
        try:
            for name in sorted(claim.graphs):
                costs.graph(name)
        except SpecError as error:
            failure = error
            continue
        looked += 1
        left, right = (Fraction(costs.value_of(side)) for side in (claim.left, claim.right))
        if not dims.compare(claim.sign, left, right):
            where = ", ".join(f"{name} = {value}" for name, value in point.items())
            return f"{claim.text}{f' at {where}' if where else ''}: left {left}, right {right}"
    if not looked and failure is not None:
        raise failure
    return None


def _points(symbols: Mapping[str, Interval]) -> Iterator[dict[str, int]]:
    """Points of the intervals: their corners and what lies next to them, then some at random, the same in each run."""
    near = {name: _near(interval) for name, interval in symbols.items()}
    corners = product(*(values[:2] for values in near.values()))
    count = 0
    for corner in corners:
        yield dict(zip(near, corner, strict=True))
        count += 1
        if count >= POINTS // 3 or not symbols:
            break
    if not symbols:
        return
    pick = random.Random(0)
    for _ in range(POINTS - count):
        yield {name: pick.choice(values) for name, values in near.items()}


def _near(interval: Interval) -> list[int]:
    most = interval.most if interval.most is not None else interval.least + 96
    values = {interval.least + step for step in (0, 1, 2, 3, 5, 7, 12, 31, 64)} | {most, most - 1}
    return sorted(value for value in values if interval.least <= value <= most)
