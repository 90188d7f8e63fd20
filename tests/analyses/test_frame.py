"""Tables of chosen columns of the registry."""

import pytest

from costcalc.analyses.frame import frame
from costcalc.errors import UsageError
from tests.measure.graphs import graph, layer

ONE = graph(
    (2, 4, 4),
    ("a.conv", layer("conv", out=3, kernel=1, bias=False)),
    ("a.act", layer("relu")),
    ("b", layer("conv", out=1, kernel=1, bias=False)),
)


def test_a_row_has_sums_peaks_and_ratios_of_sums() -> None:
    """By hand, in fp32: 16 positions; ``a`` has 3 * 2 weights, ``b`` 1 * 3."""
    columns = ("params", "macs", "peak_memory", "intensity")
    table = frame(ONE, columns, shares={"macs": "share"})
    a, b = table.rows
    assert (a["params"], a["macs"], b["params"], b["macs"]) == (6, 96, 3, 48)
    assert (a["share"], b["share"]) == (96 / 144, 48 / 144)
    # the caller's input of 32 elements is there throughout; the act has 48 in and 48 out, b has 48 in and 16 out
    assert (a["peak_memory"], b["peak_memory"]) == (4 * (32 + 48 + 48), 4 * (32 + 48 + 16))
    # a: 2 * 96 FLOPs and 48 compares over 32 + 6 + 48 elements of the convolution and 48 + 48 of the act
    assert a["intensity"] == (192 + 48) / (4 * (32 + 6 + 48 + 48 + 48))
    assert table.total is not None
    assert table.total["peak_memory"] == a["peak_memory"]
    assert table.about["totals"]["by hand"]["macs"] == 144


def test_what_only_a_whole_model_has_is_no_column() -> None:
    """Nor is what nobody knows."""
    with pytest.raises(UsageError, match="training_memory is defined for a whole model only, not per layer"):
        frame(ONE, ("training_memory",))
    with pytest.raises(UsageError, match="no quantity parms"):
        frame(ONE, ("parms",))
