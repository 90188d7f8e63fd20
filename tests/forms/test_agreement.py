"""Every closed form of every shipped model against counting, at random points: as integers, none off by one."""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy
import pytest
import sympy

from costcalc import dims
from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import CostcalcError
from costcalc.forms.closed import ClosedForms
from costcalc.forms.conditions import pins
from costcalc.forms.evaluate import Program, exactly
from costcalc.forms.graph import symbolic
from costcalc.forms.piecewise import Piecewise, random_values
from costcalc.forms.quantities import quantity
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load, shipped_models
from costcalc.symbols import Rounding

POINTS = 1000
"""For each model, over arrays."""

ONE_BY_ONE = 8
"""For each model, over ints, at random words and flags too."""


def sums(graph: Graph) -> list[Any]:
    """MACs and the three kinds of parameters."""
    params = [node.params for node in graph.nodes]
    macs = [node.ledger.get("macs", 0) for node in graph.nodes]
    return [sympy.Add(*macs), *(sympy.Add(*(each[kind] for each in params)) for kind in params[0])]


@pytest.mark.parametrize("name", shipped_models())
def test_exact_forms_are_the_counts_one_by_one(name: str) -> None:
    """Over ints, wherever the random knobs give a graph."""
    model = load(name)
    forms = Piecewise(model, sums)
    pick = random.Random(name)
    done = 0
    while done < ONE_BY_ONE:
        values = random_values(model, pick)
        try:
            graph = infer(model, values)
        except CostcalcError:
            continue
        done += 1
        assert forms.values(values, graph) == [total_macs(graph), *total_params(graph).values()], values


def counted(model: ModelSpec, rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, ...] | None]:
    """The same sums by inference over arrays, in parts where the structure differs; None where there is no graph."""
    if not rows:
        return []
    columns: dict[str, Any] = {}
    for name in rows[0]:
        items = [row[name] for row in rows]
        if len(rows) == 1 or len(set(items)) == 1:
            columns[name] = items[0]
        elif all(dims.is_exact_int(item) for item in items):
            columns[name] = dims.int_array(items)
        else:
            columns[name] = numpy.array(items, dtype=numpy.float64)
    try:
        graph = infer(model, columns)
        totals = [total_macs(graph), *total_params(graph).values()]
    except dims.Mixed as mixed:
        sides = {
            side: [row for row, m in zip(rows, mixed.mask, strict=True) if bool(m) is side] for side in (True, False)
        }
        parts = {side: iter(counted(model, part)) for side, part in sides.items()}
        return [next(parts[bool(side)]) for side in mixed.mask]
    except CostcalcError:
        if len(rows) == 1:
            return [None]
        half = len(rows) // 2
        return counted(model, rows[:half]) + counted(model, rows[half:])
    lists: list[Any] = [total.tolist() if hasattr(total, "tolist") else [total] * len(rows) for total in totals]
    return list(zip(*lists, strict=True))


def numeric_rows(model: ModelSpec, steps: Mapping[str, int], pick: random.Random) -> list[dict[str, Any]]:
    """`POINTS` settings that differ in the knobs ``steps``: whole ones by multiples of theirs, or one more."""
    rows = []
    for _ in range(POINTS):
        row: dict[str, Any] = {}
        for name, knob in model.knobs.items():
            default, least = knob.default, knob.min if knob.min is not None else 1
            if name not in steps:
                row[name] = default
            elif isinstance(default, float):
                scales = (pick.uniform(0.02, 2.5), pick.randint(1, 250) / 100, pick.randint(1, 64) / 32, 1)
                row[name] = pick.choice(scales) * default
            else:
                more = 1 if steps[name] <= 32 and pick.random() < 0.1 else 0
                row[name] = max(
                    int(least), default + steps[name] * pick.randint(-(default // steps[name] // 2), 20) + more
                )
        rows.append(row)
    return rows


@pytest.mark.parametrize("name", shipped_models())
def test_exact_forms_are_the_counts_at_a_thousand_points(name: str) -> None:
    """And where no rounding bites, the ideal form is, too."""
    model = load(name)
    derived = symbolic(model)
    pinned = {symbol.name for symbol in pins(derived.conditions)}
    names = [each for each in derived.symbols.outer if each not in pinned]
    steps = {each: derived.symbols.periods.get(each, 48 if each == "penultimate" else 1) for each in names}
    rows = numeric_rows(model, steps, random.Random(name))
    counts = counted(model, rows)
    forms = Piecewise(model, sums, names)
    checked = 0
    for row, count in zip(rows, counts, strict=True):
        if count is not None:
            assert tuple(forms.values(row)) == count, row
            checked += 1
    assert checked >= POINTS // 2
    ideal_is_exact_without_rounding(derived, rows, counts)


def ideal_is_exact_without_rounding(derived: Any, rows: Sequence[Mapping[str, Any]], counts: Sequence[Any]) -> None:
    """At the points where every width is whole already, and the form is valid."""
    closed = ClosedForms(derived, quantity("macs"))
    whole = closed.form("total")
    roundings = sorted(whole.inner.atoms(Rounding), key=str)
    ideal = closed._ideal
    exact = Program([*roundings, whole.inner])
    straight = Program([*(ideal(rounding) for rounding in roundings), ideal(whole.inner)])
    valid = Program(list(ideal.conditions))
    checked = 0
    for row, count in zip(rows, counts, strict=True):
        inner = derived.at(row) if count is not None else None
        if inner is None:
            continue
        fractions: dict[Any, Fraction] = {symbol: exactly(value) for symbol, value in inner.items()}
        *widths, _ = exact(inner)
        *ideals, value = straight(fractions)
        if widths == ideals and all(valid(fractions)):
            assert value == count[0], row
            checked += 1
    assert checked >= 20
