"""What memory analyses predict is what modules do, to the byte."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import nn

from costcalc.analyses.cost import total_macs
from costcalc.dims import Shape
from costcalc.errors import CostcalcError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.layers.allocation import Tensors
from costcalc.layers.base import Layer
from costcalc.measure.build import build
from costcalc.measure.memory import DTYPES, LiveStorage, measure
from costcalc.memory.inference import Inference, rewritten, run
from costcalc.memory.nested import nested_peak
from costcalc.memory.program import program
from costcalc.memory.rewriting import fuse, in_place, with_arguments
from costcalc.memory.stored import buffers, trained
from costcalc.spec import load, shipped_models
from costcalc.words import INFERENCE_DTYPES
from costcalc.words import width as bytes_of
from tests.exhaustive import over
from tests.measure.graphs import graph, layer, single_layers
from tests.measure.nested import nested

SETTINGS = (
    Inference(),
    Inference(batch=4, order="best", hold_input=False),
    Inference(batch=4, dtype="bf16"),
    Inference(dtype="fp16", order="best"),
)
"""Each pair of a batch, a width of the type and an order is in one of them."""

ALL_SETTINGS = 250_000_000
"""Models with fewer multiply-accumulates, where they take least, run at all of `SETTINGS` on the CPU, others at
the first, and at the rest on meta tensors."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small tensors, and tests beside these: more threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def smallest(name: str) -> Graph:
    """The model at that setting of its spec, or its defaults, which takes least work."""
    model = load(name)
    return min((infer(model, knobs) for knobs in ({}, *model.examples)), key=total_macs)


def assert_predicted(graph: Graph, setting: Inference, device: str) -> None:
    """The peak of the module of ``graph``, run as ``setting`` says, is the predicted one; its weights too."""
    predicted = run(graph, setting)
    measured = measure(
        predicted.graph,
        batch=setting.batch,
        dtype=setting.dtype,
        order=predicted.order,
        hold_input=setting.hold_input,
        device=device,
    )
    assert measured.peak == predicted.liveness.peak
    width = bytes_of(setting.dtype)
    assert measured.weights == sum(size for _, size in trained(predicted.graph, width)) + buffers(
        predicted.graph, width
    )


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_allocates_what_its_class_says(kind: str) -> None:
    """Output, aliases and transients of every layer, at every setting of its cases, by a run on the CPU.

    And a run on meta tensors measures the same: what whole models do there, they do on the CPU. But for a shuffle of
    one channel a group, or in one group, which moves nothing: the CPU copies, and meta tensors give a view.
    """
    cases = single_layers(kind)
    assert cases
    for case in cases:
        for hold_input in (True, False):
            assert_predicted(case, Inference(batch=3, hold_input=hold_input), "cpu")
        (node,) = case.nodes[1:]
        if not (kind == "shuffle" and node.layer.groups in (1, node.shape[0])):  # type: ignore[attr-defined]
            assert_predicted(case, Inference(batch=3), "meta")


PADDED = (
    layer("conv", out=6, kernel=3, stride=2, padding="same"),
    layer("conv", out=4, kernel=(2, 3), padding="same", groups=4, bias=True),
    *(layer(kind, kernel=3, stride=2, padding="same") for kind in ("max_pool", "avg_pool", "sum_pool")),
    layer("avg_pool", kernel=2, padding="same", count_include_pad=False),
    layer("avg_pool", kernel=5, stride=2, padding="same", count_include_pad=False),
)


@pytest.mark.parametrize("operation", PADDED, ids=repr)
@pytest.mark.parametrize("image", [(1, 6, 9), (4, 20, 20), (40, 6, 9)], ids=str)
def test_padding_apart_takes_a_tensor_of_its_own(operation: Layer, image: Shape) -> None:
    """Where the two sides of an image get unequal padding, an image with its padding lives meanwhile.

    In a mean without the padding, one of three moments is the worst, as the image is small, large, or of many channels.
    """
    channels = image[0]
    if getattr(operation, "groups", 1) > 1:
        operation = with_arguments(operation, out=channels, groups=channels)
    one = graph(image, ("it", operation))
    node = one.nodes[1]
    assert "pad" in node.layer.torch(node.input_shapes, node.shape).arguments
    for batch in (1, 3):
        for device in ("cpu", "meta"):
            assert_predicted(one, Inference(batch=batch, hold_input=False), device)


def test_a_normalisation_over_more_channels_than_there_are_has_the_predicted_peak() -> None:
    """Of two channels the padded squares are larger than the factors that follow them; of many, smaller."""
    for channels in (2, 30):
        one = graph((channels, 5, 5), ("it", layer("lrn", size=7)))
        for device in ("cpu", "meta"):
            assert_predicted(one, Inference(batch=2, hold_input=False), device)


@pytest.mark.parametrize("name", over(shipped_models()))
def test_every_shipped_model_has_the_predicted_peak(name: str) -> None:
    """By runs on the CPU, and of large models on meta tensors, at a small setting of each.

    Batch 1 and 4, two and four bytes, declared and best order.
    """
    one = smallest(name)
    for setting in SETTINGS:
        if setting.dtype in ("fp32", *half(one)):
            small = setting == SETTINGS[0] or total_macs(one) < ALL_SETTINGS
            assert_predicted(one, setting, "cpu" if small else "meta")


def half(graph: Graph) -> tuple[str, ...]:
    """The types of two bytes in which the CPU runs ``graph``: torch normalises over channels in neither."""
    return () if any(node.layer.type == "lrn" for node in graph.nodes) else ("fp16", "bf16")


@pytest.mark.parametrize("name", over(shipped_models()))
def test_every_shipped_model_has_the_predicted_peak_at_full_size(name: str) -> None:
    """On meta tensors, whose sizes are the same."""
    assert_predicted(infer(load(name)), Inference(), "meta")


CHANGES: tuple[Mapping[str, Any], ...] = (
    {"in_place": True},
    {"fold": True},
    {"fold": True, "in_place": True},
    {"fuse": True},
    {"fuse": True, "in_place": True},
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "+".join(change))
@pytest.mark.parametrize("name", ["resnet18", "inception-v3", "yolov2", "ssdlite-mobilenetv2"])
def test_folding_fusing_and_writing_in_place_have_the_predicted_peak(name: str, change: Mapping[str, Any]) -> None:
    """The module of the graph that each option makes does what is predicted, weights included."""
    assert_predicted(infer(load(name)), Inference(order="best", hold_input=False, **change), "meta")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "+".join(change))
def test_folded_fused_and_in_place_modules_run_on_the_cpu_as_predicted(change: Mapping[str, Any]) -> None:
    """The same by a real run of small models."""
    for name in ("mobilenetv2-reduced", "nasnet-mobile", "shufflenet"):
        assert_predicted(smallest(name), Inference(batch=2, **change), "cpu")


@pytest.mark.parametrize("name", ["mobilenetv2-reduced", "nasnet-mobile", "shufflenet", "inception-v3"])
def test_in_place_activations_change_no_result(name: str) -> None:
    """With the same parameters, the outputs are the same to the bit: nothing is overwritten that is still read."""
    one = smallest(name)
    image = torch.rand(2, *one.nodes[0].shape)
    plain = build(one).eval()
    for changed in (in_place(one),):
        module = build(changed).eval()
        module.load_state_dict(plain.state_dict())
        with torch.no_grad():
            assert torch.equal(module(image), plain(image))
    assert len(in_place(one).nodes) == len(one.nodes)
    assert len(fuse(one).nodes) < len(one.nodes)


@pytest.mark.parametrize(
    "name", ["mobilenetv2-reduced", "mobilenetv2", "inception-v3", "nasnet-mobile", "shufflenet", "lenet5"]
)
def test_nested_modules_have_their_own_predicted_peak(name: str) -> None:
    """Modules that call modules, as the paths say, hold the arguments of every open call: predicted to the byte."""
    one = smallest(name)
    model, flat = nested(one)
    image = torch.rand(2, *one.nodes[0].shape)
    storages = LiveStorage((*flat.parameters(), *flat.buffers()))
    storages.add(image)
    with storages, torch.no_grad():
        outputs = model(image)
    steps = program(one, Tensors(2, 4))
    assert storages.peak == nested_peak(steps)[0]
    with torch.no_grad():
        assert torch.equal(outputs[0], flat(image))


def test_a_nested_module_written_by_hand_has_the_predicted_peak() -> None:
    """An inverted residual as torchvision writes it: sequences in a block, the block adding its input."""

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            expand = nn.Sequential(nn.Conv2d(8, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU6())
            filter = nn.Sequential(
                nn.Conv2d(48, 48, 3, padding=1, groups=48, bias=False), nn.BatchNorm2d(48), nn.ReLU6()
            )
            project = nn.Sequential(nn.Conv2d(48, 8, 1, bias=False), nn.BatchNorm2d(8))
            self.conv = nn.Sequential(expand, filter, project)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = image + self.conv(image)
            return output

    module = Block().eval()
    image = torch.rand(1, 8, 16, 16)
    storages = LiveStorage((*module.parameters(), *module.buffers()))
    storages.add(image)
    with storages, torch.no_grad():
        module(image)

    wide = {"out": 48, "padding": "half"}
    same = graph(
        (8, 16, 16),
        ("conv.expand.conv", layer("conv", out=48)),
        ("conv.expand.norm", layer("batch_norm")),
        ("conv.expand.act", layer("relu6")),
        ("conv.filter.conv", layer("conv", kernel=3, groups=48, **wide)),
        ("conv.filter.norm", layer("batch_norm")),
        ("conv.filter.act", layer("relu6")),
        ("conv.project.conv", layer("conv", out=8)),
        ("conv.project.norm", layer("batch_norm")),
        ("add", layer("add"), ("input", "conv.project.norm")),
    )
    # input 8 + three tensors of 48 channels, one of them the filter's argument, at 16 x 16 and 4 bytes
    assert storages.peak == nested_peak(program(same, Tensors(1, 4)))[0] == (8 + 3 * 48) * 16 * 16 * 4


def test_meta_tensors_and_the_cpu_agree() -> None:
    """A run on meta tensors measures what a run on the CPU does, batch norms included."""
    for name in ("mobilenetv2-reduced", "lenet5"):
        one = smallest(name)
        assert measure(one, batch=2, device="meta") == measure(one, batch=2, device="cpu")


def test_views_do_not_count_and_dead_tensors_go() -> None:
    """The meter sees a storage once, under whatever name, and until its last name goes."""
    known = torch.zeros(100)
    meter = LiveStorage([known])
    with meter:
        one = torch.zeros(10)
        view = one[2:5]
        assert meter.live == 40
        del one
        assert meter.live == 40
        del view
        assert meter.live == 0
        known.add_(1)
        known[3:]
    assert meter.peak == 40


def test_the_meter_keeps_nothing_alive() -> None:
    """It holds weak references alone."""
    meter = LiveStorage()
    with meter:
        tensor = torch.zeros(3)
    gone = weakref.ref(tensor)
    del tensor
    assert gone() is None
    assert meter.live == 0


def test_torchs_own_tracker_sees_the_same_peak() -> None:
    """`MemTracker`, told of parameters and image, has the same peak, apart from these parameters and buffers."""
    tracking = pytest.importorskip("torch.distributed._tools.mem_tracker")
    for name in ("mobilenetv2-reduced", "shufflenet"):
        one = smallest(name)
        model = build(one).eval()
        image = torch.rand(2, *one.nodes[0].shape)
        tracker = tracking.MemTracker()
        tracker.track_external(model, image)
        with tracker, torch.no_grad():
            model(image)
        (snapshot,) = tracker.get_tracker_snapshot("peak").values()
        measured = measure(one, batch=2)
        assert snapshot["Total"] == measured.peak + measured.weights


def test_a_type_that_cannot_be_measured_is_refused() -> None:
    """Convolutions run in no integer type, and some layers not in half precision."""
    one = graph((4, 8, 8), ("conv", layer("conv", out=8)))
    with pytest.raises(UsageError, match="dtype = int8: must be one of fp32, fp16, bf16"):
        measure(one, dtype="int8")
    assert set(DTYPES) < set(INFERENCE_DTYPES)
    norm = graph((4, 8, 8), ("lrn", layer("lrn")))
    with pytest.raises(CostcalcError, match=r"torch cannot run this model: torch says \".* not implemented for"):
        measure(norm, dtype="bf16")


def test_a_rewritten_graph_is_one_that_every_other_command_takes() -> None:
    """Folding keeps the work and turns each folded batch norm's parameters into a bias."""
    one = infer(load("mobilenetv2"))
    folded = rewritten(one, Inference(fold=True))
    assert total_macs(folded) == total_macs(one)
    norms = [node for node in one.nodes if node.layer.type == "batch_norm"]
    assert len(folded.nodes) == len(one.nodes) - len(norms)
