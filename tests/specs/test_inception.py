"""Inception V3 is torchvision's, at any resolution, with and without the auxiliary head."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from costcalc.errors import SpecError, UsageError
from costcalc.inference import infer
from costcalc.spec import load
from tests.specs.reference import Here, Reference, counted

Branch = Callable[[], None]


def branches(net: Reference, *each: Branch) -> None:
    """Every branch from here, and their channels together."""
    start, ends = net.here, []
    for branch in each:
        net.here = start
        branch()
        ends.append(net.here)
    net.concat(ends)


class Inception:
    """torchvision/models/inception.py: each method is the module of its name there."""

    def __init__(self, resolution: int) -> None:
        self.net = Reference(resolution)

    def conv(
        self, out: int, kernel: int | tuple[int, int] = 1, stride: int = 1, padding: int | tuple[int, int] = 0
    ) -> None:
        """BasicConv2d."""
        self.net.conv(out, kernel, stride, padding)

    def a(self, pool_features: int) -> None:
        """InceptionA."""

        def branch5x5() -> None:
            self.conv(48)
            self.conv(64, 5, padding=2)

        def branch3x3dbl() -> None:
            self.conv(64)
            self.conv(96, 3, padding=1)
            self.conv(96, 3, padding=1)

        branches(self.net, lambda: self.conv(64), branch5x5, branch3x3dbl, lambda: self.pooled(pool_features))

    def pooled(self, out: int) -> None:
        """branch_pool of all modules."""
        self.net.pool("avg", 3, 1, 1)
        self.conv(out)

    def b(self) -> None:
        """InceptionB."""

        def branch3x3dbl() -> None:
            self.conv(64)
            self.conv(96, 3, padding=1)
            self.conv(96, 3, stride=2)

        branches(self.net, lambda: self.conv(384, 3, stride=2), branch3x3dbl, lambda: self.net.pool("max", 3, 2))

    def c(self, c7: int) -> None:
        """InceptionC."""

        def branch7x7() -> None:
            self.conv(c7)
            self.conv(c7, (1, 7), padding=(0, 3))
            self.conv(192, (7, 1), padding=(3, 0))

        def branch7x7dbl() -> None:
            self.conv(c7)
            self.conv(c7, (7, 1), padding=(3, 0))
            self.conv(c7, (1, 7), padding=(0, 3))
            self.conv(c7, (7, 1), padding=(3, 0))
            self.conv(192, (1, 7), padding=(0, 3))

        branches(self.net, lambda: self.conv(192), branch7x7, branch7x7dbl, lambda: self.pooled(192))

    def d(self) -> None:
        """InceptionD."""

        def branch3x3() -> None:
            self.conv(192)
            self.conv(320, 3, stride=2)

        def branch7x7x3() -> None:
            self.conv(192)
            self.conv(192, (1, 7), padding=(0, 3))
            self.conv(192, (7, 1), padding=(3, 0))
            self.conv(192, 3, stride=2)

        branches(self.net, branch3x3, branch7x7x3, lambda: self.net.pool("max", 3, 2))

    def e(self) -> None:
        """InceptionE."""

        def split() -> None:
            branches(
                self.net,
                lambda: self.conv(384, (1, 3), padding=(0, 1)),
                lambda: self.conv(384, (3, 1), padding=(1, 0)),
            )

        def branch3x3() -> None:
            self.conv(384)
            split()

        def branch3x3dbl() -> None:
            self.conv(448)
            self.conv(384, 3, padding=1)
            split()

        branches(self.net, lambda: self.conv(320), branch3x3, branch3x3dbl, lambda: self.pooled(192))


def torchvision(resolution: int, classes: int, aux: bool) -> dict[str, int]:
    """`Inception3`, and InceptionAux after Mixed_6e."""
    inception = Inception(resolution)
    net = inception.net
    inception.conv(32, 3, stride=2)
    inception.conv(32, 3)
    inception.conv(64, 3, padding=1)
    net.pool("max", 3, 2)
    inception.conv(80)
    inception.conv(192, 3)
    net.pool("max", 3, 2)
    for pool_features in (32, 64, 64):
        inception.a(pool_features)
    inception.b()
    for c7 in (128, 160, 160, 192):
        inception.c(c7)
    after_6e = net.here
    if aux:
        net.pool("avg", 5, 3)
        inception.conv(128)
        inception.conv(768, 5)
        net.pool_to(1)
        net.linear(classes)
        net.here = after_6e
    inception.d()
    inception.e()
    inception.e()
    assert net.here.channels == 2048
    net.pool_to(1)
    net.linear(classes)
    assert net.here == Here(classes, 1, 1)
    return net.totals()


def test_inception_v3_has_the_figures_of_torchvisions_metadata() -> None:
    """27,161,264 parameters with the auxiliary head, 23,834,568 without; 5.713 G, which is without."""
    model = load("inception-v3")
    plain, with_aux = counted(model), counted(model, aux=True)
    assert (plain["trainable"], plain["macs"]) == (23_834_568, 5_713_216_096)
    assert with_aux["trainable"] == 27_161_264


@pytest.mark.parametrize("aux", [False, True])
def test_inception_v3_is_torchvisions_at_any_resolution(aux: bool) -> None:
    """Odd and even sizes, from the least that each has."""
    model = load("inception-v3")
    for resolution in (299, 300, 305, 331) if aux else (75, 76, 97, 150, 299):
        expected = torchvision(resolution, 10, aux)
        assert counted(model, resolution=resolution, aux=aux, num_classes=10) == expected, resolution


def test_the_auxiliary_head_is_an_output_of_its_own_where_it_is_wanted() -> None:
    """Both heads classify."""
    model = load("inception-v3")
    assert [output.name for output in infer(model).outputs] == ["logits"]
    graph = infer(model, {"aux": True, "num_classes": 7})
    assert [(output.name, graph.nodes[output.node].shape) for output in graph.outputs] == [
        ("logits", (7,)),
        ("aux_logits", (7,)),
    ]


def test_an_image_too_small_for_the_net_or_for_its_head_is_refused_with_the_reason() -> None:
    """75 pixels are the least, and the auxiliary head's 5x5 needs more."""
    model = load("inception-v3")
    with pytest.raises(UsageError, match="resolution = 74: must be at least 75"):
        infer(model, {"resolution": 74})
    with pytest.raises(
        SpecError, match=r"aux_logits\.basic2\.conv: the output's height falls to .* \(the input is too small\)"
    ):
        infer(model, {"resolution": 200, "aux": True})
