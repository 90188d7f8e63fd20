"""NASNet-A as Keras builds it, at any number of cells, filters and resolution."""

from __future__ import annotations

import random
from typing import Any

import pytest

from costcalc.errors import CostcalcError
from costcalc.inference import infer
from costcalc.spec import load
from tests.specs.reference import Here, Reference, counted

MOBILE, LARGE = load("nasnet-mobile"), load("nasnet-large")


class Keras(Reference):
    """keras/applications/nasnet.py, function by function; every one returns where it has come to."""

    def fit(self, at: Here, filters: int) -> Here:
        """ReLU, 1x1, batch norm."""
        self.here = at
        self.act()
        self.conv(filters, act=False)
        return self.here

    def separable(self, at: Here, filters: int, kernel: int, stride: int = 1) -> Here:
        """`_separable_conv_block`."""
        self.here = at
        for step in (stride, 1):
            channels = self.here.channels
            self.act()
            self.conv(channels, kernel, step, kernel // 2, groups=channels, norm=False, act=False)
            self.conv(filters, act=False)
        return self.here

    def pooled(self, kind: str, at: Here, stride: int = 1) -> Here:
        """A pooling over 3x3."""
        self.here = at
        self.pool(kind, 3, stride, 1)
        return self.here

    def sum(self, left: Here, right: Here) -> Here:
        """Of two tensors."""
        self.here = left
        self.add(right)
        return left

    def adjusted(self, p: Here | None, ip: Here, filters: int) -> Here:
        """`_adjust_block`."""
        if p is None:
            return ip
        if p.height == ip.height:
            return p if p.channels == filters else self.fit(p, filters)
        self.here = p
        self.act()
        halves = []
        for _ in range(2):
            self.here = p
            self.pool("avg", 1, 2)
            self.conv(filters // 2, norm=False, act=False)
            halves.append(self.here)
        self.concat(halves)
        self.norm()
        return self.here

    def normal(self, ip: Here, p: Here | None, filters: int) -> Here:
        """`_normal_a_cell`."""
        p = self.adjusted(p, ip, filters)
        h = self.fit(ip, filters)
        x1 = self.sum(self.separable(h, filters, 5), self.separable(p, filters, 3))
        x2 = self.sum(self.separable(p, filters, 5), self.separable(p, filters, 3))
        x3 = self.sum(self.pooled("avg", h), p)
        x4 = self.sum(self.pooled("avg", p), self.pooled("avg", p))
        x5 = self.sum(self.separable(h, filters, 3), h)
        self.concat([p, x1, x2, x3, x4, x5])
        return self.here

    def reduction(self, ip: Here, p: Here | None, filters: int) -> Here:
        """`_reduction_a_cell`."""
        p = self.adjusted(p, ip, filters)
        h = self.fit(ip, filters)
        x1 = self.sum(self.separable(h, filters, 5, 2), self.separable(p, filters, 7, 2))
        x2 = self.sum(self.pooled("max", h, 2), self.separable(p, filters, 7, 2))
        x3 = self.sum(self.pooled("avg", h, 2), self.separable(p, filters, 5, 2))
        x4 = self.sum(x2, self.pooled("avg", x1))
        x5 = self.sum(self.separable(x1, filters, 3), self.pooled("max", h, 2))
        self.concat([x2, x3, x4, x5])
        return self.here


def keras(
    cells: int, penultimate: int, stem: int, skip: bool, resolution: int, num_classes: int = 1000
) -> dict[str, int]:
    """`NASNet`, with filter_multiplier 2."""
    net = Keras(resolution)
    filters = penultimate // 24
    net.conv(stem, 3, 2, act=False)
    previous, current = None, net.here
    for width in (filters // 4, filters // 2):
        previous, current = current, net.reduction(current, previous, width)
    for stage, width in enumerate((filters, 2 * filters, 4 * filters)):
        if stage > 0:
            reduced = net.reduction(current, previous, width)
            previous, current = previous if skip else current, reduced
        for _ in range(cells):
            previous, current = current, net.normal(current, previous, width)
    net.act()
    net.pool_to(1)
    net.linear(num_classes)
    return net.totals()


def test_the_published_models_have_the_parameters_that_keras_prints() -> None:
    """Keras prints 5,326,716 in all for NASNetMobile and 88,949,818 for NASNetLarge, statistics included."""
    mobile, large = counted(MOBILE), counted(LARGE)
    assert (mobile["trainable"], mobile["stored"]) == (5_289_978, 5_326_716)
    assert (large["trainable"], large["stored"]) == (88_753_150, 88_949_818)
    # The paper's Table 3 says 564 M for the mobile model; 23.8 G is its Table 2.
    assert (mobile["macs"], large["macs"]) == (563_638_816, 23_783_414_658)
    assert mobile == keras(4, 1056, 32, False, 224)
    assert large == keras(6, 4032, 96, True, 331)


def test_any_number_of_cells_and_filters_gives_what_keras_gives() -> None:
    """Odd resolutions and stems too, with and without the skipped reduction."""
    draw = random.Random(1707_07012)
    for _ in range(12):
        knobs: dict[str, Any] = {
            "cells": draw.randint(1, 4),
            "penultimate": 96 * draw.randint(1, 12),
            "stem": draw.randint(1, 40),
            "skip": draw.random() < 0.5,
            "resolution": draw.randint(32, 250),
            "num_classes": draw.randint(1, 1000),
        }
        assert counted(MOBILE, **knobs) == keras(**knobs), knobs


@pytest.mark.parametrize(("penultimate", "works"), [(1104, True), (1080, False), (1000, False)])
def test_filters_that_keras_cannot_halve_are_refused(penultimate: int, works: bool) -> None:
    """1104 = 24 * 46; 1080 = 24 * 45, whose halves do not add up; 1000 is no multiple of 24."""
    if works:
        assert counted(MOBILE, penultimate=penultimate) == keras(4, penultimate, 32, False, 224)
        return
    with pytest.raises(CostcalcError, match="penultimate % 48"):
        infer(MOBILE, {"penultimate": penultimate})
