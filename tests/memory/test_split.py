"""Inverted residuals in parts. That their modules do the same is in tests/measure/test_split.py."""

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers.allocation import Tensors
from costcalc.memory.liveness import liveness
from costcalc.memory.order import best_order
from costcalc.memory.program import check_order, program
from costcalc.memory.split import Piece, as_one, chains, even, split
from costcalc.spec import load
from tests.measure.graphs import graph, layer

V2 = infer(load("mobilenetv2"))

BLOCK = graph(
    (4, 8, 8),
    ("expand", layer("conv", out=24)),
    ("act", layer("relu6")),
    ("filter", layer("conv", out=24, kernel=3, groups=24)),
    ("project", layer("conv", out=4, bias=True)),
    ("add", layer("add"), ("input", "project")),
)


def peak(one: Graph) -> int:
    """The peak in bytes, one byte per element."""
    return liveness(program(one, Tensors(1, 1))).peak


def test_the_bottlenecks_of_mobilenetv2_are_found() -> None:
    """Sixteen with an expansion of their own; the stem expands for the first, which has none."""
    found = chains(V2)
    assert len(found) == 17
    paths = [(V2.nodes[chain.expand].path, V2.nodes[chain.project].path) for chain in found]
    assert paths[0] == ("stem.conv", "stage1.1.project.conv")
    assert paths[-1] == ("stage7.1.expand.conv", "stage7.1.project.conv")


def test_models_without_inverted_residuals_have_none() -> None:
    """ResNet's bottlenecks are narrow inside, MobileNetV1 never narrows, ShuffleNet's 1x1 convolutions have groups."""
    for name in ("resnet50", "mobilenetv1", "shufflenet", "vgg16"):
        assert chains(infer(load(name))) == []


def test_an_inner_tensor_that_something_else_reads_is_whole() -> None:
    """A detector takes the expanded tensor of a block: that block is not split, all others are."""
    one = infer(load("ssdlite-mobilenetv2"))
    split_up = {one.nodes[chain.expand].path for chain in chains(one)}
    expansions = {node.path for node in one.nodes if node.path.endswith("expand.conv") and "backbone" in node.path}
    assert expansions - split_up == {"backbone.stage6.1.expand.conv"}


def test_the_peak_falls_towards_the_bound() -> None:
    """Of a block: image 256 and inner tensor 24 * 64 = 1536. Whole: 256 + 2 * 1536. In 24 parts, one channel each:
    the image, the sum so far, one channel of the inner tensor and what it adds to the sum."""
    peaks = [peak(split(BLOCK, parts).graph) for parts in (1, 2, 3, 4, 6, 12, 24)]
    assert peaks[0] == 256 + 2 * 1536
    assert peaks[1] == 256 + 256 + 2 * 768
    assert peaks[-1] == 256 + 256 + 64 + 256
    assert peaks == sorted(peaks, reverse=True)
    for parts in (2, 8, 32):
        assert peak(split(V2, parts).graph) < peak(V2)


def bound(one: Graph, order: bool = False) -> int:
    """The bound of all splits in bytes, one byte per element; over all orders, or in the declared one."""
    merged = as_one(one, program(one, Tensors(1, 1)))
    check_order(merged, merged.order)
    return best_order(merged).bound if order else liveness(merged).peak


def test_no_split_has_a_smaller_peak_than_the_bound() -> None:
    """Of the block: image, projection and sum, 3 * 256, where the split part has less. Of MobileNetV2: the image and
    what its first block's last batch norm reads and makes; 32 parts come within a channel of 112 * 112."""
    assert bound(BLOCK) == 3 * 256
    least = 2 * 16 * 112 * 112 + 3 * 224 * 224
    assert bound(V2) == least
    assert peak(split(V2, 32).graph) == least + 112 * 112
    for name in ("mobilenetv2", "ssdlite-mobilenetv2", "mobilenetv2-cifar"):
        one = infer(load(name))
        for parts in (1, 2, 3, 16):
            assert peak(split(one, parts).graph) >= bound(one)
    best = best_order(program(split(one, 3).graph, Tensors(1, 1)))
    assert best.bound >= bound(one, order=True)


def test_one_part_is_the_graph_as_it_was() -> None:
    """Nothing is renamed."""
    assert split(BLOCK, 1).graph == BLOCK
    assert split(BLOCK, 1).pieces == {}


def test_work_and_parameters_stay_but_for_the_sums() -> None:
    """The same multiply-accumulates, the same parameters, one bias; each part but the first adds 4 * 8 * 8 numbers."""
    for parts in (2, 5):
        one = split(BLOCK, parts).graph
        assert total_macs(one) == total_macs(BLOCK)
        assert total_params(one) == total_params(BLOCK)
        adds = [sum(node.ledger.get("adds", 0) for node in each.nodes) for each in (BLOCK, one)]
        assert adds[1] - adds[0] == (parts - 1) * 4 * 8 * 8


def test_parts_say_which_parameters_they_hold() -> None:
    """Channels 0 to 7, 8 to 15, 16 to 23: of outputs, and of inputs for the projection."""
    found = split(BLOCK, 3).pieces
    assert found["expand.part2"] == Piece("expand", 8, 16)
    assert found["filter.part3"] == Piece("filter", 16, 24)
    assert found["project.part1"] == Piece("project", 0, 8, inputs=True)
    assert len(found) == 12


def test_parts_may_differ_in_size() -> None:
    """By one where the number does not divide the channels."""
    assert even(24, 5) == [5, 5, 5, 5, 4]
    one = split(BLOCK, 5).graph
    assert [node.shape[0] for node in one.nodes if node.path.startswith("expand.part")] == [5, 5, 5, 5, 4]


@pytest.mark.parametrize("parts", [0, 25])
def test_more_parts_than_channels_are_refused(parts: int) -> None:
    """A part would be empty; the message says how many there may be."""
    with pytest.raises(UsageError) as caught:
        split(BLOCK, parts)
    assert str(caught.value) == (
        f"expand: {parts} parts: must be between 1 and the number of channels, 24 "
        "(the narrowest inner tensor of by hand has 24)"
    )


def test_a_model_without_inverted_residuals_is_refused() -> None:
    """Rather than left as it is in silence."""
    with pytest.raises(UsageError, match="vgg16 has no inverted residual to split"):
        split(infer(load("vgg16")), 2)
