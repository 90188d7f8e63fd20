"""The MobileNets without their classifiers, written out by hand, their stride capped if asked for; see `reference`."""

from __future__ import annotations

from tests.specs.reference import Here, Reference


class Backbone(Reference):
    """A reference whose strides stop at ``limit``: what would go beyond has stride 1."""

    def __init__(self, resolution: int, limit: int = 32) -> None:
        super().__init__(resolution)
        self.limit = limit
        self.stride = 1

    def step(self, stride: int) -> int:
        """The stride that is left of ``stride``."""
        if self.stride * stride > self.limit:
            return 1
        self.stride *= stride
        return stride


def mobilenetv1(net: Backbone, alpha: float) -> list[Here]:
    """TF-slim's mobilenet_v1.py, the outputs of its 13 units."""
    net.conv(max(int(32 * alpha), 8), 3, net.step(2), 1)
    units = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    outputs = []
    for depth, stride in units:
        net.depthwise(3, net.step(stride), 1)
        net.conv(max(int(depth * alpha), 8))
        outputs.append(net.here)
    return outputs


def divisible(value: float) -> int:
    """`_make_divisible(v, 8)` of TF-slim's mobilenet.py and of torchvision."""
    new = max(8, int(value + 4) // 8 * 8)
    return new + 8 if new < 0.9 * value else new


def mobilenetv2(net: Backbone, alpha: float, *, head: bool) -> list[Here]:
    """torchvision's mobilenetv2.py, the expanded tensors of its 17 blocks; with or without the last 1x1."""
    net.conv(divisible(32 * alpha), 3, net.step(2), 1)
    rows = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    expanded = []
    for t, channels, repeats, first_stride in rows:
        for repeat in range(repeats):
            start, stride = net.here, first_stride if repeat == 0 else 1
            if t != 1:
                net.conv(start.channels * t)
            expanded.append(net.here)
            net.depthwise(3, net.step(stride), 1)
            net.conv(divisible(channels * alpha), act=False)
            if stride == 1 and net.here.channels == start.channels:
                net.add(start)
    if head:
        net.conv(divisible(1280 * max(1.0, alpha)))
    return expanded
