"""Numbers in sentences."""

import pytest

from costcalc import wording


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1000, "1,000"), (300774272, "300,774,272"), (2**70, f"{2**70:,}")]
)
def test_a_count_has_every_digit_and_separators_of_thousands(number: int, text: str) -> None:
    """A count is never rounded, however large it is; a difference has its sign."""
    assert wording.count(number) == text
    assert int(text.replace(",", "")) == number
    assert (wording.difference(number), wording.difference(-1 - number)[0]) == (f"+{text}", "-")


def test_work_names_both_units() -> None:
    """MACs and FLOPs are both named, at two FLOPs for a multiply-accumulate."""
    assert wording.work(300774272) == "300,774,272 MACs = 601,548,544 FLOPs"  # 2 * 300774272 = 601548544


def test_a_batch_of_one_is_one_image() -> None:
    """More are a number."""
    assert [wording.images(batch) for batch in (1, 2, 1024)] == ["one image", "2 images", "1,024 images"]
