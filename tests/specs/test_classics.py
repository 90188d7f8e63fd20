"""LeNet-5, AlexNet and VGG-16: the layers of before batch norm, each counted as its paper counts them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import pytest

from costcalc.graph import Graph, Node
from costcalc.inference import infer
from costcalc.layers.move import Replicate, Slice
from costcalc.spec import load
from tests.specs.reference import Reference, counted


def hidden(net: Reference, sizes: tuple[int, ...], classes: int) -> dict[str, int]:
    """Fully connected layers with an activation each, and a classifier without one."""
    for size in sizes:
        net.linear(size)
        net.act()
    net.linear(classes)
    return net.totals()


def vgg16(resolution: int, classes: int) -> dict[str, int]:
    """torchvision/models/vgg.py: configuration D, 3x3 convolutions with a bias, adaptive pooling to 7."""
    net = Reference(resolution)
    for out in (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"):
        if isinstance(out, int):
            net.conv(out, 3, 1, 1, bias=True, norm=False)
        else:
            net.pool("max", 2, 2)
    net.pool_to(7)
    return hidden(net, (4096, 4096), classes)


def alexnet_torch(resolution: int, classes: int) -> dict[str, int]:
    """torchvision/models/alexnet.py."""
    net = Reference(resolution)
    net.conv(64, 11, 4, 2, bias=True, norm=False)
    net.pool("max", 3, 2)
    net.conv(192, 5, 1, 2, bias=True, norm=False)
    net.pool("max", 3, 2)
    for out in (384, 256, 256):
        net.conv(out, 3, 1, 1, bias=True, norm=False)
    net.pool("max", 3, 2)
    net.pool_to(6)
    return hidden(net, (4096, 4096), classes)


def alexnet(resolution: int, classes: int) -> dict[str, int]:
    """BVLC/caffe models/bvlc_alexnet/deploy.prototxt: conv 2, 4 and 5 in two groups."""
    net = Reference(resolution)
    net.conv(96, 11, 4, 0, bias=True, norm=False)
    net.pool("max", 3, 2)
    net.conv(256, 5, 1, 2, groups=2, bias=True, norm=False)
    net.pool("max", 3, 2)
    net.conv(384, 3, 1, 1, bias=True, norm=False)
    net.conv(384, 3, 1, 1, groups=2, bias=True, norm=False)
    net.conv(256, 3, 1, 1, groups=2, bias=True, norm=False)
    net.pool("max", 3, 2)
    return hidden(net, (4096, 4096), classes)


def test_vgg16_has_the_figures_of_torchvisions_metadata() -> None:
    """138,357,544 parameters and 15.47 G; the MobileNet paper prints 138 M and 15300 M."""
    totals = counted(load("vgg16"))
    assert (totals["trainable"], totals["macs"]) == (138_357_544, 15_470_264_320)


def test_alexnet_torch_has_the_figures_of_torchvisions_metadata() -> None:
    """61,100,840 parameters and 0.714 G."""
    totals = counted(load("alexnet-torch"))
    assert (totals["trainable"], totals["macs"]) == (61_100_840, 714_188_480)


def test_alexnet_has_the_parameters_that_its_layers_add_up_to() -> None:
    """The layers' sums: the paper says 60 million."""
    totals = counted(load("alexnet"))
    # weights and biases: 96*3*11*11 + 96 = 34944; 256*48*5*5 + 256 = 307456; 384*256*3*3 + 384 = 885120;
    # 384*192*3*3 + 384 = 663936; 256*192*3*3 + 256 = 442624;
    # 256*6*6*4096 + 4096 = 37752832; 4096*4096 + 4096 = 16781312; 4096*1000 + 1000 = 4097000
    params = 34944 + 307456 + 885120 + 663936 + 442624 + 37752832 + 16781312 + 4097000
    # positions: 55*55 = 3025, 27*27 = 729, 13*13 = 169
    macs = 34848 * 3025 + 307200 * 729 + (884736 + 663552 + 442368) * 169 + 37748736 + 16777216 + 4096000
    assert (params, macs) == (60_965_224, 724_406_816)
    assert (totals["trainable"], totals["macs"]) == (params, macs)


def test_alexnet_normalises_over_five_channels_after_its_first_two_convolutions() -> None:
    """Section 3.4 of the paper: before the pooling, so over 55 x 55 and 27 x 27."""
    norms = [node for node in infer(load("alexnet")).nodes if node.layer.type == "lrn"]
    assert [node.shape for node in norms] == [(96, 55, 55), (256, 27, 27)]
    # five channels: 4 additions of squares and one of the constant per value
    assert [node.ledger["adds"] for node in norms] == [5 * 96 * 55 * 55, 5 * 256 * 27 * 27]


@pytest.mark.parametrize(
    ("name", "reference", "resolutions"),
    [
        ("vgg16", vgg16, (32, 33, 97, 223, 224)),
        ("alexnet-torch", alexnet_torch, (63, 64, 65, 66, 67, 97, 223, 224)),
        ("alexnet", alexnet, (67, 68, 69, 70, 99, 224, 227)),
    ],
)
def test_any_resolution_gives_what_the_reference_gives(
    name: str, reference: Callable[[int, int], dict[str, int]], resolutions: tuple[int, ...]
) -> None:
    """Odd sizes, at which paddings and strides show, down to the least."""
    model = load(name)
    for resolution in resolutions:
        expected = reference(resolution, 10)
        assert counted(model, resolution=resolution, num_classes=10) == expected, resolution


@pytest.mark.parametrize(("name", "side"), [("vgg16", 224), ("alexnet-torch", 224), ("alexnet", 227)])
def test_the_image_is_the_references_by_default(name: str, side: int) -> None:
    """AlexNet's figure needs 227 pixels, where its paper says 224."""
    assert infer(load(name)).nodes[0].shape == (3, side, side)


TABLE_I = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""
"""LeCun et al. 1998, Table I: which maps of S2 (rows) the maps of C3 (columns) see."""


def layer_params(graph: Graph) -> dict[str, int]:
    """Trainable parameters by layer of the paper."""
    sums: dict[str, int] = {}
    for node in graph.nodes:
        if node.params["trainable"]:
            sums[node.stage] = sums.get(node.stage, 0) + node.params["trainable"]
    return sums


def test_lenet5_has_the_parameters_of_the_paper_layer_by_layer() -> None:
    """Section II.B of the paper names each number, and 60,000 as their sum; the codes of the output are fixed."""
    graph = infer(load("lenet5"))
    # 6 * (5*5 + 1) = 156; 2 * 6 = 12; 60 * 5*5 + 16 = 1516; 2 * 16 = 32; 120 * (16*5*5 + 1) = 48120; 84 * 121 = 10164
    assert layer_params(graph) == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164}
    totals = counted(load("lenet5"))
    # stored besides: 10 codes of 84 values
    assert (totals["trainable"], totals["stored"]) == (60_000, 60_840)


def test_lenet5_has_the_connections_of_the_paper() -> None:
    """The paper counts a bias as a connection; those of C1, C3, C5 and F6 are multiply-accumulates and biases."""
    sums: dict[str, int] = {}
    for node in infer(load("lenet5")).nodes:
        if macs := node.ledger.get("macs", 0):
            sums[node.stage] = sums.get(node.stage, 0) + macs + prod(node.shape)
    # 156 * 28*28; 1516 * 10*10; 48120; 10164
    assert sums == {"c1": 122_304, "c3": 151_600, "c5": 48_120, "f6": 10_164}


def test_the_maps_of_c3_see_the_maps_of_s2_that_table_i_says() -> None:
    """Followed from each convolution back to S2, through slices and the ring."""
    graph = infer(load("lenet5"))

    def seen(node: Node) -> list[int]:
        """The maps of S2 that are the channels of ``node``."""
        if node.stage == "s2":
            return list(range(node.shape[0]))
        channels = [channel for index in node.inputs for channel in seen(graph.nodes[index])]
        if isinstance(node.layer, Slice):
            return channels[node.layer.start : node.layer.start + node.layer.size]
        if isinstance(node.layer, Replicate):
            return [channels[i % len(channels)] for i in range(node.layer.out)]
        return channels

    convolutions = [node for node in graph.nodes if node.stage == "c3" and node.layer.type == "conv"]
    columns = [sorted(seen(graph.nodes[node.inputs[0]])) for node in convolutions]
    rows = TABLE_I.split()
    assert columns == [[row for row in range(6) if rows[row][column] == "X"] for column in range(16)]


def test_lenet5_squashes_after_every_layer_up_to_f6_and_ends_in_distances() -> None:
    """Units up to F6 pass through the scaled hyperbolic tangent; an output is a distance to a code."""
    graph = infer(load("lenet5"))
    # c1 6*28*28 = 4704; s2 6*14*14 = 1176; c3 16*10*10 = 1600; s4 16*5*5 = 400; c5 120; f6 84
    assert counted(load("lenet5"))["activated"] == 4704 + 1176 + 1600 + 400 + 120 + 84
    # windows of 2*2 over 6*14*14 and 16*5*5 outputs
    assert counted(load("lenet5"))["sum pooled"] == 4 * (1176 + 400)
    assert graph.nodes[-1].layer.type == "rbf"
    assert infer(load("lenet5"), {"num_classes": 95}).nodes[-1].shape == (95,)


def lenet5_dense(classes: int) -> dict[str, int]:
    """d2l.ai, section 7.6: 28 x 28, the first convolution padded by 2, average pooling."""
    net = Reference(28, channels=1)
    net.conv(6, 5, 1, 2, bias=True, norm=False)
    net.pool("avg", 2, 2)
    net.conv(16, 5, bias=True, norm=False)
    net.pool("avg", 2, 2)
    return hidden(net, (120, 84), classes)


def test_the_dense_lenet5_has_61706_parameters() -> None:
    """All maps of S2 feed all maps of C3, subsampling is a plain mean, and the output a linear layer."""
    model = load("lenet5-dense")
    # 6*25 + 6 = 156; 16*6*25 + 16 = 2416; 400*120 + 120 = 48120; 120*84 + 84 = 10164; 84*10 + 10 = 850
    assert counted(model)["trainable"] == 156 + 2416 + 48120 + 10164 + 850 == 61_706
    for classes in (1, 10, 26):
        assert counted(model, num_classes=classes) == lenet5_dense(classes)
