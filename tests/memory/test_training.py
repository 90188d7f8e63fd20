"""A training step on paper, and its table."""

from __future__ import annotations

import pytest

from costcalc.inference import infer
from costcalc.memory.liveness import Peak
from costcalc.memory.optimizers import OPTIMIZERS
from costcalc.memory.precisions import PRECISIONS
from costcalc.memory.training import Training, figures, peak, timeline, training_memory
from costcalc.spec import load, shipped_models
from tests.measure.graphs import graph, layer


def test_a_linear_layer_by_hand() -> None:
    """Two images of 8 features to 4 scores: every part of a step, added up."""
    one = graph((8,), ("linear", layer("linear", out=4)))
    made = figures(one, Training(2, "adam"))
    weight, bias = 8 * 4 * 4, 4 * 4
    weights = weight + bias
    assert (made.weights, made.gradients, made.state) == (weights, weights, 2 * weights + 2 * 4)
    image, scores, labels = 2 * 8 * 4, 2 * 4 * 4, 2 * 8
    assert made.given == image + labels
    # kept: the image for the weight's gradient, the logarithms of the probabilities, the labels, a scalar
    assert made.saved == image + scores + labels + 4
    held = weights + made.state + image + labels
    # scores, logarithms, the loss and the scalar beside it
    assert made.forward.bytes == held + 2 * scores + 4 + 4
    # at the layer: the gradient of the scores, those of weight and bias, the loss and its gradient of 1
    assert made.backward.bytes == held + scores + weights + 4 + 4
    assert made.backward.path == "linear"
    # the gradients, a root and a quotient of the size of the weight, and the loss
    assert made.step.bytes == held + weights + 2 * weight + 4
    assert made.phase == "step"
    assert made.peak == made.step == peak(one, Training(2, "adam"))
    assert made.step.path == "linear.weight"


def test_the_table_says_what_its_figures_are() -> None:
    """Storage and not the process; how gradients meet; what loss; when the peak is."""
    made = training_memory([infer(load("resnet18")), infer(load("lenet5"))], Training(2, "adam"))
    notes = " ".join(made.notes)
    assert "live tensor storage, workspace inside operations not counted" in notes
    assert "accumulated out of place, as under torch's MemTracker; a plain run accumulates them in place" in notes
    assert "sum of the cross entropies over the channels of each output" in notes
    assert made.total is not None
    for name in ("resnet18", "lenet5"):
        each = figures(infer(load(name)), Training(2, "adam"))
        assert made.total[f"{name}.bytes"] == each.peak.bytes == made.about["peak"][name]["bytes"]
        assert made.about["peak"][name]["phase"] == each.phase
        assert made.total[f"{name}.at"].endswith(f": {each.peak.path}")


def test_where_gradients_meet_a_plain_run_takes_less() -> None:
    """And the table says how much."""
    one = infer(load("resnet50"))
    each = figures(one, Training(8))
    assert each.plain.bytes < each.peak.bytes
    (note,) = [note for note in training_memory([one], Training(8)).notes if "accumulation both passes" in note]
    assert f"{each.plain.bytes:,}" in note


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_more_images_never_take_less(name: str) -> None:
    """The peak and the saved bytes grow with the batch, also under checkpoints and mixed precision."""
    one = infer(load("shufflenet"), {"resolution": 64})
    for numbers in PRECISIONS:
        for checkpoint in (False, True):
            made = [figures(one, Training(batch, name, numbers, checkpoint)) for batch in (1, 2, 3, 7)]
            assert [each.peak.bytes for each in made] == sorted(each.peak.bytes for each in made)
            assert [each.saved for each in made] == sorted(each.saved for each in made)


@pytest.mark.parametrize("copies", [3, 4, 5, 16, 10**12])
def test_the_gradients_of_many_copies_are_added_two_by_two(copies: int) -> None:
    """However many there are: at the peak there are the gradient of all copies, a sum, and the sum before it."""
    one = graph(
        (2, 4, 4),
        ("conv", layer("conv", out=2)),
        ("copies", layer("replicate", out=2 * copies)),
        ("scores", layer("slice", size=1)),
    )
    made = figures(one, Training())
    weights, image, labels = 2 * 2 * 4, 2 * 4 * 4 * 4, 4 * 4 * 8
    # beside these the gradients, the loss and its gradient of 1
    held = weights + image + labels + image * copies + 4 + 4
    assert made.backward == Peak(held + 2 * image, "copies")
    assert made.plain == Peak(held + image, "copies")


def test_a_timeline_by_hand() -> None:
    """Two images of 8 features to 4 scores with Adam: each row's allocations and frees, added up."""
    one = graph((8,), ("linear", layer("linear", out=4)))
    rows = timeline(one, Training(2, "adam")).rows
    weight, bias, scores = 8 * 4 * 4, 4 * 4, 2 * 4 * 4
    held = 3 * (weight + bias) + 2 * 4 + 2 * 8 * 4 + 2 * 8  # weights, two moments, two counts, image, labels
    found = [tuple(row[key] for key in ("phase", "layer", "allocated", "freed", "live", "after")) for row in rows]
    logits = held + scores
    passed = held + 4  # after both passes the caller still holds the loss
    assert found == [
        ("forward", "linear", scores, 0, logits, logits),
        # logarithms, then the loss and the scalar beside it; the caller holds the scores until the loss is there
        ("forward", "loss", scores + 8, scores, logits + scores + 8, logits + 8),
        # a gradient of 1 and that of the logarithms; the scalar goes, and the gradient of the scores comes; only that
        # and the 1 stay
        ("backward", "loss", 4 + 2 * scores, scores + (scores + 4), logits + 4 + 4 + 2 * scores, passed + 4 + scores),
        # gradients of weight and bias; the 1 and the gradient of the scores go
        ("backward", "linear", weight + bias, scores + 4, passed + 4 + scores + weight + bias, passed + weight + bias),
        # a root and a quotient of the weight, then of the bias while the weight's quotient is there
        (
            *("step", "linear", 2 * weight + 2 * bias, 2 * weight + 2 * bias),
            *(passed + weight + bias + 2 * weight, passed + weight + bias),
        ),
    ]


def assert_timeline(name: str, training: Training) -> None:
    """Its greatest live bytes are the peak, and what is allocated and freed adds up from row to row."""
    one = infer(load(name))
    table = timeline(one, training)
    assert max(row["live"] for row in table.rows) == figures(one, training).peak.bytes
    after = table.about["before"]
    for row in table.rows:
        after += row["allocated"] - row["freed"]
        assert row["after"] == after <= row["live"]


@pytest.mark.parametrize("name", shipped_models())
def test_the_greatest_live_bytes_of_a_timeline_are_the_peak(name: str) -> None:
    """Of every shipped model, at full size."""
    assert_timeline(name, Training(2, "adam"))


@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("numbers", PRECISIONS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_timeline_has_the_peak_of_every_training(name: str, numbers: str, checkpoint: bool) -> None:
    """With each optimizer and precision, with checkpoints, and with frozen layers."""
    assert_timeline("mobilenetv2", Training(2, name, numbers, checkpoint))
    assert_timeline("resnet18", Training(2, name, numbers, checkpoint, freeze=("stem", "stage1")))


def test_a_checkpointed_stage_is_recomputed_in_the_timeline() -> None:
    """The layers of a stage run forward, once more, and backward."""
    one = graph((4, 5, 5), *((f"stage{number // 2}.conv{number}", layer("conv", out=4)) for number in range(4)))
    rows = timeline(one, Training(2, checkpoint=True)).rows
    assert [row["phase"] for row in rows if row["layer"] == "stage0.conv0"] == [
        *("forward", "recomputed", "backward", "step"),
    ]
