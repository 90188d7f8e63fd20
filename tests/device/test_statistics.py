"""Statistics, against numpy and scipy on made-up samples."""

import random

import numpy as np
import pytest
from scipy import stats

from costcalc.device.statistics import median_interval, ratio, summary
from costcalc.errors import UsageError


def samples() -> list[list[float]]:
    """Samples of all sizes up to 40, of several distributions."""
    made = random.Random(7)
    draws = (made.random, lambda: made.lognormvariate(0, 1), lambda: made.gauss(100, 1), lambda: made.randint(1, 3))
    return [[float(draw()) for _ in range(size)] for size in range(1, 41) for draw in draws]


def test_quartiles_and_the_median_are_numpy_s() -> None:
    """Linear between two values, for every size of sample from 1 on; equal to a few units of the last place."""
    for sample in samples():
        found = summary(sample)
        expected = [float(value) for value in np.quantile(sample, [0.25, 0.5, 0.75])]
        assert [found.lower, found.median, found.upper] == pytest.approx(expected, rel=1e-14)


def test_equal_values_have_no_outliers() -> None:
    """Their quartiles are that value to the last bit: an error of rounding would put all of them beyond the fences."""
    made = random.Random(3)
    for value in (made.lognormvariate(-5, 3) for _ in range(1000)):
        for size in range(1, 7):
            found = summary(size * [value])
            assert (found.lower, found.median, found.upper, found.outliers) == (value, value, value, ())


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_the_interval_is_that_of_the_binomial_distribution(confidence: float) -> None:
    """Its two ends are order statistics; scipy's binomial says how many values may be left outside."""
    for sample in samples():
        ordered, count = sorted(sample), len(sample)
        inside = [
            k for k in range(1, count // 2 + 1) if 1 - 2 * stats.binom.cdf(k - 1, count, 0.5) >= confidence - 1e-12
        ]
        expected = (ordered[inside[-1] - 1], ordered[count - inside[-1]]) if inside else None
        assert median_interval(sample, confidence) == expected


def test_six_values_are_the_fewest_for_95_percent() -> None:
    """Of 5, all lie to one side of the median with probability 2/32 = 6.25%; of 6, with 2/64 = 3.1%."""
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert median_interval([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]) == (1.0, 6.0)
    # of 9, one may be left out at each end: 2 * (1 + 9) / 512 = 3.9%
    assert median_interval([float(n) for n in range(9)]) == (1.0, 7.0)


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    """Over 2,000 samples of 15 from a skew distribution whose median is 1: 95%, or more, for it comes in steps."""
    made = random.Random(1)
    held = 0
    for _ in range(2000):
        interval = median_interval([made.lognormvariate(0, 1) for _ in range(15)])
        assert interval is not None
        held += interval.low <= 1 <= interval.high
    # 1 - 2 * (1 + 15 + 105 + 455) / 32768 = 96.5%, and the interval of 2,000 tries around that is +- 1.2%
    assert 0.95 <= held / 2000 <= 0.98


def test_outliers_are_tukey_s() -> None:
    """Quartiles 2 and 4, fences at -1 and 7: of these, 8 and -2 lie outside, 7 does not."""
    found = summary([2.0, 3.0, 4.0, 2.0, 4.0, 3.0, 3.0, 2.0, 4.0])
    assert (found.lower, found.upper, found.iqr, found.outliers) == (2.0, 4.0, 2.0, ())
    sample = [2.0, 3.0, 4.0, 2.0, 4.0, 3.0, 3.0, 2.0, 4.0, 7.0, 8.0, -2.0, 2.0, 4.0]
    lower, upper = np.quantile(sample, [0.25, 0.75])
    reach = 1.5 * (upper - lower)
    assert summary(sample).outliers == tuple(v for v in sample if v < lower - reach or v > upper + reach)
    assert summary(sample).outliers == (8.0, -2.0)


def test_the_spread_is_the_farther_end_of_the_interval() -> None:
    """From the median, 3.5, to 6 or to 1; from 1 to 7, and not half of that, if all else is 1; none without one."""
    assert summary([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).spread == 2.5 / 3.5
    assert summary([1.0, 1.0, 1.0, 1.0, 1.0, 7.0]).spread == 6.0
    assert summary([1.0, 7.0, 7.0, 7.0, 7.0, 7.0]).spread == 6 / 7
    assert summary([1.0, 2.0]).spread is None


def test_a_sample_of_thousands_has_an_interval() -> None:
    """2 to the power of 3,000 is beyond all floating-point numbers."""
    # the least k of which at least 2.5% of samples have k values or fewer to one side
    k = int(stats.binom.ppf(0.025, 3000, 0.5))
    assert median_interval([float(n) for n in range(3000)]) == (k - 1, 3000 - k)


def test_ratios_are_of_the_same_round() -> None:
    """A machine that is ten times slower in a round leaves the ratio; rounds of one side alone count for nothing."""
    base = {0: 1.0, 1: 10.0, 2: 1.0, 3: 100.0, 4: 2.0, 5: 1.0, 9: 5.0}
    values = {number: 1.5 * value for number, value in base.items() if number != 9} | {7: 99.0}
    found = ratio(values, base)
    assert found is not None
    assert (found.size, found.median, found.interval) == (6, 1.5, (1.5, 1.5))
    assert ratio({0: 1.0}, {1: 1.0}) is None


def test_a_sample_of_nothing_is_an_error() -> None:
    """And no zero."""
    with pytest.raises(UsageError, match="an empty sample has no quartiles"):
        summary([])
