"""Sliding windows: the padding words by their definitions, and how many positions there are."""

import itertools
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.dims import int_array
from costcalc.layers.window import ceil_positions, explicit_padding, positions, same_padding, span

AXES = list(itertools.product(range(1, 12), (1, 2, 3, 4, 5), (1, 2, 3, 5), (1, 2, 3)))
"""(size, kernel, stride, dilation): every small axis."""

few = settings(max_examples=200, deadline=None, derandomize=True)


def starts(n: int, before: int, after: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """Where windows start that lie in the padded axis as a whole."""
    taps = [dilation * k for k in range(kernel)]
    return [start for start in range(-before, n + after, stride) if start + taps[-1] < n + after]


@pytest.mark.parametrize("dilation", [1, 2, 5])
@pytest.mark.parametrize("kernel", [1, 2, 7])
def test_the_span_is_from_the_first_tap_to_the_last(kernel: int, dilation: int) -> None:
    """A dilated kernel reads every dilation-th value."""
    assert span(kernel, dilation) == len(range(dilation * (kernel - 1) + 1))
    assert span(3, 2) == 5


def test_same_gives_an_output_for_every_stride_begun() -> None:
    """TensorFlow's definition: ceil(n / stride) outputs, the least padding, the odd one after."""
    for n, kernel, stride, dilation in AXES:
        before, after = same_padding(n, kernel, stride, dilation)
        wanted = len(range(0, n, stride))
        assert 0 <= after - before <= 1
        assert positions(n, (before, after), kernel, stride, dilation) == wanted
        assert ceil_positions(n, (before, after), kernel, stride, dilation) == wanted
        if after > 0:
            less = (before, after - 1) if after > before else (before - 1, after)
            assert positions(n, less, kernel, stride, dilation) < wanted


def test_same_pads_224_with_kernel_3_and_stride_2_at_the_end_only() -> None:
    """The stem of TensorFlow's MobileNets."""
    # (112 - 1) * 2 + 3 - 224 = 1
    assert same_padding(224, 3, 2, 1) == (0, 1)


def test_half_keeps_the_size_of_an_odd_kernel_at_stride_one() -> None:
    """dilation * (kernel - 1) // 2 on each side."""
    for n, kernel, _, dilation in AXES:
        rows, columns = explicit_padding("half", (n, n), (kernel, 1), (1, 1), (dilation, 1))
        assert columns == (0, 0)
        assert rows == (dilation * (kernel - 1) // 2,) * 2
        if kernel % 2 == 1:
            assert positions(n, rows, kernel, 1, dilation) == n


def test_numbers_are_the_padding_of_both_sides_of_an_axis() -> None:
    """A pair is vertical, horizontal."""
    assert explicit_padding((1, 2), (9, 9), (3, 3), (1, 1), (1, 1)) == ((1, 1), (2, 2))
    assert explicit_padding("valid", (9, 9), (3, 3), (1, 1), (1, 1)) == ((0, 0), (0, 0))


def test_positions_counts_the_windows_that_fit() -> None:
    """By listing them; none fit a kernel that is too large, however large the stride."""
    for (n, kernel, stride, dilation), before, after in itertools.product(AXES, (0, 1), (0, 2)):
        found = starts(n, before, after, kernel, stride, dilation)
        count = positions(n, (before, after), kernel, stride, dilation)
        assert max(count, 0) == len(found)


def test_ceil_mode_counts_a_last_window_that_sticks_out() -> None:
    """It must start inside the input or the padding before it, and less than one stride beyond the last that fits."""
    for (n, kernel, stride, dilation), pad in itertools.product(AXES, (0, 1, 2)):
        if 2 * pad > kernel:
            continue
        reach = dilation * (kernel - 1)
        count = ceil_positions(n, (pad, pad), kernel, stride, dilation)
        fit = [start for start in range(-pad, n, stride) if start + reach - (n + pad - 1) < stride]
        assert max(count, 0) == len(fit)


def test_ceil_mode_on_a_known_axis() -> None:
    """SqueezeNet's first pooling: 111 values, kernel 3, stride 2."""
    # ceil((111 - 3) / 2) + 1 = 55, and of 112 values one more than floor gives: ceil(109 / 2) + 1 = 56
    assert ceil_positions(111, (0, 0), 3, 2, 1) == 55
    assert ceil_positions(112, (0, 0), 3, 2, 1) == 56
    assert positions(112, (0, 0), 3, 2, 1) == 55


axis = st.tuples(st.integers(1, 300), st.integers(1, 11), st.integers(1, 7), st.integers(1, 4))


@few
@given(axis)
def test_arrays_and_ints_agree(one: tuple[int, int, int, int]) -> None:
    """The same functions over int64 arrays."""
    n, kernel, stride, dilation = one
    before, after = same_padding(n, kernel, stride, dilation)
    columns: list[Any] = [int_array([value, value + 1]) for value in one]
    pads: Any = same_padding(*columns)
    assert (pads[0][0], pads[1][0]) == (before, after)
    for count in (positions, ceil_positions):
        counts: Any = count(columns[0], pads, *columns[1:])
        assert counts[0] == count(n, (before, after), kernel, stride, dilation)


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16, 32])
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_on_a_resolution_of_32_m_the_floors_go_away(kernel: int, stride: int) -> None:
    """`half` divides 32 m exactly by each stride up to 32, and sympy sees it."""
    m = sympy.Symbol("m", integer=True, positive=True)
    pads, _ = explicit_padding("half", (32 * m, 32 * m), (kernel, kernel), (stride, stride), (1, 1))
    assert positions(32 * m, pads, kernel, stride, 1) == 32 * m / stride
    assert explicit_padding("same", (32 * m, 1), (1, 1), (stride, 1), (1, 1))[0] == (0, 0)
