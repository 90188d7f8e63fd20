"""The best order of execution."""

import random
import time

import pytest
from hypothesis import given

from costcalc.inference import infer
from costcalc.layers.allocation import Tensors
from costcalc.memory.liveness import liveness
from costcalc.memory.order import best_order
from costcalc.memory.program import Program, check_order, program
from costcalc.spec import load, shipped_models
from tests.memory import programs

PIECES = 12
EACH = 250


def chains(count: int, length: int, seed: int) -> Program:
    """``count`` parallel chains of ``length`` operations of random sizes, from one input to one merge."""
    pick = random.Random(seed)
    lines: list[programs.Line] = []
    for chain in range(count):
        before = "input"
        for step in range(length):
            name = f"c{chain}.{step}"
            lines.append((name, pick.randint(1, 100), [before]))
            before = name
    ends = [f"c{chain}.{length - 1}" for chain in range(count)]
    return programs.program(10, *lines, ("merge", 1, ends))


def test_a_branch_that_shrinks_runs_before_one_that_stays() -> None:
    """Two branches of one input: first the one whose large tensor goes, then the other."""
    one = programs.program(
        1,
        ("keeps", 8, ["input"]),
        ("grows", 10, ["input"]),
        ("shrinks", 1, ["grows"]),
        ("merge", 1, ["keeps", "shrinks"]),
    )
    # declared: keeps 8 + grows 10 + shrinks 1 = 19; best: input 1 + grows 10 + shrinks 1 = 12
    assert liveness(one).peak == 19
    best = best_order(one)
    assert (best.peak, best.bound, best.exact) == (12, 12, True)
    assert best.order == (1, 2, 0, 3)


@pytest.mark.parametrize("piece", range(PIECES))
def test_no_order_is_better_than_the_best(piece: int) -> None:
    """For 3,000 random programs of up to eight operations, with aliases and transients, every order was tried."""
    pick = random.Random(piece)
    for _ in range(EACH):
        one = programs.random_program(pick, 8)
        best = best_order(one)
        assert best.exact
        assert best.peak == programs.least_peak(one)
        assert best.peak == programs.peak(one, best.order)


def test_the_programs_that_were_tried_have_something_to_find() -> None:
    """Many of the random programs have a better order than the declared one, aliases and transients."""
    pick = random.Random(0)
    tried = [programs.random_program(pick, 8) for _ in range(EACH)]
    assert sum(best_order(one).peak < liveness(one).peak for one in tried) >= EACH // 10
    assert sum(not each.makes for one in tried for each in one.operations) >= EACH // 2
    assert sum(each.transient > 0 for one in tried for each in one.operations) >= EACH // 2


def test_trying_every_order_is_trying_every_order() -> None:
    """The search of the tests, which leaves hopeless orders early, finds what the plain list of all orders holds."""
    pick = random.Random(1)
    for _ in range(60):
        one = programs.random_program(pick, 6)
        assert programs.least_peak(one) == min(programs.peak(one, order) for order in programs.orders(one))


@given(programs.programs)
def test_the_best_order_can_run_and_is_never_worse_than_declared(one: Program) -> None:
    """Whatever the program, and where the search gives up at once too."""
    for effort in (0, 3, 2000):
        best = best_order(one, effort)
        check_order(one, best.order)
        assert best.peak == liveness(one, best.order).peak
        assert best.bound <= best.peak <= liveness(one).peak


@given(programs.programs)
def test_a_search_that_gives_up_knows_a_valid_bound(one: Program) -> None:
    """The bound after little effort is at most the true minimum, and that is at most the peak that was found."""
    exact = best_order(one, 2000)
    if exact.exact:
        for effort in (0, 1, 3, 10):
            hasty = best_order(one, effort)
            assert hasty.bound <= exact.peak <= hasty.peak


@pytest.mark.parametrize("seed", range(1, 4))
def test_eight_chains_of_eight_are_given_up_in_time(seed: int) -> None:
    """The search stops after the stated effort, with an order that is no worse than declared and a bound below it.

    On the way it tells how far it is.
    """
    one = chains(8, 8, seed)
    lines: list[str] = []
    start = time.process_time()
    best = best_order(one, 3000, lines.append)
    assert time.process_time() - start < 10
    assert best.effort == 3000
    assert [line.partition(" states")[0] for line in lines] == [
        f"{done} of at most 3,000" for done in ("1,000", "2,000", "3,000")
    ]
    assert not best.exact
    assert best.bound < best.peak <= liveness(one).peak
    assert best.peak == liveness(one, best.order).peak


def test_where_no_order_is_better_the_declared_one_stays() -> None:
    """A chain has one order; two equal branches have several, all the same."""
    chain = programs.program(4, ("a", 3, ["input"]), ("b", 2, ["a"]))
    assert best_order(chain).order == (0, 1)
    equal = programs.program(4, ("a", 3, ["input"]), ("b", 3, ["input"]), ("c", 1, ["b", "a"]))
    assert best_order(equal).order == (0, 1, 2)


@pytest.mark.parametrize("name", shipped_models())
def test_every_shipped_model_has_an_exact_best_order(name: str) -> None:
    """Within the stated effort, whether the caller holds the input or not."""
    graph = infer(load(name))
    for hold in (True, False):
        one = program(graph, Tensors(1, 4), hold_input=hold)
        best = best_order(one)
        assert best.exact
        assert best.peak <= liveness(one).peak
