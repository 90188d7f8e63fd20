"""What a sample of times says: its median with a confidence interval, its quartiles, its outliers; ratios of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from statistics import quantiles
from typing import NamedTuple

from costcalc.errors import UsageError

__all__ = ["CONFIDENCE", "Interval", "Summary", "median_interval", "ratio", "summary"]

CONFIDENCE = 0.95
"""How often an interval that is made this way holds the true median."""

FENCE = 1.5
"""How many interquartile ranges beyond a quartile an outlier lies. Source: Tukey 1977, Exploratory Data Analysis."""


class Interval(NamedTuple):
    """From ``low`` to ``high``."""

    low: float
    high: float


class Summary(NamedTuple):
    """A sample of ``size`` values: median, its ``interval`` (None: too few values), quartiles, ``outliers``."""

    size: int
    median: float
    interval: Interval | None
    lower: float
    upper: float
    outliers: tuple[float, ...]

    @property
    def iqr(self) -> float:
        """The interquartile range: from the lower to the upper quartile."""
        return self.upper - self.lower

    @property
    def spread(self) -> float | None:
        """How far the interval reaches from the median, as a share of it; None without an interval."""
        if self.interval is None:
            return None
        return max(self.interval.high - self.median, self.median - self.interval.low) / self.median


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Between which two of ``values`` the median lies, with at least this confidence; None if there are too few.

    Of n values the k-th least and the k-th greatest hold the true median between them unless fewer than k lie on one
    side of it, and each lies there with probability 1/2: nothing is assumed of how the values are distributed, only
    that none depends on another. Source: Conover, Practical Nonparametric Statistics, section 3.2.
    """
    ordered = sorted(values)
    count = len(ordered)
    outside = 0
    best = None
    for k in range(1, count // 2 + 1):
        outside += 2 * comb(count, k - 1)
        if outside / 2**count > 1 - confidence:
            break
        best = Interval(ordered[k - 1], ordered[count - k])
    return best


def summary(values: Sequence[float], confidence: float = CONFIDENCE) -> Summary:
    """All that is said of a sample. Raises UsageError for no values.

    Quartiles are interpolated linearly between two values: numpy's default, and type 7 of Hyndman and Fan 1996.
    """
    if not values:
        raise UsageError("an empty sample has no quartiles")
    # quantiles takes a single value only from Python 3.13 on
    lower, middle, upper = quantiles(values, n=4, method="inclusive") if len(values) > 1 else 3 * [values[0]]
    reach = FENCE * (upper - lower)
    outliers = tuple(value for value in values if not lower - reach <= value <= upper + reach)
    return Summary(len(values), middle, median_interval(values, confidence), lower, upper, outliers)


def ratio(values: Mapping[int, float], base: Mapping[int, float], confidence: float = CONFIDENCE) -> Summary | None:
    """The ratios of ``values`` to ``base``, both by round: each pair was measured one soon after the other.

    What slows the machine in a round slows both, and leaves their ratio. None where they have no round in common.
    """
    ratios = [values[number] / base[number] for number in sorted(values.keys() & base.keys())]
    return summary(ratios, confidence) if ratios else None
