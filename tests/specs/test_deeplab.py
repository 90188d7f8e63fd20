"""DeepLabv3: torchvision's figures, the MobileNetV2 paper's Table 7, and what an output stride does to a backbone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from tests.specs.backbones import Backbone, divisible, mobilenetv1, mobilenetv2
from tests.specs.reference import Here, Reference, counted

V1, V2, RESNET = (load(f"deeplabv3-{backbone}") for backbone in ("mobilenetv1", "mobilenetv2", "resnet101"))


def head(net: Reference, *, aspp: bool) -> None:
    """Branches of 256 channels side by side, joined. Atrous convolutions keep the size, like those at rate 1."""
    start = net.here
    branches = []
    for kernel in (1, 3, 3, 3) if aspp else (1,):
        net.here = start
        net.conv(256, kernel, 1, kernel // 2)
        branches.append(net.here)
    net.here = Here(start.channels, 1, 1)
    net.conv(256)
    branches.append(Here(256, start.height, start.width))
    net.concat(branches)
    net.conv(256)


def classify(net: Reference, classes: int) -> None:
    """The last 1x1."""
    net.conv(classes, bias=True, norm=False, act=False)


def on_mobilenetv1(output_stride: int, aspp: bool, alpha: float, resolution: int, num_classes: int) -> dict[str, int]:
    """The paper's with MobileNetV1."""
    net = Backbone(resolution, output_stride)
    mobilenetv1(net, alpha)
    head(net, aspp=aspp)
    classify(net, num_classes)
    return net.totals()


def on_mobilenetv2(
    output_stride: int, aspp: bool, features: str, alpha: float, resolution: int, num_classes: int
) -> dict[str, int]:
    """The paper's with MobileNetV2, on its last map or the one before."""
    net = Backbone(resolution, output_stride)
    mobilenetv2(net, alpha, head=features == "last")
    head(net, aspp=aspp)
    classify(net, num_classes)
    return net.totals()


def on_resnet101(output_stride: int, aspp: bool, aux: bool, resolution: int, num_classes: int) -> dict[str, int]:
    """torchvision's deeplabv3_resnet101: IntermediateLayerGetter, DeepLabHead, FCNHead."""
    net = Backbone(resolution, output_stride)
    net.conv(64, 7, net.step(2), 3)
    net.pool("max", 3, net.step(2), 1)
    tapped = net.here
    for width, blocks, first_stride in ((64, 3, 1), (128, 4, 2), (256, 23, 2), (512, 3, 2)):
        tapped = net.here
        stride = net.step(first_stride)
        for block in range(blocks):
            start = net.here
            net.conv(width)
            net.conv(width, 3, stride if block == 0 else 1, 1)
            net.conv(4 * width, act=False)
            end = net.here
            if block == 0:
                net.here = start
                net.conv(4 * width, 1, stride, act=False)
            net.here = end
            net.add(end)
            net.act()
    head(net, aspp=aspp)
    net.conv(256, 3, 1, 1)
    classify(net, num_classes)
    if aux:
        net.here = tapped
        net.conv(256, 3, 1, 1)
        classify(net, num_classes)
    return net.totals()


REFERENCES = [(V1, on_mobilenetv1), (V2, on_mobilenetv2), (RESNET, on_resnet101)]


@pytest.mark.parametrize(("model", "reference"), REFERENCES, ids=lambda value: getattr(value, "name", ""))
def test_any_setting_gives_what_the_transcribed_net_gives(model: ModelSpec, reference: Any) -> None:
    """Every combination of the switches, at random widths and resolutions."""
    draw = random.Random(1706_05587)
    for _ in range(24):
        knobs: dict[str, Any] = {"resolution": draw.randint(33, 600), "num_classes": draw.randint(1, 150)}
        for name, knob in model.knobs.items():
            if knob.choices:
                knobs[name] = draw.choice(knob.choices)
            elif isinstance(knob.default, bool):
                knobs[name] = draw.random() < 0.5
            elif name == "alpha":
                knobs[name] = draw.uniform(0.05, 1.8)
        assert counted(model, **knobs) == reference(**knobs), knobs


def test_on_resnet101_it_is_torchvisions() -> None:
    """60,996,202 parameters and 258.743 G in the metadata of DeepLabV3_ResNet101_Weights, both heads included."""
    totals = counted(RESNET)
    assert totals["trainable"] == 60_996_202
    assert totals["macs"] == 258_743_039_488


@pytest.mark.parametrize(
    ("model", "knobs", "trainable", "macs"),
    [
        (V1, {}, 11_145_301, 12_760_886_976),  # the paper: 11.15 M, 14.25 B
        (V2, {"aspp": True}, 4_523_541, 5_363_508_928),  # 4.52 M, 5.8 B
        (V2, {}, 2_113_557, 2_740_709_056),  # 2.11 M, 2.75 B
    ],
)
def test_on_a_mobilenet_it_has_the_parameters_of_the_papers_table_7(
    model: ModelSpec, knobs: dict[str, Any], trainable: int, macs: int
) -> None:
    """And these multiply-accumulates; those that the paper prints stand beside them, and are more."""
    totals = counted(model, **knobs)
    assert (totals["trainable"], totals["macs"]) == (trainable, macs)


def windows(graph: Graph) -> list[tuple[str, int, int]]:
    """Where the backbone's convolutions by 3x3 have a stride or a dilation: path, stride, dilation."""
    found = []
    for node in graph.nodes:
        arguments = vars(node.layer)
        if node.path.startswith("backbone.") and arguments.get("kernel") == (3, 3) and node.layer.type == "conv":
            (stride, _), (dilation, _) = arguments["stride"], arguments["dilation"]
            found.append((".".join(node.path.split(".")[1:3]), stride, dilation))
    return [item for item in found if item[1:] != (1, 1)]


def test_an_output_stride_turns_strides_to_dilation() -> None:
    """The layer that loses its stride keeps its dilation; those after it are dilated by that stride."""
    strided = [("stem.conv", 2, 1), ("stage2.1", 2, 1), ("stage3.1", 2, 1)]
    late = [(f"stage6.{n}", 1, 2) for n in (2, 3)] + [("stage7.1", 1, 2)]
    assert windows(infer(V2, {"output_stride": 16})) == [*strided, ("stage4.1", 2, 1), *late]
    middle = [(f"stage4.{n}", 1, 2) for n in (2, 3, 4)] + [(f"stage5.{n}", 1, 2) for n in (1, 2, 3)]
    last = [("stage6.1", 1, 2)] + [(f"stage6.{n}", 1, 4) for n in (2, 3)] + [("stage7.1", 1, 4)]
    assert windows(infer(V2, {"output_stride": 8})) == [*strided, *middle, *last]


def test_resnets_strides_turn_to_dilation_as_torchvision_replaces_them() -> None:
    """replace_stride_with_dilation=[False, True, True]: 1, then 2 in the third stage; 2, then 4 in the fourth."""
    third = [(f"stage3.{n}", 1, 2) for n in range(2, 24)]
    fourth = [("stage4.1", 1, 2), ("stage4.2", 1, 4), ("stage4.3", 1, 4)]
    assert windows(infer(RESNET)) == [("stage2.1", 2, 1), *third, *fourth]


@pytest.mark.parametrize(("output_stride", "side", "rates"), [(16, 33, (6, 12, 18)), (8, 65, (12, 24, 36))])
@pytest.mark.parametrize("model", [V1, V2], ids=lambda model: model.name)
def test_the_head_works_at_the_output_stride_with_its_rates(
    model: ModelSpec, output_stride: int, side: int, rates: tuple[int, ...]
) -> None:
    """513 = 16*32 + 1 = 8*64 + 1; the rates double as the stride halves."""
    graph = infer(model, {"output_stride": output_stride, "aspp": True})
    atrous = [node for node in graph.nodes if ".atrous" in node.path and node.layer.type == "conv"]
    assert [vars(node.layer)["dilation"] for node in atrous] == [(rate, rate) for rate in rates]
    assert {node.shape for node in atrous} == {(256, side, side)}
    assert graph.nodes[graph.outputs[0].node].shape == (21, 513, 513)


def test_the_head_stands_on_320_channels_or_on_1280() -> None:
    """The paper's V2* is the second last map, without the last 1x1."""
    taken = {}
    for features in ("second_last", "last"):
        graph = infer(V2, {"features": features, "alpha": 1.4})
        first = next(node for node in graph.nodes if node.path == "head.plain.conv")
        taken[features] = first.input_shapes[0][0]
    assert taken == {"second_last": divisible(320 * 1.4), "last": divisible(1280 * 1.4)}


@pytest.mark.parametrize("model", [V1, V2, RESNET], ids=lambda model: model.name)
def test_an_output_stride_of_7_is_refused_with_those_that_there_are(model: ModelSpec) -> None:
    """No stride of 2 leads to it."""
    with pytest.raises(CostcalcError, match="output_stride = 7: must be one of 8, 16"):
        infer(model, {"output_stride": 7})


@pytest.mark.parametrize("line", ["resize: {size: 8}", "space_to_depth", "conv_transpose: {out: 4, kernel: 2}", "pad"])
def test_a_layer_that_resizes_otherwise_cannot_stand_in_a_backbone_that_is_capped(tmp_path: Any, line: str) -> None:
    """What its stride is cannot be said, so that the cap would silently not hold."""
    (tmp_path / "backbone.yaml").write_text(
        f"name: backbone\ninput: [3, 32, 32]\nlayers:\n  - conv: {{out: 8, kernel: 3, stride: 2}}\n  - {line}\n"
    )
    (tmp_path / "user.yaml").write_text(
        "name: user\ninput: [3, 32, 32]\nuse: [./backbone.yaml]\nlayers:\n  - backbone: {max_stride: 8}\n"
    )
    with pytest.raises(CostcalcError, match=r"max_stride = 8: .* changes the size of the image, and not by a stride"):
        infer(load(str(tmp_path / "user.yaml")))
    assert infer(load(str(tmp_path / "backbone.yaml"))).nodes
