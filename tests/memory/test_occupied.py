"""Addresses that are taken at some steps."""

from hypothesis import given
from hypothesis import strategies as st

from costcalc.memory.occupied import Occupied

STEPS = 13


@given(
    st.lists(st.tuples(st.integers(0, STEPS - 1), st.integers(0, STEPS - 1), st.integers(1, 9)), max_size=60),
    st.integers(1, 4),
)
def test_the_lowest_offset_is_lowest_by_definition(blocks: list[tuple[int, int, int]], times: int) -> None:
    """It is 0 or the end of a block that is there meanwhile, the least at which none of these is met."""
    occupied = Occupied(STEPS)
    placed: list[tuple[int, int, int, int]] = []
    for one, other, size in blocks:
        first, last, size = min(one, other), max(one, other), size * times
        meanwhile = [each for each in placed if each[0] <= last and first <= each[1]]
        expected = min(
            offset
            for offset in (0, *(start + length for _, _, start, length in meanwhile))
            if all(start + length <= offset or offset + size <= start for _, _, start, length in meanwhile)
        )
        assert occupied.lowest(first, last, size) == expected
        occupied.take(first, last, expected, size)
        placed.append((first, last, expected, size))


def test_a_block_fits_exactly_between_two() -> None:
    """Bytes 4 to 8 are free at both steps; five bytes do not fit there."""
    occupied = Occupied(2)
    occupied.take(0, 0, 0, 4)
    occupied.take(1, 1, 8, 2)
    assert occupied.lowest(0, 1, 4) == 4
    assert occupied.lowest(0, 1, 5) == 10
    assert occupied.lowest(1, 1, 8) == 0


def test_one_step_is_enough() -> None:
    """A tree of a root alone."""
    occupied = Occupied(1)
    occupied.take(0, 0, 0, 3)
    assert occupied.lowest(0, 0, 1) == 3
