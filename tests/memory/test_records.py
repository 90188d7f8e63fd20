"""The recorded forward pass: what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.memory.precisions import precision
from costcalc.memory.records import record
from costcalc.memory.training import Training, figures
from costcalc.spec import load
from tests.measure.graphs import graph, layer


@pytest.mark.parametrize("batch", [0, -3])
def test_a_batch_is_at_least_one(batch: int) -> None:
    """Nothing trains on nothing."""
    with pytest.raises(UsageError, match=f"batch = {batch}: must be at least 1"):
        figures(infer(load("lenet5")), Training(batch))


def test_a_batch_norm_over_one_value_takes_two_images() -> None:
    """As torch demands: after a linear layer, or where the image is one pixel."""
    lone = graph(
        (4, 2, 2), ("pool", layer("global_avg_pool")), ("x", layer("linear", out=3)), ("n", layer("batch_norm"))
    )
    recording = record(lone, precision("fp32"))
    assert recording.least_batch == 2
    with pytest.raises(
        UsageError, match=r"n: batch = 1: batch norm needs more than one value per channel in training \(at least 2"
    ):
        recording.check_batch(1)
    with pytest.raises(UsageError, match="batch = 1: batch norm"):
        figures(lone, Training(1))
    assert figures(lone, Training(2)).peak.bytes
    wide = graph((4, 1, 2), ("conv", layer("conv", out=3)), ("n", layer("batch_norm")))
    assert record(wide, precision("fp32")).least_batch == 1
    assert figures(wide, Training(1)).peak.bytes


def test_nothing_to_train_is_refused() -> None:
    """A pooling alone has no gradient."""
    with pytest.raises(UsageError, match="by hand has no parameters to train"):
        figures(graph((4, 2, 2), ("pool", layer("global_avg_pool"))), Training())


def test_graphs_over_symbols_and_arrays_are_refused() -> None:
    """Bytes are whole numbers."""
    one = infer(load("lenet5-dense"), {"num_classes": np.array([2, 3])})
    with pytest.raises(UsageError, match="training memory requires integer shapes"):
        figures(one, Training())
