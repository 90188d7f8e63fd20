"""MobileNetV1 and V2 cost what their reference implementations cost, at every width and resolution.

The references are transcribed here by hand: a list of convolutions with TensorFlow's SAME padding (a size of
ceil(n / stride)), and the widths in the floats of the reference. They share nothing with the spec language or the layer
formulas.
"""

from __future__ import annotations

import math
import random

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.inference import infer
from costcalc.spec import load

V1 = load("mobilenetv1")
V2 = load("mobilenetv2")


class Reference:
    """Adds up convolutions, each followed by a batch norm, and a classifier."""

    def __init__(self, resolution: int) -> None:
        self.size = resolution
        self.channels = 3
        self.weights = self.norms = self.macs = 0

    def conv(self, out: int, kernel: int, stride: int = 1) -> None:
        self._add(out, self.channels, kernel, stride)

    def depthwise(self, stride: int) -> None:
        self._add(self.channels, 1, 3, stride)

    def _add(self, out: int, per_group: int, kernel: int, stride: int) -> None:
        self.size = math.ceil(self.size / stride)
        weights = out * per_group * kernel * kernel
        self.weights += weights
        self.macs += weights * self.size * self.size
        self.norms += out
        self.channels = out

    def totals(self, classes: int) -> dict[str, int]:
        weights = self.weights + self.channels * classes
        return {
            "weights": weights,
            "trainable": weights + 2 * self.norms + classes,
            "stored": weights + 4 * self.norms + classes,
            "macs": self.macs + self.channels * classes,
        }


def tf_slim_v1(alpha: float, resolution: int, classes: int) -> dict[str, int]:
    """tensorflow/models research/slim/nets/mobilenet_v1.py: MOBILENETV1_CONV_DEFS, depth = max(int(d * alpha), 8)."""
    net = Reference(resolution)
    net.conv(max(int(32 * alpha), 8), 3, 2)
    units = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for depth, stride in units:
        net.depthwise(stride)
        net.conv(max(int(depth * alpha), 8), 1)
    return net.totals(classes)


def divisible(value: float) -> int:
    """`_make_divisible(v, 8)` of TF-slim's mobilenet.py and of torchvision."""
    new = max(8, int(value + 4) // 8 * 8)
    if new < 0.9 * value:
        new += 8
    return new


def torchvision_v2(alpha: float, resolution: int, classes: int, t: int = 6) -> dict[str, int]:
    """torchvision/models/mobilenetv2.py: inverted_residual_setting, last channel 1280 * max(1, width_mult)."""
    net = Reference(resolution)
    net.conv(divisible(32 * alpha), 3, 2)
    rows = [(1, 16, 1, 1), (t, 24, 2, 2), (t, 32, 3, 2), (t, 64, 4, 2), (t, 96, 3, 1), (t, 160, 3, 2), (t, 320, 1, 1)]
    for expansion, channels, repeats, first_stride in rows:
        for repeat in range(repeats):
            if expansion != 1:
                net.conv(round(net.channels * expansion), 1)
            net.depthwise(first_stride if repeat == 0 else 1)
            net.conv(divisible(channels * alpha), 1)
    net.conv(divisible(1280 * max(1.0, alpha)), 1)
    return net.totals(classes)


def counted(model, **knobs) -> dict[str, int]:
    graph = infer(model, knobs)
    return {**total_params(graph), "macs": total_macs(graph)}


def test_mobilenetv1_has_the_figures_of_its_reference_implementation():
    """4,231,976 parameters: TF-slim's mobilenet_v1_1.0_224; 568,740,352: its README's 569 million."""
    totals = counted(V1)
    assert (totals["trainable"], totals["macs"]) == (4_231_976, 568_740_352)


def test_mobilenetv2_has_the_figures_of_its_reference_implementation():
    """3,504,872 parameters: torchvision's metadata; 300,774,272: its 0.301 G there, and 300 M in the paper."""
    totals = counted(V2)
    assert (totals["trainable"], totals["macs"]) == (3_504_872, 300_774_272)


SETTINGS = [
    (alpha, resolution, classes)
    for alpha in (0.01, 0.25, 0.35, 0.5, 0.75, 1.0, 1.3, 1.4, 2.0)
    for resolution in (32, 33, 97, 128, 191, 224)
    for classes in (1, 10, 1000)
]


@pytest.mark.parametrize("model, reference", [(V1, tf_slim_v1), (V2, torchvision_v2)], ids=["v1", "v2"])
def test_published_and_odd_settings_give_what_the_reference_gives(model, reference):
    for alpha, resolution, classes in SETTINGS:
        expected = reference(alpha, resolution, classes)
        assert counted(model, alpha=alpha, resolution=resolution, num_classes=classes) == expected, (alpha, resolution)


@pytest.mark.parametrize("model, reference", [(V1, tf_slim_v1), (V2, torchvision_v2)], ids=["v1", "v2"])
def test_any_width_up_to_2_and_any_resolution_give_what_the_reference_gives(model, reference):
    draw = random.Random(20180113)
    for _ in range(400):
        alpha = draw.choice([draw.uniform(0, 2), round(draw.uniform(0.01, 2), 2)])
        if alpha == 0:
            continue
        resolution, classes = draw.randint(32, 600), draw.randint(1, 2000)
        expected = reference(alpha, resolution, classes)
        assert counted(model, alpha=alpha, resolution=resolution, num_classes=classes) == expected, (alpha, resolution)


def test_every_expansion_of_mobilenetv2_gives_what_the_reference_gives():
    for t in range(1, 12):
        assert counted(V2, t=t, alpha=0.75, resolution=160) == torchvision_v2(0.75, 160, 1000, t), t
