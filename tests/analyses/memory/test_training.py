"""Training memory on paper: records, optimizers, stored tensors, formulas and tables, by hand."""

from __future__ import annotations

import pytest

from costcalc.analyses.memory.formula import FORMULAS, formula_of
from costcalc.analyses.memory.optimizers import OPTIMIZERS, optimizer
from costcalc.analyses.memory.precisions import PRECISIONS, precision
from costcalc.analyses.memory.records import least_batch, record
from costcalc.analyses.memory.stored import buffers, trained, trained_sizes
from costcalc.analyses.memory.training import Training, figures, peak, training_table
from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.spec import load
from tests.measure.graphs import graph, layer, single_layers


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


@pytest.mark.parametrize(
    "name, state, temporaries",
    [
        ("sgd", 0, [0, 0, 0]),
        ("momentum", 175, [0, 0, 0]),
        ("rmsprop", 175 + 12, [100, 150, 75]),  # the tensor before and this one
        ("adam", 350 + 12, [200, 200, 100]),  # the one before and this one twice
        ("adamw", 350 + 12, [200, 200, 100]),
    ],
)
def test_optimizers_keep_copies_and_hold_temporaries(name: str, state: int, temporaries: list[int]) -> None:
    """For tensors of 100, 50 and 25 bytes."""
    sizes = [100, 50, 25]
    assert optimizer(name).state(sizes) == state
    assert optimizer(name).temporaries(sizes) == temporaries


def test_an_optimizer_or_a_precision_that_is_none_is_refused() -> None:
    """With the nearest."""
    with pytest.raises(UsageError, match=r"optimizer = adm: must be one of .* \(did you mean adam\?\)"):
        optimizer("adm")
    with pytest.raises(UsageError, match=r"training in fp16: must be one of fp32, bf16, autocast"):
        precision("fp16")
    assert list(PRECISIONS) == ["fp32", "bf16", "autocast"]


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
    assert least_batch(lone) == 2
    with pytest.raises(UsageError, match=r"n: batch = 1: one value of a channel has no deviation .* \(at least 2"):
        record(lone, 1, precision("fp32"))
    assert record(lone, 2, precision("fp32"))
    wide = graph((4, 1, 2), ("conv", layer("conv", out=3)), ("n", layer("batch_norm")))
    assert least_batch(wide) == 1
    assert record(wide, 1, precision("fp32"))


def test_nothing_to_train_is_refused() -> None:
    """A pooling alone has no gradient."""
    with pytest.raises(UsageError, match="by hand has no parameters to train"):
        figures(graph((4, 2, 2), ("pool", layer("global_avg_pool"))), Training())


def test_graphs_over_symbols_and_arrays_are_refused() -> None:
    """Bytes are whole numbers."""
    import numpy as np

    one = infer(load("lenet5-dense"), {"num_classes": np.array([2, 3])})
    with pytest.raises(UsageError, match="memory is counted in whole bytes"):
        figures(one, Training())


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_a_tape_that_ends_in_its_output(kind: str) -> None:
    """The last operation makes the layer's elements; what is taken and saved is there before it."""
    for case in single_layers(kind):
        node = case.nodes[1]
        tape = node.layer.tape(node.input_shapes, node.shape)
        names = {tensor.name for tensor in node.parameters}
        for place, operation in enumerate(tape):
            there = range(len(node.inputs) + place)
            assert all(number in there for number in operation.takes)
            assert all(number == -1 or number in operation.takes for number in operation.saves)
            assert set(operation.parameters) <= names
        elements = 1
        for dim in node.shape:
            elements *= dim
        assert not tape or tape[-1].elements == elements
        assert {name for operation in tape for name in operation.parameters} == {
            tensor.name for tensor in node.parameters if tensor.role != "statistic"
        }
        assert node.layer.tape.__doc__ is not None
        assert node.layer.tape.__doc__.startswith("Kept: ")


def test_parameters_come_in_torchs_order_and_buffers_beside() -> None:
    """What begins as an earlier path does follows it; a batch norm counts batches in 8 bytes."""
    one = graph(
        (2, 3, 3),
        ("a.conv", layer("conv", out=2)),
        ("b.norm", layer("batch_norm")),
        ("a.second", layer("conv", out=4)),
    )
    assert [path for path, _ in trained(one, 4)] == ["a.conv.weight", "a.second.weight", "b.norm.weight", "b.norm.bias"]
    assert trained_sizes(one, 2) == (2 * 4, 2 * 8, 2 * 2, 2 * 2)
    assert buffers(one, 4) == 4 * 2 * 2 + 8


def test_the_documents_formula_gives_its_own_terms() -> None:
    """For the reduced model of the document: its feature map; the largest filter of its table, which it overlooks."""
    terms = formula_of("seed001", infer(load("mobilenetv2-reduced"))).terms
    assert terms["largest feature map"] == ("saved", 4 * 196_608)  # (384 + 384) * 16 * 16
    assert terms["largest filter"] == ("filter", 4 * 8_294_400)  # 3 * 3 * 960 * 960
    assert terms["weights"][1] == terms["gradients"][1] == 4 * 1_327_274
    # the two results that the document prints, from its own terms
    assert (709_120 + 709_120 + 196_608 + 2_983_984) * 4 == 18_395_328
    assert (4_278_048 + 4_278_048 + 196_608 + 2_983_984) * 4 == 46_946_752
    notes = " ".join(FORMULAS["seed001"].notes)
    assert 'Nancy Dominguez, "MobileNetV2: The Same but Better"' in notes
    with pytest.raises(UsageError, match=r"formula seed01: must be one of seed001 \(did you mean seed001\?\)"):
        formula_of("seed01", infer(load("lenet5")))


def test_the_table_says_what_its_figures_are() -> None:
    """Storage and not the process; how gradients meet; what loss; when the peak is."""
    made = training_table([infer(load("resnet18")), infer(load("lenet5"))], Training(2, "adam"), formula="seed001")
    notes = " ".join(made.notes)
    assert "live tensor storage, workspace inside operations not counted" in notes
    assert "added out of place, as under torch's MemTracker; a plain run adds them in place" in notes
    assert "cross entropy of each output's channels" in notes
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
    (note,) = [note for note in training_table([one], Training(8)).notes if "added in place, the passes" in note]
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
