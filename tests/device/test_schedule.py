"""The order of turns: interleaved, as long as needed, taken up after a stop."""

from __future__ import annotations

import random

import pytest

from costcalc.device.records import Policy, Turn
from costcalc.device.schedule import Progress, Schedule, measure
from costcalc.device.statistics import median_interval
from tests.device.samples import turn

FIXED = Policy(least=4, most=4, spread=0.02, slot=0.1, confidence=0.95)


def order(
    cells: int, policy: Policy, before: list[Turn] | None = None, count: int | None = None
) -> list[tuple[int, int]]:
    """The turns of a run in which every turn takes a second, after those ``before``; at most ``count``."""
    schedule = Schedule(cells, policy, before or [])
    found: list[tuple[int, int]] = []
    while (following := schedule.next()) is not None and len(found) != count:
        found.append(following)
        schedule.add(turn(*following, 1.0))
    return found


def test_cells_take_turns() -> None:
    """Every cell once in each round, forwards and backwards in turn, so that no cell is always the first."""
    assert order(3, FIXED) == [
        *((0, 0), (1, 0), (2, 0)),
        *((2, 1), (1, 1), (0, 1)),
        *((0, 2), (1, 2), (2, 2)),
        *((2, 3), (1, 3), (0, 3)),
    ]


def test_a_steady_drift_favours_no_cell() -> None:
    """Over an even number of rounds, all cells have the same mean place in time."""
    turns = order(5, FIXED)
    places = {cell: [i for i, (other, _) in enumerate(turns) if other == cell] for cell in range(5)}
    assert len({sum(found) for found in places.values()}) == 1


@pytest.mark.parametrize("stopped", range(13))
def test_a_run_that_stopped_goes_on_as_it_would_have(stopped: int) -> None:
    """Wherever it stops: the turns before and after are those of an unbroken run, none twice and none left out."""
    whole = order(3, FIXED)
    before = [turn(cell, round, 1.0) for cell, round in order(3, FIXED, count=stopped)]
    assert [(each.cell, each.round) for each in before] + order(3, FIXED, before) == whole


def test_rounds_go_on_until_the_interval_is_narrow() -> None:
    """A steady cell has the least number of rounds, a restless one the most."""
    policy = Policy(least=6, most=10, spread=0.02, slot=0.1, confidence=0.95)
    schedule = Schedule(2, policy)
    while (following := schedule.next()) is not None:
        cell, round = following
        schedule.add(turn(cell, round, 1.0 if cell == 0 else 1.0 + round))
    assert schedule._rounds == [6, 10]


def test_to_stop_when_it_is_narrow_costs_the_interval_little() -> None:
    """Of 600 cells with a noise at which many stop between the least and the most rounds: over 90% instead of 95%."""
    made = random.Random(3)
    policy = Policy(least=9, most=25, spread=0.02, slot=0.1, confidence=0.95)
    held, sizes = 0, set()
    for _ in range(600):
        schedule, times = Schedule(1, policy), []
        while (following := schedule.next()) is not None:
            times.append(made.lognormvariate(0, 0.03))
            schedule.add(turn(*following, times[-1]))
        interval = median_interval(times)
        assert interval is not None
        held += interval.low <= 1 <= interval.high
        sizes.add(len(times))
    assert len(sizes) > 5
    # around 93.8%, which 4,000 cells gave, 600 lie within 3.9% (4 standard deviations)
    assert held / 600 > 0.9


def test_a_cell_without_a_time_is_not_tried_again() -> None:
    """Out of memory is what it is; the others go on."""
    schedule = Schedule(2, FIXED)
    schedule.add(turn(0, 0, status="out of memory", reason="no room"))
    rest = []
    while (following := schedule.next()) is not None:
        rest.append(following)
        schedule.add(turn(*following, 1.0))
    assert rest == [(1, 0), (1, 1), (1, 2), (1, 3)]


def test_a_limit_of_time_leaves_every_cell_its_first_round() -> None:
    """No round begins after it."""
    schedule = Schedule(2, FIXED.model_copy(update={"seconds": 5.0}))
    assert schedule.next(100.0) == (0, 0)
    schedule.add(turn(0, 0, 1.0))
    assert schedule.next(100.0) == (1, 0)
    schedule.add(turn(1, 0, 1.0))
    assert schedule.next(5.0) is None
    assert schedule.next(4.9) == (1, 1)


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_turn_is_recorded_before_the_next_begins() -> None:
    """Whatever stops the second turn, the first is in the file."""
    recorded: list[Turn] = []

    def take(cell: int, round: int) -> Turn:
        if len(recorded) == 1:
            raise KeyboardInterrupt
        return turn(cell, round, 1.0)

    with pytest.raises(KeyboardInterrupt):
        measure(Schedule(2, FIXED), take, recorded.append, lambda progress: None)
    assert [(each.cell, each.round) for each in recorded] == [(0, 0)]


def test_the_time_left_is_what_turns_cost_so_far() -> None:
    """Unknown until every cell had a turn; then the rounds left, at least and at most, at their cost."""
    clock = Clock()
    told: list[Progress] = []
    policy = Policy(least=2, most=5, spread=0.02, slot=0.1, confidence=0.95)

    def take(cell: int, round: int) -> Turn:
        clock.now += 10 if round == 0 else 1 + cell
        return turn(cell, round, 1.0 + round)

    measure(Schedule(2, policy), take, lambda turn: None, told.append, clock)
    assert (told[0].least, told[0].most) == (None, None)
    # after the first round, one more round at least and four at most, of 10 seconds for each of 2 cells
    assert (told[1].least, told[1].most) == (20, 80)
    # cell 1 had its second turn, of 2 seconds: 1 to 3 more of it; and cell 0 still 1 to 4 of 10
    assert (told[2].least, told[2].most) == (2 + 10, 6 + 40)
    assert (told[-1].done, told[-1].least, told[-1].most) == (10, 0, 0)
