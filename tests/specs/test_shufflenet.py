"""ShuffleNet is megvii-model's for 3 and 8 groups, and the paper's table for the others."""

from __future__ import annotations

from typing import Any

import pytest

from costcalc.errors import UsageError
from costcalc.inference import infer
from costcalc.spec import load
from tests.specs.reference import Reference, counted

MEGVII = {
    (3, 0.5): [12, 120, 240, 480],
    (3, 1): [24, 240, 480, 960],
    (3, 1.5): [24, 360, 720, 1440],
    (3, 2): [48, 480, 960, 1920],
    (8, 0.5): [16, 192, 384, 768],
    (8, 1): [24, 384, 768, 1536],
    (8, 1.5): [24, 576, 1152, 2304],
    (8, 2): [48, 768, 1536, 3072],
}
"""ShuffleNetV1/network.py: stage_out_channels by (group, model size), the stem first."""

PAPER = {1: [144, 288, 576], 2: [200, 400, 800], 4: [272, 544, 1088]}
"""arXiv:1707.01083, Table 1, stages 2 to 4; a scale multiplies all filters, the 24 of the stem too."""

UNEVEN = {(25, 2): 26, (75, 2): 76, (34, 4): 36, (102, 4): 104}
"""Bottlenecks that the groups do not divide, and what they become."""


def channels(groups: int, scale: float) -> list[int]:
    """The stem's and the stages' output channels."""
    if groups in PAPER:
        return [int(width * scale) for width in [24, *PAPER[groups]]]
    return MEGVII[groups, scale]


def shufflenet(groups: int, scale: float, resolution: int, classes: int) -> dict[str, int]:
    """ShuffleNetV1/network.py and blocks.py: first_conv, maxpool, 4 + 8 + 4 blocks, classifier without bias."""
    stem, *stages = channels(groups, scale)
    net = Reference(resolution)
    net.conv(stem, 3, 2, 1)
    net.pool("max", 3, 2, 1)
    for stage, (out, repeats) in enumerate(zip(stages, (4, 8, 4), strict=True)):
        for repeat in range(repeats):
            start = net.here
            first_group = stage == 0 and repeat == 0
            stride = 2 if repeat == 0 else 1
            middle = UNEVEN.get((out // 4, groups), out // 4)
            net.conv(middle, groups=1 if first_group else groups)
            net.depthwise(3, stride, 1, act=False)
            net.conv(out - start.channels if stride == 2 else out, groups=groups, act=False)
            if stride == 1:
                net.add(start)
                net.act()
            else:
                net.act()
                branch = net.here
                net.here = start
                net.pool("avg", 3, 2, 1)
                net.concat([net.here, branch])
    net.pool_to(1)
    net.linear(classes, bias=False)
    return net.totals()


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("scale", [0.5, 1, 1.5, 2])
def test_every_number_of_groups_and_every_scale_gives_what_the_reference_gives(groups: int, scale: float) -> None:
    """Odd sizes, at which paddings and strides show, included."""
    model = load("shufflenet")
    for resolution, classes in [(224, 1000), (97, 10), (33, 1)]:
        expected = shufflenet(groups, scale, resolution, classes)
        assert counted(model, groups=groups, scale=scale, resolution=resolution, num_classes=classes) == expected


def test_the_default_is_three_groups_at_full_width() -> None:
    """The paper's ShuffleNet 1x with g = 3."""
    assert counted(load("shufflenet")) == shufflenet(3, 1, 224, 1000)


@pytest.mark.parametrize(
    ("groups", "scale", "params", "macs"),
    [
        (3, 0.5, 717_324, 37_589_856),  # 0.7M, 38M
        (3, 1, 1_864_728, 137_460_672),  # 1.9M; 138M is printed
        (3, 1.5, 3_441_168, 292_443_552),  # 3.4M, 292M
        (3, 2, 5_449_776, 524_045_184),  # 5.4M, 524M
        (8, 2, 6_521_232, 521_942_016),  # 6.5M, 522M
    ],
)
def test_the_figures_are_those_of_megviis_table(groups: int, scale: float, params: int, macs: int) -> None:
    """README.md of ShuffleNet-Series, ShuffleNetV1: parameters and multiply-accumulates."""
    totals = counted(load("shufflenet"), groups=groups, scale=scale)
    assert (totals["trainable"], totals["macs"]) == (params, macs)


@pytest.mark.parametrize(
    ("groups", "width", "printed"), [(1, 576, 143), (2, 800, 140), (3, 960, 137), (4, 1088, 133), (8, 1536, 137)]
)
def test_the_complexities_of_the_papers_table_leave_the_classifier_out(groups: int, width: int, printed: int) -> None:
    """Table 1, last row, in millions."""
    macs = counted(load("shufflenet"), groups=groups)["macs"] - width * 1000
    assert round(macs / 1_000_000) == printed


def test_channels_are_shuffled_between_the_grouped_convolutions_of_every_unit() -> None:
    """Where there is one group only there is nothing to shuffle."""
    model = load("shufflenet")
    # 4 + 8 + 4 units
    shuffles = [node for node in infer(model, {"groups": 8}).nodes if node.layer.type == "shuffle"]
    assert len(shuffles) == 16
    assert {getattr(node.layer, "groups", None) for node in shuffles} == {8}
    assert not [node for node in infer(model, {"groups": 1}).nodes if node.layer.type == "shuffle"]


@pytest.mark.parametrize(
    ("knob", "value", "known"), [("groups", 5, "1, 2, 3, 4, 8"), ("scale", 0.25, r"0\.5, 1, 1\.5, 2")]
)
def test_what_the_table_does_not_have_is_refused_with_what_it_has(knob: str, value: Any, known: str) -> None:
    """Five groups divide none of the widths that the paper gives."""
    with pytest.raises(UsageError, match=rf"{knob} = {value}: must be one of {known}"):
        infer(load("shufflenet"), {knob: value})


def test_a_choice_may_be_written_with_a_decimal_point() -> None:
    """On a command line --scale 1.0 is --scale 1, and --scale true is neither."""
    scale = load("shufflenet").knobs["scale"]
    assert repr([scale.parse(text) for text in ("1.0", "2", "2.00", "0.5")]) == "[1, 2, 2, 0.5]"
    with pytest.raises(UsageError, match="scale = true: must be one of"):
        scale.parse("true")
