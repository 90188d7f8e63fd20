"""The variants of MobileNetV1 and V2: those of the MobileNets paper's tables, and those that documents tabulate."""

from __future__ import annotations

import math

import pytest

from costcalc.spec import load
from tests.specs.reference import Here, Reference, counted

Rows = list[tuple[int, int, int, int]]


def mobilenet(resolution: int, alpha: float, middle: int, full: bool, classes: int) -> dict[str, int]:
    """arXiv:1704.04861, Table 1, with ``middle`` units of 512 at 14 x 14; ``full`` convolutions as in Table 4."""

    def width(channels: int) -> int:
        return max(8, int(alpha * channels))

    net = Reference(resolution)
    net.conv(width(32), 3, 2, 1)
    units = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * middle, (1024, 2), (1024, 1)]
    for channels, stride in units:
        if full:
            net.conv(width(channels), 3, stride, 1)
        else:
            net.depthwise(3, stride, 1)
            net.conv(width(channels))
    net.pool_to(1)
    net.linear(classes)
    return net.totals()


VARIANTS = {"mobilenetv1": (5, False), "mobilenetv1-conv": (5, True), "mobilenetv1-shallow": (0, False)}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_of_mobilenetv1_is_the_papers_at_any_width_and_resolution(name: str) -> None:
    """Odd sizes, at which strides show, and widths that are rounded."""
    model = load(name)
    assert counted(model) == mobilenet(224, 1.0, *VARIANTS[name], 1000)
    for alpha, resolution in [(0.1, 224), (0.25, 33), (0.5, 97), (0.75, 191), (1.0, 160), (1.3, 65)]:
        expected = mobilenet(resolution, alpha, *VARIANTS[name], 10)
        assert counted(model, alpha=alpha, resolution=resolution, num_classes=10) == expected, (alpha, resolution)


def test_the_shallow_and_the_full_net_have_the_figures_of_the_papers_tables() -> None:
    """Tables 4 and 5: 29.3 M and 2.9 M parameters, 307 M multiply-adds; the 4866 M leave the classifier out."""
    full, shallow = counted(load("mobilenetv1-conv")), counted(load("mobilenetv1-shallow"))
    assert (full["trainable"], shallow["trainable"]) == (29_294_088, 2_887_976)
    # 1024 * 1000 multiply-accumulates in the classifier
    assert (full["macs"], full["macs"] - 1024 * 1000) == (4_867_293_184, 4_866_269_184)
    assert shallow["macs"] == 307_323_392


@pytest.mark.parametrize(("rho", "side"), [(1.0, 224), (0.857, 192), (0.714, 160), (0.571, 128)])
def test_rho_gives_the_resolutions_of_the_paper(rho: float, side: int) -> None:
    """Section 3.4: 224, 192, 160 and 128 pixels, which are 224 times the rho that Table 3 prints."""
    model = load("mobilenetv1")
    # 0.857*224 = 191.968; 0.714*224 = 159.936; 0.571*224 = 127.904
    assert counted(model, rho=rho) == counted(model, resolution=side)


def test_rho_multiplies_the_resolution_that_is_given() -> None:
    """Rounded to the nearest pixel, whatever the knob beside it says."""
    model = load("mobilenetv1")
    for resolution, rho in [(192, 0.5), (33, 0.7), (100, 1.5), (97, 1.0)]:
        side = math.floor(resolution * rho + 0.5)
        assert counted(model, rho=rho, resolution=resolution) == mobilenet(side, 1.0, 5, False, 1000)


def bottlenecks(
    net: Reference, rows: Rows, *, always: bool = False, shortcuts: bool = False, scheme: str = "a"
) -> None:
    """Rows of (expansion, channels, repeats, first stride), each block as ``scheme`` of Mehta's figure 1 draws it.

    ``always`` expands where the expansion is 1 too; ``shortcuts`` are 1x1 convolutions where the stride is 1 and the
    width changes.
    """
    for expansion, channels, repeats, first_stride in rows:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            start = net.here
            if scheme == "d":
                net.depthwise(3, stride, 1)
            if expansion != 1 or always:
                widen(net, expansion, scheme)
            if scheme != "d":
                net.depthwise(3, stride, 1)
            net.conv(channels, norm=scheme != "c", act=False)
            end = net.here
            if stride == 1 and channels == start.channels:
                net.add(start)
            elif stride == 1 and shortcuts:
                net.here = start
                net.conv(channels, act=False)
                net.add(end)


def widen(net: Reference, expansion: int, scheme: str) -> None:
    """A 1x1 convolution in scheme (a), copies of the channels in the others; then batch norm and an activation."""
    channels = net.here.channels * expansion
    if scheme == "a":
        net.conv(channels)
    else:
        net.here = Here(channels, net.here.height, net.here.width)
        net.norm()
        net.act()


def standard(resolution: int, t: int, classes: int) -> dict[str, int]:
    """Seed 001, Table 2, row by row: operator counts 1; 1 + 1; 1 + 3; 1 + 3; 1 + 2; 1 + 2; 1."""
    net = Reference(resolution)
    net.conv(32, 3, 2, 1)
    rows = [(1, 16, 1, 1), (t, 24, 2, 2), (t, 32, 4, 2), (t, 64, 4, 2), (t, 96, 3, 1), (t, 160, 3, 2), (t, 320, 1, 1)]
    bottlenecks(net, rows)
    return document_head(net, 1280, classes)


def reduced(resolution: int, t: int, classes: int) -> dict[str, int]:
    """Seed 001, Table 3: operator counts 1 + 3; 1 + 2; 1 + 2."""
    net = Reference(resolution)
    net.conv(32, 3, 2, 1)
    bottlenecks(net, [(t, 64, 4, 1), (t, 96, 3, 2), (t, 160, 3, 1)])
    return document_head(net, 256, classes)


def document_head(net: Reference, channels: int, classes: int) -> dict[str, int]:
    """A 1x1 convolution, global pooling, a classifier and softmax."""
    net.conv(channels)
    net.pool_to(1)
    net.linear(classes)
    net.act()
    return net.totals()


def test_the_standard_net_of_the_document_is_the_table() -> None:
    """Its own repeats, at other sizes, expansions and classes too."""
    model = load("mobilenetv2-standard")
    assert counted(model) == standard(224, 6, 10)
    for resolution, t, classes in [(224, 6, 1000), (33, 6, 10), (97, 4, 3), (64, 1, 1)]:
        assert counted(model, resolution=resolution, t=t, num_classes=classes) == standard(resolution, t, classes)


def test_the_reduced_net_of_the_document_is_the_table() -> None:
    """32 x 32 images, three levels, a head of 256 channels."""
    model = load("mobilenetv2-reduced")
    assert counted(model) == reduced(32, 6, 10)
    for resolution, t, classes in [(32, 6, 1000), (33, 4, 10), (17, 1, 3)]:
        assert counted(model, resolution=resolution, t=t, num_classes=classes) == reduced(resolution, t, classes)


def test_the_standard_net_has_one_block_of_32_channels_more_than_mobilenetv2() -> None:
    """Table 2 of the document prints 1 downsampling and 3 identity blocks in level 3, the paper 3 in all."""
    document = counted(load("mobilenetv2-standard"), num_classes=1000)
    paper = counted(load("mobilenetv2"))
    # 32*192 + 9*192 + 192*32 = 14016 weights; batch norms of 192 + 192 + 32 = 416 channels
    assert document["weights"] - paper["weights"] == 14016
    assert document["trainable"] - paper["trainable"] == 14016 + 2 * 416
    # at 28 x 28 = 784 positions
    assert document["macs"] - paper["macs"] == 14016 * 784


def cifar(
    scheme: str, t: int = 6, classes: int = 10, always: bool = True, shortcuts: bool = False, stride4: int = 1
) -> dict[str, int]:
    """Seed 000, Tab1; with everything on and stride 2 in row 4: kuangliu/pytorch-cifar models/mobilenetv2.py."""
    net = Reference(32)
    net.conv(32, 3, 1, 1)
    rows = [
        (1, 16, 1, 1),
        (t, 24, 2, 1),
        (t, 32, 3, 2),
        (t, 64, 4, stride4),
        (t, 96, 3, 1),
        (t, 160, 3, 2),
        (t, 320, 1, 1),
    ]
    bottlenecks(net, rows, always=always, shortcuts=shortcuts, scheme=scheme)
    net.conv(1280)
    net.pool_to(1)
    net.linear(classes)
    return net.totals()


CIFAR = {
    "a": "mobilenetv2-cifar",
    "b": "mobilenetv2-cifar-replicate-b",
    "c": "mobilenetv2-cifar-replicate-c",
    "d": "mobilenetv2-cifar-replicate-d",
}


@pytest.mark.parametrize("scheme", CIFAR)
def test_a_scheme_of_the_document_is_its_figure_at_every_setting(scheme: str) -> None:
    """Both knobs on and off, both strides of row 4, another expansion, 10 and 100 classes."""
    model = load(CIFAR[scheme])
    assert counted(model) == cifar(scheme)
    for always in (False, True):
        for shortcuts in (False, True):
            for stride4, t, classes in [(1, 6, 100), (2, 6, 10), (1, 3, 1)]:
                expected = cifar(scheme, t, classes, always, shortcuts, stride4)
                knobs = {"expand_first": always, "project_shortcuts": shortcuts, "stride4": stride4}
                assert counted(model, t=t, num_classes=classes, **knobs) == expected, knobs


def test_scheme_a_can_be_the_popular_reimplementation() -> None:
    """kuangliu/pytorch-cifar has 2,296,922 parameters for 10 classes; 90 classes more are 90 * 1281."""
    model = load("mobilenetv2-cifar")
    knobs = {"expand_first": True, "project_shortcuts": True, "stride4": 2}
    assert counted(model, **knobs)["trainable"] == 2_296_922
    assert counted(model, **knobs, num_classes=100)["trainable"] == 2_296_922 + 90 * 1281


def test_the_schemes_differ_by_what_the_document_takes_away() -> None:
    """Printed are 2.3 M, 1.6 M, 1.5 M and 1.4 M; the last two are these, and the first two are not."""
    a, b, c, d = (counted(load(CIFAR[scheme]))["trainable"] for scheme in "abcd")
    assert (a, b, c, d) == (2_237_770, 1_484_874, 1_481_866, 1_419_754)
    # Each block's expansion, t c^2: 32*32 = 1024; then 6 c^2 for c = 16, 24, 24, 32, 32, 32, 64 (4), 96 (3), 160 (3)
    inputs = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160]
    assert a - b == 1024 + 6 * sum(width * width for width in inputs)
    # A scale and a shift per channel after each last 1x1: 16 + 2*24 + 3*32 + 4*64 + 3*96 + 3*160 + 320 = 1504
    assert b - c == 2 * 1504
    # The 3x3 and its batch norm on c and not on 6 c channels
    assert b - d == (9 + 2) * 5 * sum(inputs)


def test_replication_on_the_imagenet_trunk_takes_the_expansions_away() -> None:
    """The rest is MobileNetV2 at the same knobs; its first block has no expansion to take away."""
    trunk, replicated = load("mobilenetv2"), load("mobilenetv2-replicate-b")
    inputs = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160]
    saved = 6 * sum(width * width for width in inputs)
    assert counted(trunk)["trainable"] - counted(replicated)["trainable"] == saved
    # At 224 x 224 the expansions run at 112, 56 (2), 28 (3), 14 (7), 7 (3) pixels a side.
    sides = [112, 56, 56, 28, 28, 28, *[14] * 7, 7, 7, 7]
    work = sum(6 * width * width * side * side for width, side in zip(inputs, sides, strict=True))
    assert counted(trunk)["macs"] - counted(replicated)["macs"] == work


@pytest.mark.parametrize(("resolution", "classes"), [(224, 1000), (97, 10), (33, 1)])
def test_replication_on_the_imagenet_trunk_is_its_figure(resolution: int, classes: int) -> None:
    """MobileNetV2's table with blocks of scheme (b)."""
    net = Reference(resolution)
    net.conv(32, 3, 2, 1)
    rows = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    bottlenecks(net, rows, scheme="b")
    net.conv(1280)
    net.pool_to(1)
    net.linear(classes)
    model = load("mobilenetv2-replicate-b")
    assert counted(model, resolution=resolution, num_classes=classes) == net.totals()
