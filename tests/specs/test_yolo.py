"""YOLOv2: the figures of darknet's page, and any setting against the transcribed configuration."""

from __future__ import annotations

import math
import random

import pytest

from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.spec import load
from tests.specs.reference import Here, Reference, counted

MODEL = load("yolov2")


def darknet(
    passthrough: int = 64, anchors: int = 5, resolution: int = 416, num_classes: int = 20
) -> tuple[dict[str, int], int]:
    """yolov2-voc.cfg, section by section; yolo-voc.2.0.cfg without the 1x1 before the reorg. And its map's size."""
    net = Reference(resolution)
    net.conv(32, 3, 1, 1)
    fine = net.here
    for filters, times in ((64, 0), (128, 1), (256, 1), (512, 2), (1024, 2)):
        fine = net.here
        channels, height, width = fine
        net.here = Here(channels, height + height % 2, width + width % 2)  # darknet's maxpool pads size - 1 at the end
        net.pool("max", 2, 2)
        net.conv(filters, 3, 1, 1)
        for _ in range(times):
            net.conv(filters // 2)
            net.conv(filters, 3, 1, 1)
    net.conv(1024, 3, 1, 1)
    net.conv(1024, 3, 1, 1)
    coarse, net.here = net.here, fine
    if passthrough:
        net.conv(passthrough)
    channels, height, width = net.here
    net.concat([Here(4 * channels, height // 2, width // 2), coarse])
    net.conv(1024, 3, 1, 1)
    net.conv(anchors * (5 + num_classes), bias=True, norm=False, act=False)
    return net.totals(), net.here.height


@pytest.mark.parametrize(
    ("knobs", "macs", "billions"),
    [
        ({"passthrough": 0}, 17_449_063_424, "34.90"),
        ({"resolution": 608, "num_classes": 80}, 31_469_126_656, "62.94"),
        ({"passthrough": 0, "resolution": 544}, 29_838_930_944, "59.68"),
    ],
)
def test_twice_the_multiply_accumulates_are_the_bflops_of_darknets_page(
    knobs: dict[str, int], macs: int, billions: str
) -> None:
    """darknet adds up 2 * filters * size * size * channels * outputs of its convolutions, and prints two decimals."""
    totals = counted(MODEL, **knobs)
    assert totals["macs"] == macs
    assert f"{2 * macs / 10**9:.2f}" == billions


def test_the_parameters_are_those_of_the_two_releases() -> None:
    """The paper of MobileNetV2 prints 50.7 M, which is the later release on 20 classes."""
    # 9*1024*(4*512+1024) weights of the fused convolution of 2.0, against 9*1024*(4*64+1024) and 512*64 + 2*64
    assert counted(MODEL)["trainable"] == 50_655_389
    assert counted(MODEL, passthrough=0)["trainable"] - 50_655_389 == 9 * 1024 * 4 * (512 - 64) - 512 * 64 - 2 * 64


def test_any_setting_gives_what_the_transcribed_configuration_gives() -> None:
    """Where the finer map is not twice the coarser, both have no answer."""
    draw = random.Random(1612_08242)
    refused = 0
    for _ in range(40):
        knobs = {
            "passthrough": draw.choice([0, 16, 64, 65]),
            "anchors": draw.randint(1, 9),
            "resolution": draw.randint(17, 700),
            "num_classes": draw.randint(1, 100),
        }
        if math.ceil(knobs["resolution"] / 16) % 2:
            refused += 1
            with pytest.raises(CostcalcError, match="block and height: 2 does not divide"):
                infer(MODEL, knobs)
            continue
        expected, side = darknet(**knobs)
        assert counted(MODEL, **knobs) == expected, knobs
        graph = infer(MODEL, knobs)
        assert graph.nodes[-1].shape == (knobs["anchors"] * (5 + knobs["num_classes"]), side, side)
    assert 0 < refused < 40


def test_there_are_845_boxes_at_416() -> None:
    """13 * 13 * 5, as the paper's section 2 has them (more than a thousand at larger sizes)."""
    channels, height, width = infer(MODEL).nodes[-1].shape
    assert channels // 25 * height * width == 845
