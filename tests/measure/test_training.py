"""What the analysis of training predicts is what a training step does, to the byte."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest
import torch

from costcalc.errors import CostcalcError, MissingError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.measure import training as measured
from costcalc.memory.optimizers import OPTIMIZERS
from costcalc.memory.precisions import PRECISIONS
from costcalc.memory.training import Figures, Training, figures
from costcalc.spec import load, shipped_models
from tests.exhaustive import over
from tests.measure.branching import IMAGES, VECTORS, branching
from tests.measure.graphs import graph, layer, single_layers

BATCH = 2


def classifies(graph: Graph) -> bool:
    """One output, a score for each class."""
    return len(graph.outputs) == 1 and len(graph.nodes[graph.outputs[0].node].shape) == 1


MODELS = [name for name in shipped_models() if classifies(infer(load(name)))]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small tensors, and tests beside these: more threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def small(name: str) -> Graph:
    """The model at the smallest of a few resolutions that it takes, or at its only one; of cells as few as it takes."""
    model = load(name)
    fewest = {"cells": 1} if "cells" in model.knobs else {}
    for resolution in (32, 64, 75):
        try:
            return infer(model, {"resolution": resolution, **fewest})
        except CostcalcError:
            continue
    return infer(model)


def after_a_layer(case: Graph) -> Graph:
    """The single layer of ``case`` behind one that is trained, so that its input has a gradient."""
    shape = case.nodes[0].shape
    it = case.nodes[1]
    first = layer("conv" if len(shape) == 3 else "linear", out=shape[0])
    return graph(shape, ("first", first), ("it", it.layer, ["first"] * len(it.inputs)))


def runs(graph: Graph, precision: str) -> bool:
    """Does torch train ``graph`` on a CPU? Its pooling of local response norms is not there in bfloat16."""
    return not (precision == "bf16" and any(node.layer.type == "lrn" for node in graph.nodes))


def predicted(graph: Graph, precision: str = "fp32", optimizer: str = "sgd", batch: int = BATCH) -> Figures:
    return figures(graph, Training(batch, optimizer, precision))


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_keeps_what_its_class_says(kind: str) -> None:
    """In every precision, at many settings of its cases, by a real step: what is saved, and the peak."""
    cases = {repr(case.nodes[1].layer) + str(case.nodes[1].input_shapes): case for case in single_layers(kind)}
    assert cases
    for case in map(after_a_layer, [*cases.values()][::2]):
        for precision in PRECISIONS:
            if runs(case, precision):
                made = predicted(case, precision, batch=3)
                assert measured.saved(case, 3, precision) == made.saved, (case.nodes[2].layer, precision)
                assert measured.live_peak(case, 3, precision=precision) == made.peak.bytes, (case.nodes[2], precision)


@pytest.mark.parametrize("seed", range(15))
def test_branching_graphs_keep_and_reach_what_is_predicted(seed: int) -> None:
    """Merges, views, fan-outs and several outputs, in every precision, by a real step with momentum."""
    one = branching(seed, (4, 3, 3) if seed % 2 else (4, 2, 2), IMAGES)
    for precision in PRECISIONS:
        if runs(one, precision):
            made = predicted(one, precision, "momentum")
            assert measured.saved(one, BATCH, precision) == made.saved
            assert measured.live_peak(one, BATCH, "momentum", precision) == made.peak.bytes


@pytest.mark.parametrize("out", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 32])
@pytest.mark.parametrize("besides", [False, True])
def test_gradients_of_copies_are_added_as_torch_adds_them(out: int, besides: bool) -> None:
    """Whole copies and a cut one of two channels; ``besides``, the channels are used elsewhere before and after."""
    copies = ("copies", layer("replicate", out=out), ["first"])
    pool = ("pool", layer("global_avg_pool"))
    first = ("first", layer("conv", out=2))
    if besides:
        one = graph(
            (2, 8, 8),
            *(first, ("before", layer("relu")), copies, pool, ("after", layer("relu"), ["first"])),
            *(("one", layer("global_avg_pool"), ["before"]), ("other", layer("global_avg_pool"), ["after"])),
            ("all", layer("concat"), ["pool", "one", "other"]),
        )
    else:
        one = graph((2, 8, 8), first, copies, pool)
    for precision in PRECISIONS:
        made = predicted(one, precision)
        assert measured.saved(one, BATCH, precision) == made.saved
        assert measured.live_peak(one, BATCH, precision=precision) == made.peak.bytes


def frozen_figures(one: Graph, freeze: tuple[str, ...], precision: str, *, checkpoint: bool = False) -> Figures:
    return figures(one, Training(BATCH, "momentum", precision, checkpoint, freeze))


def assert_measured(one: Graph, freeze: tuple[str, ...]) -> None:
    """In every precision, a step with momentum saves and reaches what is predicted; with checkpoints the peak."""
    for precision in PRECISIONS:
        if runs(one, precision):
            made = frozen_figures(one, freeze, precision)
            assert measured.saved(one, BATCH, precision, freeze=freeze) == made.saved, (freeze, precision)
            for checkpoint in (False, True):
                made = frozen_figures(one, freeze, precision, checkpoint=checkpoint)
                found = measured.live_peak(one, BATCH, "momentum", precision, checkpoint=checkpoint, freeze=freeze)
                assert found == made.peak.bytes, (one.nodes, freeze, precision, checkpoint)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_frozen_layer_keeps_what_torch_still_keeps(kind: str) -> None:
    """A layer of every kind: frozen behind a trained one, behind a frozen one, and alone before the first trained."""
    cases = {repr(case.nodes[1].layer) + str(case.nodes[1].input_shapes): case for case in single_layers(kind)}
    for case in [*cases.values()][::5]:
        it, shape = case.nodes[1], case.nodes[0].shape
        first, last = (layer("conv" if len(each) == 3 else "linear", out=each[0]) for each in (shape, it.shape))
        one = graph(shape, ("first", first), ("it", it.layer, ["first"] * len(it.inputs)), ("last", last))
        alone = graph(shape, ("it", it.layer, ["input"] * len(it.inputs)), ("last", last))
        own = ("it",) if any(tensor.role != "statistic" for tensor in it.parameters) else ()
        for freeze in {own, ("first",), ("first", *own)}:
            assert_measured(one, freeze)
        assert_measured(alone, own)


@pytest.mark.parametrize("seed", range(10))
def test_branching_graphs_with_frozen_layers_reach_what_is_predicted(seed: int) -> None:
    """Some of the layers with parameters, or all but one: nothing runs backward before the first trained one."""
    one = branching(seed, (4, 3, 3) if seed % 2 else (4, 2, 2), IMAGES)
    own = [node.path for node in one.nodes if any(tensor.role != "statistic" for tensor in node.parameters)]
    pick = random.Random(seed)
    for freeze in {tuple(pick.sample(own, pick.randint(1, len(own)))) for _ in range(3)}:
        if set(freeze) != set(own):
            assert_measured(one, freeze)


@pytest.mark.parametrize(
    "name, freeze",
    [
        ("mobilenetv2", ("stem", "stage[1-4]")),
        ("mobilenetv2", ("*.batch_norm",)),
        ("ssdlite-mobilenetv2", ("backbone",)),
        ("vgg16", ("stage*",)),
        ("shufflenet", ("classifier",)),
    ],
)
def test_models_with_frozen_layers_reach_the_predicted_peak_at_full_size(name: str, freeze: tuple[str, ...]) -> None:
    """Fine-tuning of a head, of late stages, and with batch norms as they are; with Adam, with checkpoints too."""
    one = infer(load(name))
    for checkpoint in (False, True):
        made = figures(one, Training(BATCH, "adam", checkpoint=checkpoint, freeze=freeze))
        found = measured.live_peak(one, BATCH, "adam", checkpoint=checkpoint, freeze=freeze, device="meta")
        assert found == made.peak.bytes
    assert (
        measured.saved(one, BATCH, freeze=freeze, device="meta") == figures(one, Training(freeze=freeze, batch=2)).saved
    )


def test_a_frozen_layer_has_no_gradient_and_no_state() -> None:
    """Of two linear layers the first is frozen: what is held and saved, by hand, and what torch saves."""
    one = graph((8,), ("first", layer("linear", out=4)), ("second", layer("linear", out=4)))
    made = figures(one, Training(2, "adam", freeze=("first",)))
    first, second = (8 * 4 + 4) * 4, (4 * 4 + 4) * 4
    assert (made.weights, made.gradients) == (first + second, second)
    assert made.state == 2 * second + 2 * 4  # two moments, and a count for weight and bias each
    # the second's input of 2 x 4, the logarithms of as many probabilities, 2 labels, a scalar: not the image
    assert made.saved == measured.saved(one, 2, freeze=("first",)) == 2 * 4 * 4 + 2 * 4 * 4 + 2 * 8 + 4
    with pytest.raises(UsageError, match="by hand has no parameters to train: all are frozen"):
        figures(one, Training(2, freeze=("*",)))


def test_a_normalisation_of_what_is_not_trained_holds_its_sums() -> None:
    """Where nothing is kept for a backward pass, what torch's own code still holds by name sets the peak."""
    lrn, conv = ("lrn", layer("lrn", size=1)), ("conv", layer("conv", out=1))
    one = graph((8, 9, 9), lrn, conv)
    for precision in ("fp32", "autocast"):
        assert measured.live_peak(one, 2, precision=precision) == predicted(one, precision).peak.bytes


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", over(MODELS))
def test_every_classifier_saves_what_is_predicted(name: str, precision: str) -> None:
    """By torch's hooks on a real forward pass and loss, parameters and buffers left out."""
    one = small(name)
    if runs(one, precision):
        assert measured.saved(one, BATCH, precision) == predicted(one, precision).saved
    else:
        with pytest.raises(CostcalcError, match='torch cannot train this model: torch says ".* not implemented for'):
            measured.saved(one, BATCH, precision)


def test_meta_tensors_and_the_cpu_agree() -> None:
    """In fp32, saved and peak are the same on tensors without memory, which the tests of full-size models run on."""
    for name in ("lenet5", "resnet18"):
        one = small(name)
        assert measured.saved(one, BATCH, device="meta") == measured.saved(one, BATCH)
        assert measured.peak(one, BATCH, "adam", device="meta") == measured.peak(one, BATCH, "adam")


def test_meta_tensors_are_for_fp32_alone() -> None:
    """Their batch norms keep float32 statistics in bfloat16, which a CPU does not, and they know no autocast."""
    for precision in ("bf16", "autocast"):
        with pytest.raises(UsageError, match=f"cannot train meta tensors in {precision}"):
            measured.saved(small("lenet5"), BATCH, precision, device="meta")


@pytest.mark.parametrize(
    "name", ["deeplabv3-mobilenetv1", "ssd300-vgg16", "ssdlite-mobilenetv1", "yolov2", "mobilenetv2"]
)
def test_detectors_and_segmentation_save_what_is_predicted(name: str) -> None:
    """One of each kind, and a classifier, at full size: by torch's hooks."""
    one = infer(load(name))
    assert measured.saved(one, BATCH, device="meta") == predicted(one).saved


@pytest.mark.parametrize("name", ["deeplabv3-mobilenetv1", "ssd300-vgg16", "yolov2"])
def test_large_models_reach_the_predicted_peak_at_full_size(name: str) -> None:
    """With several outputs, with outputs that are images, with large images: by torch's MemTracker."""
    one = infer(load(name))
    assert measured.peak(one, BATCH, "momentum", device="meta") == predicted(one, optimizer="momentum").peak.bytes


@pytest.mark.parametrize(
    "name, optimizer",
    [
        *product(("lenet5", "lenet5-dense"), OPTIMIZERS),
        *(("resnet18", "rmsprop"), ("mobilenetv2", "adam"), ("shufflenet", "momentum")),
    ],
)
def test_memtracker_sees_the_predicted_peak(name: str, optimizer: str) -> None:
    """torch's own tracker over a real second step, with every optimizer."""
    one = small(name)
    assert measured.peak(one, BATCH, optimizer) == predicted(one, optimizer=optimizer).peak.bytes


@pytest.mark.parametrize("name, precision", [("lenet5", "bf16"), ("lenet5", "autocast"), ("resnet18", "autocast")])
def test_memtracker_sees_the_predicted_peak_in_half_precision(name: str, precision: str) -> None:
    """All in bfloat16, or mixed."""
    one = small(name)
    assert measured.peak(one, BATCH, "adam", precision) == predicted(one, precision, "adam").peak.bytes


@pytest.mark.parametrize("name", ["alexnet", "alexnet-torch", "vgg16"])
@pytest.mark.parametrize("optimizer", ["rmsprop", "adam"])
def test_the_optimizers_step_sets_the_peak_of_large_layers(name: str, optimizer: str) -> None:
    """At full size and batch 1 three linear layers outweigh all feature maps."""
    one = infer(load(name))
    made = predicted(one, optimizer=optimizer, batch=1)
    assert made.phase == "step"
    assert measured.peak(one, 1, optimizer, device="meta") == made.peak.bytes


@pytest.mark.parametrize(
    "name, optimizer",
    [("mobilenetv1", "sgd"), ("mobilenetv1", "momentum"), ("mobilenetv1", "adam"), ("mobilenetv2-reduced", "rmsprop")],
)
def test_the_backward_pass_sets_the_peak_of_many_feature_maps(name: str, optimizer: str) -> None:
    """At full size, with eight images."""
    one = infer(load(name))
    made = predicted(one, optimizer=optimizer, batch=8)
    assert made.phase == "backward"
    assert measured.peak(one, 8, optimizer, device="meta") == made.peak.bytes


def allocated(graph: Graph, batch: int) -> int:
    """The peak of a second step with SGD as torch's profiler sees allocations: no dispatch mode is on."""
    step = measured.MeasuredStep(graph, batch, "fp32")
    optimizer = measured.OPTIMIZERS["sgd"](step.model)
    measured.run(step, optimizer)
    optimizer.zero_grad()
    live = sum(tensor.untyped_storage().nbytes() for tensor in step.tensors)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        measured.run(step, optimizer)
    profiler = profile.profiler
    assert profiler is not None
    events = [event for event in profiler.kineto_results.events() if event.name() == "[memory]"]
    peak = live
    for event in sorted(events, key=lambda event: event.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    return peak


@pytest.mark.parametrize("seed", [82, 509, 1120, 1824, 2101, 2224, 2271, 3419])
def test_without_a_dispatch_mode_gradients_are_added_in_place(seed: int) -> None:
    """The figure that says so, in graphs where it is the lower one, is what the allocator sees of a plain run."""
    one = branching(seed, (4,), VECTORS)
    made = predicted(one, batch=64)
    assert allocated(one, 64) == made.plain.bytes < made.peak.bytes


def test_the_peak_comes_with_its_parts() -> None:
    """The loss keeps the logarithms of the probabilities, the labels and a scalar, beside the linear layer's input."""
    one = graph((8,), ("linear", layer("linear", out=4)))
    made = figures(one, Training(3))
    # input 3*8*4, logarithms 3*4*4, labels 3*8, scalar 4
    assert made.saved == measured.saved(one, 3) == 96 + 48 + 24 + 4
    assert (made.weights, made.gradients, made.state, made.buffers) == (9 * 4 * 4, 9 * 4 * 4, 0, 0)
    assert made.given == 96 + 24


def test_a_model_that_torch_refuses_is_refused() -> None:
    """A batch norm over one value: by torch with its words, by the analysis with a place."""
    one = graph((4,), ("linear", layer("linear", out=4)), ("norm", layer("batch_norm")))
    with pytest.raises(CostcalcError, match='torch cannot train this model: torch says "Expected more than 1 value'):
        measured.saved(one, 1)
    with pytest.raises(
        UsageError, match="norm: batch = 1: batch norm needs more than one value per channel in training"
    ):
        figures(one, Training(1))
    assert measured.saved(one, 2) == figures(one, Training(2)).saved


def test_without_memtracker_the_peak_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A torch that has none is named."""
    monkeypatch.setitem(__import__("sys").modules, "torch.distributed._tools.mem_tracker", None)
    with pytest.raises(MissingError, match="this version of torch has no MemTracker"):
        measured.peak(small("lenet5"), 1)


def test_the_two_lists_of_optimizers_are_one() -> None:
    """What is predicted can be measured."""
    assert list(OPTIMIZERS) == list(measured.OPTIMIZERS)
