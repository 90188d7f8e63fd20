"""Live bytes step by step."""

from typing import Any

import numpy
import pytest
import sympy
from hypothesis import given, settings

from costcalc.dims import int_array
from costcalc.errors import UsageError
from costcalc.memory.liveness import Range, liveness
from costcalc.memory.program import Program
from tests.memory import programs

CHAIN = programs.program(
    4, ("conv", 10, ["input"]), ("norm", 10, ["conv"]), ("act", None, ["norm"]), ("pool", 3, ["act"], 5)
)


def test_an_operation_needs_what_lives_its_result_and_its_transients() -> None:
    """And after it, what nothing reads any more goes: each step of a chain by hand."""
    found = liveness(CHAIN)
    assert found.before == 4
    # conv: 4 + 10, then the input goes; norm: 10 + 10, then conv's; act shares norm's; pool: 10 + 3 + 5, then 3 stay
    assert [step.during for step in found.steps] == [14, 20, 10, 18]
    assert [step.after for step in found.steps] == [10, 10, 10, 3]
    assert (found.peak, found.at) == (20, 1)


def test_a_kept_storage_stays() -> None:
    """An input that the caller holds is live at every step."""
    found = liveness(CHAIN._replace(kept=CHAIN.kept | {0}))
    assert [step.during for step in found.steps] == [14, 24, 14, 22]
    assert found.steps[-1].after == 7


def test_a_shared_storage_lives_until_its_last_name_is_read() -> None:
    """The storage of a view goes after the last reader of either."""
    one = programs.program(2, ("a", 8, ["input"]), ("view", None, ["a"]), ("b", 1, ["a"]), ("c", 1, ["view", "b"]))
    assert [step.during for step in liveness(one).steps] == [10, 8, 9, 10]
    assert liveness(one).ranges == (
        *(Range("input", 2, 0, 0), Range("a", 8, 0, 3), Range("b", 1, 2, 3), Range("c", 1, 3, 3)),
    )


def test_the_first_of_equal_peaks_is_the_one_that_is_named() -> None:
    """A chain of equal tensors has its peak where two are first."""
    one = programs.program(5, ("a", 5, ["input"]), ("b", 5, ["a"]), ("c", 5, ["b"]))
    assert (liveness(one).peak, liveness(one).at) == (10, 0)


@given(programs.programs)
def test_live_bytes_are_what_the_definition_says(one: Program) -> None:
    """In declared order: the peak, and the bytes after each step."""
    found = liveness(one)
    assert found.peak == programs.peak(one, one.order)
    for place, step in enumerate(found.steps):
        assert step.after == programs.live(one, set(range(place + 1)))


@given(programs.programs)
def test_live_ranges_add_up_to_the_live_bytes(one: Program) -> None:
    """At each step the storages whose range holds it, and the transients, are what is live."""
    found = liveness(one)
    for place, step in enumerate(found.steps):
        there = sum(each.size for each in found.ranges if each.first <= place <= each.last)
        assert step.path == one.operations[place].path
        assert there + one.operations[place].transient == step.during


@settings(deadline=None, max_examples=25)
@given(programs.programs)
def test_live_bytes_over_symbols_and_arrays_are_those_over_ints(one: Program) -> None:
    """At each step: over a symbol for every size and transient, and over sizes and their triples."""
    values: dict[Any, int] = {}

    def symbol(size: int) -> Any:
        made = sympy.Symbol(f"s{len(values)}", integer=True, nonnegative=True)
        values[made] = size
        return made

    found = liveness(one)
    symbolic = liveness(programs.resized(one, symbol))
    assert [
        (sympy.sympify(step.during).subs(values), sympy.sympify(step.after).subs(values)) for step in symbolic.steps
    ] == [(step.during, step.after) for step in found.steps]
    arrays = liveness(programs.resized(one, lambda size: int_array([size, 3 * size])))
    assert [(list(numpy.asarray(step.during)), list(numpy.asarray(step.after))) for step in arrays.steps] == [
        ([step.during, 3 * step.during], [step.after, 3 * step.after]) for step in found.steps
    ]
    assert list(numpy.asarray(arrays.before)) == [found.before, 3 * found.before]
    assert list(numpy.asarray(arrays.peak)) == [found.peak, 3 * found.peak]


def test_the_peak_over_symbols_is_the_greatest_step() -> None:
    """Of the chain with every size and transient times n, the peak is that of the chain times n."""
    n = sympy.Symbol("n", integer=True, positive=True)
    assert liveness(programs.resized(CHAIN, lambda size: n * size)).peak == n * 20


def test_a_freed_symbol_leaves_nothing_behind() -> None:
    """Not even the floor of a sum: sympy cancels what it has added before."""
    n = sympy.Symbol("n", integer=True, positive=True)
    half = sympy.floor((n - 1) / 2) + 1
    one = programs.program(0, ("a", 4 * half * (half + 1), ["input"]), ("b", 4 * n, ["a"]), ("c", 8 * n, ["b"]))
    found = liveness(one)
    assert [step.after for step in found.steps] == [4 * half * (half + 1), 4 * n, 8 * n]
    assert found.steps[2].during == 12 * n


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 1, 2, 2), (1, 0, 2, 3), (0, 1, 3, 2)])
def test_an_order_that_cannot_be_is_refused(order: tuple[int, ...]) -> None:
    """Each operation once, after those whose results it takes."""
    with pytest.raises(UsageError, match=r"must list each of the|cannot run before"):
        liveness(CHAIN, order)
