"""What is timed next: round by round, so that a machine that grows slower favours no cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import monotonic
from typing import NamedTuple

from costcalc.device.records import Policy, Turn
from costcalc.device.statistics import summary

__all__ = ["Progress", "Schedule", "measure"]


class Progress(NamedTuple):
    """After a turn: what came of it, and how many seconds are left at least and at most (None: nobody can know)."""

    turn: Turn
    done: int
    least: float | None
    most: float | None


class Schedule:
    """The order of turns, a function of the turns that were taken: so a run that stopped goes on as it would have.

    The cell with the fewest rounds is next; of several the first, in odd rounds the last: what drifts steadily is then
    as early as it is late for every pair of cells.
    """

    def __init__(self, cells: int, policy: Policy, turns: Sequence[Turn] = ()) -> None:
        self.policy = policy
        self._times: list[list[float]] = [[] for _ in range(cells)]
        self._rounds = [0] * cells
        self._ended = [False] * cells
        for turn in turns:
            self.add(turn)

    def add(self, turn: Turn) -> None:
        """Take note of a turn."""
        self._rounds[turn.cell] = max(self._rounds[turn.cell], turn.round + 1)
        if turn.status == "ok":
            self._times[turn.cell].append(median(turn.seconds))
            self._ended[turn.cell] = self._enough(turn.cell)
        else:
            self._ended[turn.cell] = True

    def _enough(self, cell: int) -> bool:
        times, policy = self._times[cell], self.policy
        if not policy.least <= len(times) < policy.most:
            return len(times) >= policy.most
        spread = summary(times, policy.confidence).spread
        return spread is not None and spread <= policy.spread

    def next(self, elapsed: float = 0.0) -> tuple[int, int] | None:
        """The cell and the round that come next; None when all is done, or ``elapsed`` seconds are too many.

        Every cell has its first round, however long it takes.
        """
        open_cells = [cell for cell, ended in enumerate(self._ended) if not ended]
        if not open_cells:
            return None
        number = min(self._rounds[cell] for cell in open_cells)
        if number and self.policy.seconds is not None and elapsed >= self.policy.seconds:
            return None
        waiting = [cell for cell in open_cells if self._rounds[cell] == number]
        return (waiting[-1] if number % 2 else waiting[0]), number

    def left(self, cell: int) -> tuple[int, int]:
        """How many rounds of ``cell`` are still to be taken, at least and at most."""
        if self._ended[cell]:
            return 0, 0
        done = len(self._times[cell])
        return max(self.policy.least - done, 1), self.policy.most - done


def measure(
    schedule: Schedule,
    take: Callable[[int, int], Turn],
    record: Callable[[Turn], None],
    tell: Callable[[Progress], None],
    clock: Callable[[], float] = monotonic,
) -> None:
    """Take turn after turn until the schedule has no more; each is recorded before the next begins."""
    began = clock()
    costs: dict[int, list[float]] = {}
    done = 0
    while (following := schedule.next(clock() - began)) is not None:
        before = clock()
        turn = take(*following)
        record(turn)
        schedule.add(turn)
        done += 1
        costs.setdefault(turn.cell, []).append(clock() - before)
        tell(Progress(turn, done, *_left(schedule, costs, clock() - began)))


def _left(schedule: Schedule, costs: dict[int, list[float]], elapsed: float) -> tuple[float | None, float | None]:
    least = most = 0.0
    for cell in range(len(schedule._rounds)):
        few, many = schedule.left(cell)
        if many and cell not in costs:
            return None, None
        if many:
            # The first turn of a cell builds its module: later ones say more.
            cost = median(costs[cell][1:] or costs[cell])
            least, most = least + few * cost, most + many * cost
    if schedule.policy.seconds is not None:
        rest = max(schedule.policy.seconds - elapsed, 0.0)
        least, most = min(least, rest), min(most, rest)
    return least, most
