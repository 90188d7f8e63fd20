"""An architecture written out by hand, layer by layer: the other side of the comparison with a spec.

Nothing here knows the spec language, the layer formulas or the graph: sizes are plain ints, and what is counted is
added up as the layers come.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from costcalc.analyses.cost import total_macs, total_params
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers.activation import Activation
from costcalc.spec import ModelSpec

Two = int | tuple[int, int]


class Here(NamedTuple):
    """Where a network has come to: the tensor's channels, height and width."""

    channels: int
    height: int
    width: int


class Reference:
    """Adds up what a network has and does while its layers are called in their order.

    A kernel or a padding is a number or a pair (vertical, horizontal); a padding is added to both sides.
    """

    def __init__(self, resolution: int, channels: int = 3) -> None:
        self.here = Here(channels, resolution, resolution)
        self.weights = 0
        self.biases = 0
        self.norms = 0
        self.macs = 0
        self.others: dict[str, int] = {}

    def conv(
        self,
        out: int,
        kernel: Two = 1,
        stride: int = 1,
        padding: Two = 0,
        *,
        groups: int = 1,
        bias: bool = False,
        norm: bool = True,
        act: bool = True,
    ) -> None:
        """A convolution, with batch norm and an activation unless they are said to be missing."""
        (tall, wide), channels = pair(kernel), self.here.channels
        assert channels % groups == 0
        assert out % groups == 0
        self._slide(out, (tall, wide), stride, padding)
        weights = out * channels // groups * tall * wide
        self.weights += weights
        self.macs += weights * self.here.height * self.here.width
        self.biases += out if bias else 0
        if norm:
            self.norm()
        if act:
            self.act()

    def depthwise(self, kernel: int, stride: int = 1, padding: int = 0, *, act: bool = True) -> None:
        """One filter per channel, with batch norm and an activation."""
        channels = self.here.channels
        self.conv(channels, kernel, stride, padding, groups=channels, act=act)

    def linear(self, out: int, *, bias: bool = True) -> None:
        """A fully connected layer over all values of the tensor."""
        weights = prod(self.here) * out
        self.weights += weights
        self.macs += weights
        self.biases += out if bias else 0
        self.here = Here(out, 1, 1)

    def pool(self, kind: str, kernel: int, stride: int, padding: int = 0) -> None:
        """A pooling over windows; ``kind`` is max, avg or sum."""
        self._slide(self.here.channels, (kernel, kernel), stride, padding)
        self._note(f"{kind} pooled", prod(self.here) * kernel * kernel)

    def pool_to(self, size: int) -> None:
        """An adaptive pooling, of which the size alone is followed."""
        self.here = Here(self.here.channels, size, size)

    def norm(self) -> None:
        """A batch norm."""
        self.norms += self.here.channels

    def act(self) -> None:
        """An activation."""
        self._note("activated", prod(self.here))

    def add(self, start: Here) -> None:
        """The tensor plus one of the same size."""
        assert self.here == start
        self._note("added", prod(self.here))

    def concat(self, branches: list[Here]) -> None:
        """The channels of several tensors of one size."""
        sizes = {(branch.height, branch.width) for branch in branches}
        assert len(sizes) == 1
        self.here = Here(sum(branch.channels for branch in branches), *sizes.pop())

    def totals(self) -> dict[str, int]:
        """All that was added up."""
        trainable = self.weights + self.biases + 2 * self.norms
        return {
            "weights": self.weights,
            "trainable": trainable,
            "stored": trainable + 2 * self.norms,
            "macs": self.macs,
            **self.others,
        }

    def _slide(self, out: int, kernel: tuple[int, int], stride: int, padding: Two) -> None:
        size = zip(self.here[1:], kernel, pair(padding), strict=True)
        self.here = Here(out, *((n + 2 * pad - k) // stride + 1 for n, k, pad in size))

    def _note(self, what: str, count: int) -> None:
        self.others[what] = self.others.get(what, 0) + count


def pair(value: Two) -> tuple[int, int]:
    """A number as a pair."""
    return value if isinstance(value, tuple) else (value, value)


def counted(model: ModelSpec, **knobs: Any) -> dict[str, int]:
    """What costcalc says of ``model``, under the keys of `Reference.totals`."""
    return counted_graph(infer(model, knobs))


def counted_graph(graph: Graph) -> dict[str, int]:
    """The same of a graph."""
    totals = {**total_params(graph), "macs": total_macs(graph)}
    for node in graph.nodes:
        elements = prod(node.shape)
        kind = node.layer.type
        if isinstance(node.layer, Activation):
            note(totals, {"activated": elements})
        elif kind == "add":
            note(totals, {"added": elements * (len(node.inputs) - 1)})
        elif kind in ("max_pool", "avg_pool", "sum_pool"):
            # Of a window's values all but the first take an operation.
            operations = node.ledger["compares" if kind == "max_pool" else "adds"]
            note(totals, {f"{kind[:3]} pooled": operations + elements})
    return totals


def note(totals: dict[str, int], more: Mapping[str, int]) -> None:
    """Add ``more`` to ``totals``."""
    for key, count in more.items():
        totals[key] = totals.get(key, 0) + count
