"""Sizes in bytes as a user writes them."""

import pytest

from costcalc.cli.sizes import in_bytes
from costcalc.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("512kB", 512_000),
        ("512KiB", 524_288),  # 512 * 1024
        ("1.5GB", 1_500_000_000),
        ("8 GiB", 8_589_934_592),  # 8 * 1024**3
        ("0.5KiB", 512),
        ("2TiB", 2_199_023_255_552),  # 2 * 1024**4
        (" 3MB ", 3_000_000),
    ],
)
def test_a_size_is_a_number_and_its_unit(text: str, size: int) -> None:
    """kB and its like are powers of 1000, KiB and its like powers of 1024."""
    assert in_bytes("--device", text) == size


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("8", "--device 8: has no unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; kB is 1000 bytes, KiB is 1024)"),
        ("8KB", "--device 8KB: KB is no unit ("),
        ("8gb", "--device 8gb: gb is no unit ("),
        ("", "--device : must be a size such as 512KiB or 8GB"),
        ("-8GB", "--device -8GB: must be a size such as 512KiB or 8GB"),
        ("GB", "--device GB: must be a size such as 512KiB or 8GB"),
        ("1e9B", "--device 1e9B: must be a size such as 512KiB or 8GB"),
        ("\N{ARABIC-INDIC DIGIT EIGHT}GB", "must be a size such as 512KiB or 8GB"),
        ("0GB", "--device 0GB: must be a whole number of bytes, at least 1"),
        ("0.3B", "--device 0.3B: must be a whole number of bytes, at least 1"),
        ("9" * 25 + "B", "must be a size such as 512KiB or 8GB"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, why: str) -> None:
    """A number without a unit, a unit that could be either, a size that is none."""
    with pytest.raises(UsageError) as caught:
        in_bytes("--device", text)
    assert why in str(caught.value)
