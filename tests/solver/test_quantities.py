"""Every quantity of the registry can be a budget: the front is that of counting every setting."""

import random
from typing import Any

import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.inference import infer
from costcalc.quantities import QUANTITIES, Setting
from costcalc.solver import Budget, limited, values
from costcalc.solver.asked import combined
from costcalc.solver.costs import costs
from costcalc.solver.search import search
from tests.solver.test_search import ROUNDED, STRUCTURE
from tests.symbolic.writing import model


@pytest.mark.parametrize("text", [ROUNDED, STRUCTURE], ids=["rounded", "structure"])
@pytest.mark.parametrize("key", QUANTITIES)
def test_the_front_of_a_quantity_is_that_of_counting_every_setting(key: str, text: str) -> None:
    """At most as much as one of the settings has, and at least so much."""
    spec, chance = model(text), random.Random(key)
    varied = {
        "a": values(spec.knobs["a"], "0.2..1.6/0.2"),
        "n": values(spec.knobs["n"], "1..4"),
        "s": values(spec.knobs["s"], "1..2"),
    }
    counted: dict[tuple[Any, ...], Any] = {}
    for a in varied["a"].listed:
        for n in varied["n"].listed:
            for s in varied["s"].listed:
                try:
                    graph = infer(spec, {"a": a, "n": n, "s": s})
                    counted[a, n, s] = QUANTITIES[key].value(graph, Setting())
                except CostcalcError:
                    continue
    middle = chance.choice(sorted(counted.values()))
    for budget in (Budget(key, most=middle), Budget(key, least=middle)):
        found = search(spec, [budget], varied, spec.knob_values({}), costs([budget], "trainable"))
        feasible = [each for each, value in counted.items() if budget.met(value, value)]
        front = {
            each
            for each in feasible
            if not any(other != each and all(a >= b for a, b in zip(other, each, strict=True)) for other in feasible)
        }
        assert {tuple(setting.values.values()) for setting, _ in found} == front


def test_a_limit_is_written_as_in_a_budgets_file() -> None:
    """4 MiB are 4 * 1024 * 1024 bytes; what is not whole keeps its strictness."""
    assert limited("peak_memory(fp16) <= 4 MiB") == Budget("peak_memory", 0, 4 * 1024**2, Setting("fp16"))
    assert limited("intensity > 5") == Budget("intensity", 5, None, above=True)
    assert limited("depth == 20") == Budget("depth", 20, 20)
    assert limited("bytes(fp16, batch=8)<3 MB") == Budget("bytes", 0, 3_000_000, Setting("fp16", 8), below=True)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("macs(batch=8) <= 3G", "MACs (batch=8)"),
        ("flops <= 1G", "FLOPs of the MACs"),
        ("stored <= 3M", "parameters, stored"),
        ("bytes(fp16) <= 3 MB", "bytes moved (fp16)"),
        ("peak_memory(fp16) <= 3 MB", "bytes of peak_memory(fp16)"),
    ],
)
def test_an_amount_is_called_by_its_quantity(text: str, word: str) -> None:
    """The unit is not said twice, as in "FLOPs of flops"."""
    assert costs([limited(text)], "trainable")[-1].word == word


def test_limits_that_exclude_each_other_are_named() -> None:
    """Also where both name one number, which neither of them allows."""
    with pytest.raises(UsageError, match="--macs: more than 5 and less than 5 contradict each other"):
        combined([limited("macs > 5"), limited("macs < 5")])


def test_a_column_has_the_unit_of_its_quantity() -> None:
    """As in every other table: FLOPs per byte are no count."""
    assert [each.as_column().unit for each in costs([limited("intensity > 5")], "trainable")] == [
        "macs",
        "params",
        "flops/byte",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("peak_memory", "must be a quantity and its limit"),
        ("bytes(batch=8", "must be a quantity and its limit"),
        ("peek_memory <= 4 MiB", "no quantity peek_memory"),
        ("peak_memory <= 4", "the number has no unit"),
        ("latency <= 4 ms", "latency requires the ceilings of a machine"),
        ("macs <= +1% vs b.json", "baselines are supported only by costcalc check"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, said: str) -> None:
    """With what is missing."""
    with pytest.raises(UsageError, match=said):
        limited(text)
