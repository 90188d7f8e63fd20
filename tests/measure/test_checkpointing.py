"""Gradient checkpoints by stage: the module, and what the analysis predicts of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from costcalc.measure import training as measured
from costcalc.measure.build import build
from costcalc.measure.checkpointing import Checkpointed
from costcalc.memory.precisions import PRECISIONS
from costcalc.memory.training import Training, figures
from tests.measure.branching import IMAGES, branching
from tests.measure.graphs import graph, layer
from tests.measure.test_training import runs, small


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("seed", [*range(10), 22, 49, 67, 109, 550, 1277])
def test_branching_graphs_with_checkpoints_reach_the_predicted_peak(seed: int) -> None:
    """Stages with several inputs and outputs, some only passing through, in every precision.

    The later seeds are those in which it counts when a recomputed stage lets go of its inputs and of what it keeps.
    """
    one = branching(seed, (4, 2, 2), IMAGES)
    for precision in PRECISIONS:
        if runs(one, precision):
            made = figures(one, Training(2, "momentum", precision, checkpoint=True))
            assert measured.live_peak(one, 2, "momentum", precision, checkpoint=True) == made.peak.bytes


def test_a_model_with_checkpoints_reaches_the_predicted_peak() -> None:
    """By torch's MemTracker over a real second step."""
    one = small("mobilenetv2")
    made = figures(one, Training(2, "adam", checkpoint=True))
    assert measured.peak(one, 2, "adam", checkpoint=True) == made.peak.bytes


def test_a_stage_keeps_its_inputs_alone() -> None:
    """Two stages of three convolutions save two tensors, the image and what lies between, and the loss its own."""
    chain = [(f"stage{number // 3}.conv{number}", layer("conv", out=4)) for number in range(6)]
    one = graph((4, 5, 5), *chain)
    tensor = 2 * 4 * 5 * 5 * 4  # 800 bytes: two images of 4 x 5 x 5 in float32
    loss = tensor + 2 * 5 * 5 * 8 + 4  # logarithms, a label for each position, a scalar
    assert figures(one, Training(2)).saved == 6 * tensor + loss
    assert figures(one, Training(2, checkpoint=True)).saved == 2 * tensor + loss


def test_checkpoints_change_no_gradient() -> None:
    """The same loss and the same gradients, to the bit."""
    one = small("mobilenetv2")
    gradients = []
    for checkpoint in (False, True):
        torch.manual_seed(0)
        flat = build(one)
        model = Checkpointed(flat, one) if checkpoint else flat
        output = model(torch.linspace(0, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32))
        assert isinstance(output, torch.Tensor)
        torch.manual_seed(1)
        output.square().sum().backward()
        gradients.append([parameter.grad for parameter in flat.parameters()])
    for plain, again in zip(*gradients, strict=True):
        assert plain is not None
        assert again is not None
        assert torch.equal(plain, again)
