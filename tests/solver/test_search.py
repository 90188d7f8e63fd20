"""The search against every setting counted: the same front, the same nearest miss, on ranges however long."""

import math
import random
from typing import Any

import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.solver import Budget, solve, values
from costcalc.solver.costs import costs as wanted
from costcalc.solver.search import search
from costcalc.spec import ModelSpec, load
from tests.solver.test_solve import costs
from tests.symbolic.writing import model

ROUNDED = """
knobs: {a: {default: 1.0, above: 0}, n: {default: 4, min: 1}, s: {default: 2, min: 1}}
input: [3, 32, 32]
layers:
  - conv: {out: "make_divisible(16 * a, 8)", kernel: 3, stride: s}
  - conv: {out: "int(9 * a) + n", kernel: 3}
  - conv: {out: "max(4, round(20 * a / n))"}
  - global_avg_pool
  - linear: {out: "10 + n"}
"""

STRUCTURE = """
knobs: {a: {default: 1.0, above: 0}, n: {default: 4, min: 1}, s: {default: 2, min: 1}}
input: [3, 16, 16]
blocks:
  unit: {args: {out: 8}, layers: [conv: {out: out, kernel: 3}], residual: out == cin}
layers:
  - conv: {out: "make_divisible(16 * a, 8)"}
  - unit: {out: "make_divisible(24 * a, 8)"}
  - conv: {out: 12, groups: n, when: n % 2 == 0}
  - repeat: {n: s, layers: [conv: {out: "int(5 * a) + 1"}]}
"""


def every(spec: ModelSpec, varied: dict[str, Any]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """What each setting costs, by one inference each; those without a graph are left out."""
    found: dict[tuple[Any, ...], tuple[int, int]] = {(): (0, 0)}
    for name in varied:
        found = {(*key, value): (0, 0) for key in found for value in varied[name].listed}
    counted = {}
    for key in found:
        try:
            counted[key] = costs(spec, dict(zip(varied, key, strict=True)))
        except CostcalcError:
            continue
    return counted


def missed(count: tuple[int, int], budgets: list[Budget]) -> float:
    worst: Any = 0
    for each in budgets:
        number = count[0 if each.quantity == "macs" else 1]
        if each.most is not None:
            worst = max(worst, (number - each.most) / each.most)
        worst = max(worst, (each.least - number) / each.least if each.least else 0)
    return worst


@pytest.mark.parametrize("text", [ROUNDED, STRUCTURE], ids=["rounded", "structure"])
@pytest.mark.parametrize("seed", range(6))
def test_the_search_finds_what_counting_every_setting_finds(text: str, seed: int) -> None:
    """Random budgets from above and below, on costs that rise, fall and jump, with settings that give no graph."""
    spec, chance = model(text), random.Random(seed)
    varied = {
        "a": values(spec.knobs["a"], "0.1..2.5/0.1"),
        "n": values(spec.knobs["n"], "1..6"),
        "s": values(spec.knobs["s"], "1..3"),
    }
    counted = every(spec, varied)
    macs = sorted(count[0] for count in counted.values())
    params = sorted(count[1] for count in counted.values())
    budgets = [Budget("macs", chance.choice(macs) // 2 if seed % 2 else 0, chance.choice(macs))]
    budgets = [each._replace(least=min(each.least, each.most or 0)) for each in budgets]
    if seed > 2:
        budgets.append(Budget("params", 0, chance.choice(params)))
    point = spec.knob_values({})
    found = {
        tuple(setting.values.values()): count
        for setting, count in search(spec, budgets, varied, point, wanted(budgets, "trainable"))
    }
    feasible = [key for key, count in counted.items() if not missed(count, budgets)]
    front = {
        key
        for key in feasible
        if not any(other != key and all(a >= b for a, b in zip(other, key, strict=True)) for other in feasible)
    }
    assert front <= set(found) <= set(feasible) if feasible else len(found) == 1
    assert all(counted[key] == count for key, count in found.items())
    assert {tuple(row[name] for name in varied) for row in solve(spec, budgets, varied).table.rows} >= front


@pytest.mark.parametrize(("least", "most"), [(0, 50), (10**9, None), (40_000, 40_001)])
def test_the_nearest_miss_is_that_of_counting_every_setting(least: int, most: int | None) -> None:
    """Of several that miss by the same share the greatest, first knob first."""
    spec = model(ROUNDED)
    varied = {"n": values(spec.knobs["n"], "1..5"), "a": values(spec.knobs["a"], "0.1..2/0.1")}
    counted = every(spec, varied)
    budgets = [Budget("macs", least, most)]
    assert all(missed(count, budgets) for count in counted.values())
    share = min(missed(count, budgets) for count in counted.values())
    expected = max(key for key, count in counted.items() if missed(count, budgets) == share)
    ((setting, count),) = search(spec, budgets, varied, spec.knob_values({}), wanted(budgets, "trainable"))
    assert (setting.values["n"], setting.values["a"]) == expected
    assert count == counted[expected]


def test_every_number_of_a_range_is_the_front_of_all_steps() -> None:
    """What is listed with every step and marked as the front is what the search finds, interval and all."""
    for text, most in (ROUNDED, 300_000), (STRUCTURE, 150_000), (STRUCTURE, 1_000):
        spec = model(text)
        varied = {"n": values(spec.knobs["n"], "2..4/2"), "a": values(spec.knobs["a"], "0.1..3")}
        budgets = [Budget("macs", 0, most)]
        listed = solve(spec, budgets, varied, everything=True)
        found = solve(spec, budgets, varied)
        assert found.found is listed.found
        front = [row for row in listed.table.rows if row["front"] or not listed.found]
        assert list(found.table.rows) == front


@pytest.mark.parametrize("text", ["0.1..100", "1e-320..1", "0.1..1e60", "1e-320..1e60"])
def test_the_length_of_a_range_does_not_matter(text: str) -> None:
    """The greatest alpha of MobileNetV1 within 300M is 0.72, as on 0.1..2, and one float more breaks the budget."""
    spec = load("mobilenetv1")
    found = solve(spec, [Budget("macs", 0, 300_000_000)], {"alpha": values(spec.knobs["alpha"], text)})
    (row,) = found.table.rows
    assert (row["alpha"], row["from"], row["below"]) == (0.72, 0.7197265625, 0.720703125)
    last = {"alpha": math.nextafter(row["below"], 0)}
    assert costs(spec, last) == (row["macs"], row["params"]) == (299_816_242, 2_410_208)
    assert costs(spec, {"alpha": row["below"]})[0] > 300_000_000
    assert costs(spec, {"alpha": math.nextafter(row["from"], 0)}) != (row["macs"], row["params"])


def test_a_whole_knob_may_have_a_range_without_end() -> None:
    """One layer of n outputs on 3 inputs has 3 n multiply-accumulates: of 10**18 values 333 is the last within 1000."""
    spec = model("knobs: {n: {default: 1, min: 1}}\ninput: [3, 1, 1]\nlayers: [conv: {out: n}]")
    found = solve(spec, [Budget("macs", 0, 1000)], {"n": values(spec.knobs["n"], f"1..{10**18}")})
    assert [(row["n"], row["macs"]) for row in found.table.rows] == [(333, 999)]


def test_a_width_that_overflows_is_refused_with_its_reason() -> None:
    """32 * 1e308 is infinite, and no width."""
    spec = load("mobilenetv1")
    with pytest.raises(UsageError) as caught:
        solve(spec, [Budget("macs", 0, 10**8)], {"alpha": values(spec.knobs["alpha"], "0.1..1e308")})
    assert "alpha = 1e+308 gives no graph" in str(caught.value)
    assert "the result is not a finite number" in str(caught.value)


def test_a_list_of_too_many_steps_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """``int(1024 * alpha)`` alone goes from 102 to 1,024,000, and no step is looked for after it is known."""
    monkeypatch.setattr(
        "costcalc.symbolic.steps._jumps", lambda step, low, high: {high} if step(high) < 20_000 else 1 / 0
    )
    spec = load("mobilenetv1")
    with pytest.raises(UsageError, match=r"more than 20,000 steps for alpha from 0\.1 to 1000\.0: too many to list"):
        solve(spec, [Budget("macs", 0, 10**8)], {"alpha": values(spec.knobs["alpha"], "0.1..1000")}, everything=True)
