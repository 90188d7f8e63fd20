"""SSD and SSDLite: the figures of torchvision and of the MobileNetV2 paper, the wiring, and the number of boxes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from tests.specs.backbones import Backbone, mobilenetv1, mobilenetv2
from tests.specs.reference import Here, Reference, counted

SSD300, SSD512 = load("ssd300-vgg16"), load("ssd512-vgg16")
LITE1, LITE2, SSD2 = load("ssdlite-mobilenetv1"), load("ssdlite-mobilenetv2"), load("ssd-mobilenetv2")


def heads(net: Reference, maps: Sequence[tuple[Here, int]], classes: int, predict: Callable[[int], None]) -> None:
    """For each map, four numbers and classes + 1 scores for each anchor."""
    for at, anchors in maps:
        for out in (4 * anchors, (classes + 1) * anchors):
            net.here = at
            predict(out)


# On VGG-16


class Vgg(Reference):
    """Convolutions with a bias and a ReLU."""

    def plain(self, out: int, kernel: int, stride: int = 1, padding: int = 0) -> Here:
        self.conv(out, kernel, stride, padding, bias=True, norm=False)
        return self.here

    def halve(self) -> None:
        """A 2x2 max pooling that rounds up: as if an odd image had a row more."""
        self.here = Here(self.here.channels, *(n + n % 2 for n in self.here[1:]))
        self.pool("max", 2, 2)


def ssd_vgg(resolution: int, extras: Sequence[tuple[int, int, int, int]], anchors: Sequence[int], classes: int) -> Vgg:
    """torchvision's SSDFeatureExtractorVGG and SSDHead."""
    net = Vgg(resolution)
    maps = []
    for number, (channels, times) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        if number > 1:
            net.halve()
        for _ in range(times):
            net.plain(channels, 3, 1, 1)
        if number == 4:
            maps.append(net.here)
            net.biases += 512  # the scales of the L2 norm: trained, and no weights
    net.pool("max", 3, 1, 1)
    size = net.here[1:]
    net.plain(1024, 3, 1, 1)  # fc6: at rate 6 with padding 6 it keeps the size, as at rate 1 with padding 1
    assert net.here[1:] == size
    maps.append(net.plain(1024, 1))
    for channels, kernel, stride, padding in extras:
        net.plain(channels // 2, 1)
        maps.append(net.plain(channels, kernel, stride, padding))

    def predict(out: int) -> None:
        net.conv(out, 3, 1, 1, bias=True, norm=False, act=False)

    heads(net, list(zip(maps, anchors, strict=True)), classes, predict)
    return net


EXTRAS_300 = [(512, 3, 2, 1), (256, 3, 2, 1), (256, 3, 1, 0), (256, 3, 1, 0)]
EXTRAS_512 = [(512, 3, 2, 1), (256, 3, 2, 1), (256, 3, 2, 1), (256, 3, 2, 1), (256, 4, 1, 1)]
VGG_MODELS = [(SSD300, EXTRAS_300, [4, 6, 6, 6, 4, 4]), (SSD512, EXTRAS_512, [4, 6, 6, 6, 6, 4, 4])]


def test_ssd300_is_torchvisions() -> None:
    """35,641,826 parameters and 34.858 G in the metadata of SSD300_VGG16_Weights.COCO_V1."""
    totals = counted(SSD300)
    assert totals["trainable"] == 35_641_826
    assert totals["macs"] == 34_858_153_472


def test_ssd512_differs_from_ssd300_in_its_extra_layers_and_heads() -> None:
    """The difference, layer by layer, at 90 classes."""
    # the third and fourth extras keep their parameters; the fifth: 256*128+128 and 128*256*4*4+256
    extra = 256 * 128 + 128 + 128 * 256 * 16 + 256
    # one more head with 6 anchors on 256 channels: 6 * (4 + 91) = 570 outputs of 3*3*256 weights and a bias
    head = 570 * (3 * 3 * 256 + 1)
    assert total_params(infer(SSD512))["trainable"] - 35_641_826 == extra + head


@pytest.mark.parametrize(("model", "extras", "anchors"), VGG_MODELS, ids=["300", "512"])
def test_ssd_on_vgg_gives_what_the_transcribed_net_gives(
    model: ModelSpec, extras: list[tuple[int, int, int, int]], anchors: list[int]
) -> None:
    """At any number of classes, and at every resolution that leaves something of the last map."""
    default = model.knobs["resolution"].default
    draw = random.Random(1512_02325)
    for resolution in (default, *(draw.randint(default - 40, default + 200) for _ in range(8))):
        classes = draw.randint(1, 100)
        expected = ssd_vgg(resolution, extras, anchors, classes).totals()
        assert counted(model, resolution=resolution, num_classes=classes) == expected, resolution


# On the MobileNets


def widths(alpha: float) -> list[tuple[int, int]]:
    """The extra layers of object_detection's feature_map_generators.py, the 1x1 and the map: `depth_fn`."""
    return [(max(int(depth / 2 * alpha), 16), max(int(depth * alpha), 16)) for depth in (512, 256, 256, 128)]


def ssd_mobilenet(name: str, *, alpha: float, resolution: int, num_classes: int) -> dict[str, int]:
    """object_detection's ssdlite_mobilenet_v1 and _v2; and V2 with full convolutions in place of the separable."""
    net = Backbone(resolution)
    if name == "ssdlite-mobilenetv1":
        tapped = mobilenetv1(net, alpha)[10]
    else:
        tapped = mobilenetv2(net, alpha, head=True)[13]
    lite = name != "ssd-mobilenetv2"
    maps = [tapped, net.here]
    for reduced, out in widths(alpha):
        net.conv(reduced)
        if lite:
            net.depthwise(3, 2, 1)
        net.conv(out, *(() if lite else (3, 2, 1)))
        maps.append(net.here)

    def predict(out: int) -> None:
        if lite:
            net.depthwise(3, 1, 1)
        net.conv(out, *(() if lite else (3, 1, 1)), bias=True, norm=False, act=False)

    heads(net, list(zip(maps, (3, 6, 6, 6, 6, 6), strict=True)), num_classes, predict)
    return net.totals()


@pytest.mark.parametrize("model", [LITE1, LITE2, SSD2], ids=lambda model: model.name)
def test_ssd_on_a_mobilenet_gives_what_the_transcribed_net_gives(model: ModelSpec) -> None:
    """At any width, resolution and number of classes."""
    draw = random.Random(1801_04381)
    settings = [(1.0, 320, 80), (1.0, 300, 90)]
    settings += [(draw.uniform(0.05, 1.6), draw.randint(1, 500), draw.randint(1, 100)) for _ in range(15)]
    for alpha, resolution, classes in settings:
        knobs: dict[str, Any] = {"alpha": alpha, "resolution": resolution, "num_classes": classes}
        assert counted(model, **knobs) == ssd_mobilenet(model.name, **knobs), knobs


def test_ssdlite_has_the_figures_of_the_papers_table_6() -> None:
    """4.3 M and 0.8 B on MobileNetV2, 5.1 M and 1.3 B on MobileNetV1."""
    on_v2, on_v1 = counted(LITE2), counted(LITE1)
    assert (on_v2["trainable"], on_v2["macs"]) == (4_337_013, 788_830_144)
    assert (on_v1["trainable"], on_v1["macs"]) == (5_100_661, 1_309_162_944)


def test_what_stands_on_the_backbone_has_the_parameters_of_the_papers_table_5() -> None:
    """SSD 14.8 M and SSDLite 2.1 M; 1.25 B are SSD's multiply-accumulates, 0.35 B are twice SSDLite's."""
    net = Backbone(320)
    mobilenetv2(net, 1.0, head=True)
    backbone = net.totals()
    assert backbone["trainable"] == 2_223_872  # 3504872 - 1280*1000 - 1000: torchvision's without its classifier
    found = {}
    for model in (SSD2, LITE2):
        totals = counted(model)
        found[model.name] = tuple(totals[kind] - backbone[kind] for kind in ("trainable", "macs"))
    # SSD's heads: 9 * (576*255*400 + 1280*510*100 + 512*510*25 + 256*510*9 + 256*510*4 + 128*510) = 1190903040;
    # its extra layers: 100*1280*256 + 25*9*256*512 + 25*512*128 + 9*9*128*256 + 9*256*128 + 4*9*128*256 + 4*256*64
    # + 9*64*128 = 68165632
    assert found["ssd-mobilenetv2"] == (14_776_629, 1_190_903_040 + 68_165_632)
    assert found["ssdlite-mobilenetv2"] == (2_113_141, 177_617_344)


@pytest.mark.parametrize(
    ("model", "sizes"),
    [(LITE2, [(576, 20), (1280, 10)]), (SSD2, [(576, 20), (1280, 10)]), (LITE1, [(512, 20), (1024, 10)])],
    ids=lambda value: value.name if isinstance(value, ModelSpec) else "",
)
def test_the_first_two_maps_are_taken_from_the_backbone(model: ModelSpec, sizes: list[tuple[int, int]]) -> None:
    """The expansion at stride 16, inside the first block of stride 32, and the last layer at stride 32."""
    graph = infer(model)
    inputs = {node.path: graph.nodes[node.inputs[0]] for node in graph.nodes[1:]}
    taken = [next(node for path, node in inputs.items() if path.startswith(f"map{number}.boxes")) for number in (1, 2)]
    assert [node.shape for node in taken] == [(channels, side, side) for channels, side in sizes]
    assert all(node.path.startswith("backbone.") for node in taken)


# Of all


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (SSD300, 8732),  # 38*38*4 + 19*19*6 + 10*10*6 + 5*5*6 + 3*3*4 + 4
        (SSD512, 24564),  # 64*64*4 + 32*32*6 + 16*16*6 + 8*8*6 + 4*4*6 + 2*2*4 + 4
        (LITE1, 2034),  # 20*20*3 + 10*10*6 + 5*5*6 + 3*3*6 + 2*2*6 + 6
        (LITE2, 2034),
        (SSD2, 2034),
    ],
    ids=lambda value: value.name if isinstance(value, ModelSpec) else str(value),
)
def test_there_are_as_many_boxes_as_the_paper_says_and_as_many_rows_of_scores(model: ModelSpec, count: int) -> None:
    """Four numbers for each box, a score for each class and the background."""
    graph = infer(model)
    shapes = {output.name: graph.nodes[output.node].shape for output in graph.outputs}
    elements = dict.fromkeys(("boxes", "scores"), 0)
    for name, (channels, height, width) in shapes.items():
        elements[name.split(".")[1]] += channels * height * width
    assert elements == {"boxes": 4 * count, "scores": (model.knobs["num_classes"].default + 1) * count}


@pytest.mark.parametrize("resolution", [1, 100, 256])
def test_a_resolution_too_small_for_the_last_map_is_refused(resolution: int) -> None:
    """SSD300's last two extra layers need 5 x 5, which 257 is the least to give."""
    with pytest.raises(CostcalcError, match=rf"resolution = {resolution}: must be at least 257"):
        infer(SSD300, {"resolution": resolution})
    assert total_macs(infer(SSD300, {"resolution": 257})) > 0


def test_the_backbone_of_ssdlite_obeys_its_own_knobs() -> None:
    """A width that MobileNetV2 refuses is refused here."""
    with pytest.raises(CostcalcError, match="alpha = 0: must be above 0"):
        infer(LITE2, {"alpha": 0})
