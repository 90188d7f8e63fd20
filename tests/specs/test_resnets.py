"""ResNets are those of torchvision, at any resolution."""

from __future__ import annotations

import pytest

from costcalc.spec import load
from tests.specs.reference import Reference, counted

DEPTHS = {
    "resnet18": (False, (2, 2, 2, 2)),
    "resnet50": (True, (3, 4, 6, 3)),
    "resnet101": (True, (3, 4, 23, 3)),
}


def torchvision(name: str, resolution: int, classes: int) -> dict[str, int]:
    """torchvision/models/resnet.py: `_resnet(BasicBlock | Bottleneck, layers)`, the stride on the 3x3."""
    deep, depths = DEPTHS[name]
    net = Reference(resolution)
    net.conv(64, 7, 2, 3)
    net.pool("max", 3, 2, 1)
    for planes, blocks, first_stride in zip((64, 128, 256, 512), depths, (1, 2, 2, 2), strict=True):
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            start = net.here
            if deep:
                net.conv(planes)
                net.conv(planes, 3, stride, 1)
                net.conv(4 * planes, act=False)
            else:
                net.conv(planes, 3, stride, 1)
                net.conv(planes, 3, 1, 1, act=False)
            end, shortcut = net.here, start
            if stride != 1 or start.channels != end.channels:
                net.here = start
                net.conv(end.channels, 1, stride, act=False)
                shortcut = net.here
            net.here = end
            net.add(shortcut)
            net.act()
    net.pool_to(1)
    net.linear(classes)
    return net.totals()


@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [
        ("resnet18", 11_689_512, 1_814_073_344),  # torchvision's metadata: 1.814 G
        ("resnet50", 25_557_032, 4_089_184_256),  # 4.089 G
        ("resnet101", 44_549_160, 7_801_405_440),  # 7.801 G
    ],
)
def test_a_resnet_has_the_figures_of_torchvisions_metadata(name: str, params: int, macs: int) -> None:
    """Trainable parameters, and multiply-accumulates of convolutions and the classifier."""
    totals = counted(load(name))
    assert (totals["trainable"], totals["macs"]) == (params, macs)


@pytest.mark.parametrize("name", DEPTHS)
def test_a_resnet_is_torchvisions_at_any_resolution(name: str) -> None:
    """Odd sizes, at which paddings and strides show, and the sizes at which stages fall to one pixel."""
    model = load(name)
    assert counted(model) == torchvision(name, 224, 1000)
    for resolution in (1, 32, 33, 97, 181, 223, 256):
        expected = torchvision(name, resolution, 10)
        assert counted(model, resolution=resolution, num_classes=10) == expected, resolution
