"""Random small graphs with branches, merges, views and several outputs, in stages of three."""

from __future__ import annotations

import random
from collections.abc import Sequence

from costcalc.dims import Shape
from costcalc.graph import Graph
from costcalc.layers.base import Layer
from tests.measure.graphs import graph, layer

CHANNELS = 4

VECTORS = ("linear", "relu", "relu6", "sigmoid", "add", "add", "multiply")
"""What allocates nothing but tensors: no workspace inside operations."""

IMAGES = (
    *("conv", "depthwise", "batch_norm", "scale", "l2_norm", "lrn", "max_pool", "dropout", "identity", "slice"),
    *("relu", "relu6", "sigmoid", "scaled_tanh", "shuffle", "concat", "add", "add3", "multiply"),
)


def _layers(kind: str) -> Sequence[tuple[Layer, int]]:
    """The layers that keep the shape, in a row, and how many inputs each takes."""
    conv = layer("conv", out=CHANNELS)
    return {
        "linear": [(layer("linear", out=CHANNELS), 1)],
        "conv": [(layer("conv", out=CHANNELS, kernel=3, padding="half", bias=True), 1)],
        "depthwise": [(layer("conv", out=CHANNELS, groups=CHANNELS), 1)],
        "lrn": [(layer("lrn", size=3), 1)],
        "max_pool": [(layer("max_pool", kernel=2, stride=1, padding="same"), 1)],
        "slice": [(layer("slice", start=1, size=2), 1), (conv, 1)],
        "shuffle": [(layer("shuffle", groups=2), 1)],
        "concat": [(layer("concat"), 2), (conv, 1)],
        "add": [(layer("add"), 2)],
        "add3": [(layer("add"), 3)],
        "multiply": [(layer("multiply"), 2)],
    }.get(kind) or [(layer(kind), 1)]


def branching(seed: int, shape: Shape, kinds: Sequence[str]) -> Graph:
    """A graph of up to twelve layers of ``kinds`` over ``shape``: each takes recent values; unused ones are outputs."""
    pick = random.Random(seed)
    names = ["stage0.first"]
    first = layer("conv", out=CHANNELS) if len(shape) == 3 else layer("linear", out=CHANNELS)
    steps: list[tuple[str, Layer, Sequence[str]]] = [(names[0], first, ["input"])]
    for number in range(1, pick.randint(2, 12)):
        name = f"stage{number // 3}.n{number}"
        chain = _layers(pick.choice(kinds))
        inputs = [pick.choice(names[-4:]) for _ in range(chain[0][1])]
        for place, (operation, _) in enumerate(chain):
            path = name if place == len(chain) - 1 else f"{name}_{place}"
            steps.append((path, operation, inputs))
            inputs = [path]
        names.append(name)
    used = {name for _, _, inputs in steps for name in inputs}
    return graph(shape, *steps, outputs=[path for path, _, _ in steps if path not in used])
