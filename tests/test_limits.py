"""Limits as they are written, and the exact verdict on a value."""

from fractions import Fraction

import pytest

from costcalc.errors import UsageError
from costcalc.limits import limit


def refusal(text: str, unit: str = "MACs") -> str:
    """The message for a limit that is none."""
    with pytest.raises(UsageError) as caught:
        limit(text, unit)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "unit", "bound"),
    [
        ("<= 300M", "MACs", 300_000_000),
        ("<= 300 M", "MACs", 300_000_000),
        ("<=300774272", "MACs", 300_774_272),
        ("<= 300,774,272", "MACs", 300_774_272),
        ("<= 0.57G", "MACs", 570_000_000),
        ("<= 5.7B", "MACs", 5_700_000_000),
        ("<= 1.5k", "parameters", 1500),
        ("<= 2T", "FLOPs", 2 * 10**12),
        ("<= 53", "layers", 53),
        ("<= 1 MiB", "bytes", 1_048_576),
        ("<= 1 MB", "bytes", 1_000_000),
        ("<= 0.5 KiB", "bytes", 512),
        ("<= 7 B", "bytes", 7),
        ("<= 3 GiB", "bytes", 3 * 1024**3),
        ("<= 12.5 ms", "s", Fraction(125, 10_000)),
        ("<= 3 us", "s", Fraction(3, 10**6)),
        (">= 3.6", "FLOPs per byte", Fraction(36, 10)),
    ],
)
def test_an_amount_is_exact(text: str, unit: str, bound: Fraction) -> None:
    """Units are powers of ten for counts, MB is not MiB, and decimals are not rounded."""
    assert limit(text, unit).bound() == bound


@pytest.mark.parametrize(
    ("text", "value", "holds", "margin"),
    [
        ("<= 10", 10, True, 0),
        ("<= 10", 11, False, -1),
        ("< 10", 10, False, -1),
        ("< 10", 9, True, 0),
        ("<= 10.5", 10, True, 0),
        ("< 10.5", 11, False, -1),
        (">= 10", 10, True, 0),
        (">= 10", 9, False, -1),
        ("> 10", 10, False, -1),
        ("> 9.5", 10, True, 0),
        ("== 10", 10, True, 0),
        ("== 10", 12, False, -2),
    ],
)
def test_the_last_value_that_holds_has_a_margin_of_nothing(text: str, value: int, holds: bool, margin: int) -> None:
    """One unit over a limit breaks it, and the margin is -1, whatever the relation."""
    made = limit(text, "MACs")
    assert made.holds(Fraction(value)) is holds
    assert made.margin(Fraction(value)) == margin


def test_nothing_is_rounded_at_any_size() -> None:
    """A number of a hundred digits is one too many where it is; floats could not tell."""
    made = limit("<= 100 M", "MACs")
    assert made.holds(Fraction(10**8))
    assert not made.holds(Fraction(10**8) + Fraction(1, 10**100))


@pytest.mark.parametrize(
    ("text", "base", "last"),
    [
        ("< +1% vs b.json", 3_504_872, 3_539_920),  # 1.01 * 3504872 = 3539920.72
        ("<= +1% vs b.json", 100, 101),
        ("< +1% vs b.json", 100, 100),
        ("<= -5% vs b.json", 1000, 950),
        ("<= +0.1% vs b.json", 1000, 1001),
        ("<= +0 vs b.json", 77, 77),
        ("<= +2k vs b.json", 77, 2077),
        ("< -10 vs b.json", 77, 66),
    ],
)
def test_a_change_is_to_the_baseline(text: str, base: int, last: int) -> None:
    """The greatest value that holds is the baseline's with the change on top, exactly."""
    made = limit(text, "MACs")
    assert made.baseline == "b.json"
    assert made.holds(Fraction(last), Fraction(base))
    assert not made.holds(Fraction(last + 1), Fraction(base))
    assert made.margin(Fraction(last), Fraction(base)) == 0


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("300M", "MACs", "'300M' is not a limit (such as <= 300M, or < +1% vs baseline.json)"),
        ("", "MACs", "'' is not a limit (such as"),
        ("<=", "MACs", "'<=': '' is not a number"),
        ("=< 3", "MACs", "'=< 3': =< must be one of <, <=, ==, >=, >"),
        ("<= lots", "MACs", "'<= lots': 'lots' is not a number"),
        ("<= 3e8", "MACs", "'<= 3e8': '3e8' is not a number"),
        ("<= 1_000", "MACs", "'<= 1_000': '1_000' is not a number"),
        ("<= 1,0000", "MACs", "'<= 1,0000': '1,0000' is not a number"),
        ("<= 300 MiB", "MACs", "'<= 300 MiB': no unit MiB: the quantity is counted in MACs"),
        ("<= 300m", "MACs", "'<= 300m': no unit m: the quantity is counted in MACs"),
        ("<= 300Q", "MACs", "'<= 300Q': no unit Q: the quantity is counted in MACs"),
        ("<= 300", "bytes", "'<= 300': the number has no unit: the quantity is counted in bytes (known: B, kB"),
        ("<= 300 mib", "bytes", "'<= 300 mib': no unit mib: the quantity is counted in bytes"),
        ("<= 1 Mb", "bytes", "'<= 1 Mb': no unit Mb: the quantity is counted in bytes"),
        ("<= 2k", "FLOPs per byte", "'<= 2k': no unit k: the quantity is counted in FLOPs per byte (a bare number)"),
        ("<= +1%", "MACs", "'<= +1%': a percentage requires a baseline, as in <= +1% vs baseline.json"),
        ("<= 5%", "MACs", "'<= 5%': a percentage requires a baseline"),
        ("<= -5", "MACs", "'<= -5': a change requires a baseline"),
        ("<= 1% vs b.json", "MACs", "'<= 1% vs b.json': a change must have a sign (<= +1% vs b.json)"),
        ("<= +1%% vs b.json", "MACs", "'<= +1%% vs b.json': '+1%%' is not a number"),
        ("<= " + 30 * "9", "MACs", "'<= 999999999999999999999999999999': "),
        ("<= ٣", "MACs", "'<= ٣': '٣' is not a number"),
    ],
)
def test_what_is_no_limit_says_why(text: str, unit: str, said: str) -> None:
    """A number without its unit, a unit of something else, a change without a baseline, and no limit at all."""
    assert refusal(text, unit).startswith(said)
