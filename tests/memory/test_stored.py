"""What a model holds whatever it does."""

from __future__ import annotations

from costcalc.memory.stored import buffers, trained
from tests.measure.graphs import graph, layer


def test_parameters_come_in_torchs_order_and_buffers_beside() -> None:
    """What begins as an earlier path does follows it; a batch norm counts batches in 8 bytes."""
    one = graph(
        (2, 3, 3),
        ("a.conv", layer("conv", out=2)),
        ("b.norm", layer("batch_norm")),
        ("a.second", layer("conv", out=4)),
    )
    assert [path for path, _ in trained(one, 4)] == ["a.conv.weight", "a.second.weight", "b.norm.weight", "b.norm.bias"]
    assert [size for _, size in trained(one, 2)] == [2 * 4, 2 * 8, 2 * 2, 2 * 2]
    assert [path for path, _ in trained(one, 4, frozen={1, 2})] == ["a.second.weight"]
    assert buffers(one, 4) == 4 * 2 * 2 + 8
