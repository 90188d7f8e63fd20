"""What a sample of times says: its median with a confidence interval, its quartiles, its outliers; ratios of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb, floor
from typing import NamedTuple

from costcalc.errors import UsageError

__all__ = ["CONFIDENCE", "Interval", "Summary", "median", "median_interval", "quantile", "ratio", "summary"]

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


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lies, interpolated linearly between two of them.

    That is numpy's default, and type 7 of Hyndman and Fan 1996. Raises UsageError for no values.
    """
    if not values:
        raise UsageError("a sample of no values has no quantiles")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = min(floor(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle. Raises UsageError for no values."""
    return quantile(values, 0.5)


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
    """All that is said of a sample. Raises UsageError for no values."""
    lower, upper = quantile(values, 0.25), quantile(values, 0.75)
    reach = FENCE * (upper - lower)
    outliers = tuple(value for value in values if not lower - reach <= value <= upper + reach)
    return Summary(len(values), median(values), median_interval(values, confidence), lower, upper, outliers)


def ratio(values: Mapping[int, float], base: Mapping[int, float], confidence: float = CONFIDENCE) -> Summary | None:
    """The ratios of ``values`` to ``base``, both by round: each pair was measured one soon after the other.

    What slows the machine in a round slows both, and leaves their ratio. None where they have no round in common.
    """
    ratios = [values[number] / base[number] for number in sorted(values.keys() & base.keys())]
    return summary(ratios, confidence) if ratios else None
