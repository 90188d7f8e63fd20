"""The memory-efficient bottleneck as a real module."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers.allocation import Tensors
from costcalc.measure.build import build
from costcalc.measure.memory import measure
from costcalc.measure.split import copy_parts
from costcalc.measure.validate import validate
from costcalc.memory.inference import Inference, rewritten, run
from costcalc.memory.liveness import liveness
from costcalc.memory.program import program
from costcalc.memory.split import even, split
from costcalc.spec import load
from tests.measure.graphs import graph, layer


def uneven(channels: int, parts: int) -> list[int]:
    """One channel for each part but the last, which has the rest."""
    return [1] * (parts - 1) + [channels - parts + 1]


def small() -> Graph:
    """MobileNetV2 at a few pixels: seventeen bottlenecks, two of them with the stem's and no expansion of their own."""
    return infer(load("mobilenetv2"), {"alpha": 0.35, "resolution": 64, "num_classes": 10})


@pytest.mark.parametrize("parts, sizes", [(1, even), (2, even), (2, uneven), (5, uneven), (12, even)])
def test_a_split_module_has_close_outputs_and_the_predicted_peak(
    parts: int, sizes: Callable[[int, int], Sequence[int]]
) -> None:
    """For every number of parts, equal ones or not: within 1e-6 of the largest output, and equal to the byte."""
    one = small()
    divided = split(one, parts, sizes)
    torch.manual_seed(parts)
    whole, module = build(one).eval(), build(divided.graph).eval()
    for buffer in whole.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    copy_parts(whole, one, module, divided)
    image = torch.rand(2, *one.nodes[0].shape)
    with torch.no_grad():
        expected, found = whole(image), module(image)
    assert (found - expected).abs().max() <= 1e-6 * expected.abs().max()
    assert expected.abs().max() > 0
    predicted = liveness(program(divided.graph, Tensors(2, 4))).peak
    assert measure(divided.graph, batch=2).peak == predicted


def test_the_copied_parameters_matter() -> None:
    """With parameters of its own, a split module computes something else: the test above would see it."""
    one = small()
    divided = split(one, 2)
    whole, module = build(one).eval(), build(divided.graph).eval()
    image = torch.rand(1, *one.nodes[0].shape)
    with torch.no_grad():
        assert (whole(image) - module(image)).abs().max() > 1e-6 * whole(image).abs().max()


@pytest.mark.parametrize(
    "name, setting",
    [
        ("mobilenetv2", Inference(parts=4)),
        ("ssdlite-mobilenetv2", Inference(batch=4, dtype="bf16", parts=3, fuse=True)),
    ],
)
def test_a_split_model_of_full_size_has_the_predicted_peak(name: str, setting: Inference) -> None:
    """Also of several outputs, with batch norms folded and activations in place, which the parts take over."""
    predicted = run(infer(load(name)), setting)
    measured = measure(predicted.graph, batch=setting.batch, dtype=setting.dtype, device="meta")
    assert measured.peak == predicted.liveness.peak


def test_a_split_and_fused_module_has_close_outputs() -> None:
    """A bias is added once: by the first part of a projection, and by each part of an expansion to its own channels."""
    one = rewritten(small(), Inference(fuse=True))
    divided = split(one, 3)
    whole, module = build(one).eval(), build(divided.graph).eval()
    copy_parts(whole, one, module, divided)
    image = torch.rand(1, *one.nodes[0].shape)
    with torch.no_grad():
        expected, found = whole(image), module(image)
    assert (found - expected).abs().max() <= 1e-6 * expected.abs().max()


def test_a_split_graph_is_as_valid_as_any() -> None:
    """Other people's counters find the same parameters and multiply-accumulates in its module."""
    one = graph(
        (4, 6, 6),
        ("expand", layer("conv", out=8)),
        ("norm", layer("batch_norm")),
        ("act", layer("relu6")),
        ("filter", layer("conv", out=8, kernel=3, padding="half", groups=8)),
        ("project", layer("conv", out=4, bias=True)),
        ("add", layer("add"), ("input", "project")),
    )
    divided = split(one, 3)
    assert len(divided.graph.nodes) > len(one.nodes)
    assert not validate(divided.graph).differences
