"""Every closed form of every shipped model against counting, at random points: as integers, none off by one."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

import numpy
import pytest
import sympy

from costcalc import dims
from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.memory.inference import Inference, run
from costcalc.outputs import render
from costcalc.quantities import QUANTITIES
from costcalc.spec import ModelSpec, load, shipped_models
from costcalc.symbolic.closed import ClosedForms, column
from costcalc.symbolic.conditions import pins
from costcalc.symbolic.derive import derive
from costcalc.symbolic.evaluate import Program, exactly
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.piecewise import Piecewise, random_values
from costcalc.symbols import Rounding
from costcalc.table import Table
from tests.exhaustive import over

POINTS = 1000
"""For each model, over arrays."""

ONE_BY_ONE = 8
"""For each model, over ints, at random words and flags too."""


def members(model: ModelSpec) -> Iterator[tuple[Mapping[str, Any], Graph]]:
    """`ONE_BY_ONE` random settings of ``model`` that give a graph, and the graphs; the same ones every time."""
    pick = random.Random(model.name)
    done = 0
    while done < ONE_BY_ONE:
        values = random_values(model, pick)
        with suppress(CostcalcError):
            graph = infer(model, values)
            done += 1
            yield values, graph


def sums(graph: Graph) -> list[Any]:
    """MACs and the three kinds of parameters."""
    params = [node.params for node in graph.nodes]
    macs = [node.ledger.get("macs", 0) for node in graph.nodes]
    return [sympy.Add(*macs), *(sympy.Add(*(each[kind] for each in params)) for kind in params[0])]


@pytest.mark.parametrize("name", over(shipped_models()))
def test_exact_forms_are_the_counts_one_by_one(name: str) -> None:
    """Over ints, wherever the random knobs give a graph."""
    model = load(name)
    forms = Piecewise(model, sums)
    for values, graph in members(model):
        assert forms.values(values, graph) == [total_macs(graph), *total_params(graph).values()], values


@pytest.mark.parametrize("name", over(shipped_models()))
def test_the_exact_form_of_memory_is_what_memory_says(name: str) -> None:
    """Where it is derived: the same bytes at the same layer; of each stage, the greatest over its steps."""
    model = load(name)
    ran = run(infer(model), Inference())
    table = derive(model, quantity="memory", exact=True, by="stage")
    assert table.total is not None
    assert (table.total["count"], table.total["place"]) == (ran.liveness.peak, ran.at)
    assert read(table, {each: knob.default for each, knob in model.knobs.items()}) == ran.liveness.peak
    stages: dict[str, int] = {}
    for node, step in zip(ran.graph.nodes[1:], ran.liveness.steps, strict=True):
        stages[node.stage] = max(stages.get(node.stage, 0), step.during)
    assert {row["name"]: row["count"] for row in table.rows} == stages


@pytest.mark.parametrize("name", over(shipped_models()))
def test_live_bytes_by_their_forms_are_what_memory_says(name: str) -> None:
    """At every step, wherever the random knobs give a graph."""
    model = load(name)
    forms = Piecewise(model, partial(column, QUANTITIES["peak_memory"]))
    for values, graph in members(model):
        live = run(graph, Inference()).liveness
        assert forms.values(values, graph) == [live.before, *(step.during for step in live.steps)], values


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
    """Settings that differ in the knobs ``steps``: whole ones by multiples of theirs, or one more.

    More than `POINTS`, as some of them give no graph.
    """
    rows = []
    for _ in range(POINTS + POINTS // 4):
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


@pytest.mark.parametrize("name", over(shipped_models()))
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
    points = [(row, count) for row, count in zip(rows, counts, strict=True) if count is not None][:POINTS]
    assert len(points) == POINTS
    for row, count in points:
        assert tuple(forms.values(row)) == count, row
    ideal_is_exact_without_rounding(derived, rows, counts)


def ideal_is_exact_without_rounding(derived: Any, rows: Sequence[Mapping[str, Any]], counts: Sequence[Any]) -> None:
    """At the points where every width is whole already, and the form is valid."""
    closed = ClosedForms(derived, QUANTITIES["macs"])
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


FUNCTIONS = {
    "int": lambda x: int(Fraction(int(x.p), int(x.q))),
    "round": lambda x: round(Fraction(int(x.p), int(x.q))),
    "make_divisible": lambda x, divisor: dims.make_divisible(Fraction(int(x.p), int(x.q)), int(divisor)),
}
"""What the functions in an exact form mean."""


def read(table: Table, values: Mapping[str, Any]) -> Any:
    """What anybody makes of the JSON of a closed form where the knobs have ``values``, with sympy and no more."""
    about = json.loads(render(table, "json"))["about"]
    letters = {name: sympy.sympify(meaning["srepr"]) for name, meaning in about["letters"].items()}
    form = sympy.sympify(about["forms"]["total"]["srepr"])
    form = form.subs({symbol: letters[symbol.name] for symbol in form.free_symbols if symbol.name in letters})
    form = form.subs({symbol: sympy.Rational(exactly(values[symbol.name])) for symbol in form.free_symbols})
    for name, function in FUNCTIONS.items():
        form = form.replace(sympy.Function(name), function)
    return form


@pytest.mark.parametrize("name", over(shipped_models()))
def test_what_json_says_is_the_count(name: str) -> None:
    """Read back by sympy from outside, where the form is valid; widths in 32nds, which floats have exactly."""
    model = load(name)
    derived = symbolic(model)
    forms = {kind: derive(model, quantity=kind, exact=True) for kind in ("macs", "params")}
    steps = {each: derived.symbols.periods.get(each, 48) for each in derived.symbols.outer}
    pick = random.Random(name)
    checked = 0
    for _ in range(200):
        values = {each: knob.default for each, knob in model.knobs.items()}
        for each, step in steps.items():
            real = isinstance(values[each], float)
            values[each] = pick.randint(8, 40) / 32 if real else values[each] + step * pick.randint(0, 3)
        try:
            graph = infer(model, values)
        except CostcalcError:
            continue
        if derived.at(values) is None:
            continue
        assert read(forms["macs"], values) == total_macs(graph), values
        assert read(forms["params"], values) == total_params(graph)["trainable"], values
        checked += 1
        if checked == 3:
            break
    assert checked == 3
