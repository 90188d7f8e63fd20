"""What torch allocates when a layer runs at inference: a new tensor or none, and which temporary tensors it needs.

A layer says it in `Layer.allocates`. Only tensors count, not the workspace that an operation takes inside itself.
"""

from __future__ import annotations

from typing import NamedTuple

from costcalc.dims import Dim, Shape, product

__all__ = ["INDEX", "NEW", "SAME", "Allocation", "Tensors", "surrounded"]

INDEX = 8
"""Bytes of an index: torch's are int64, whatever the values are."""


class Tensors(NamedTuple):
    """How the tensors of a run are: of ``batch`` images, at ``width`` bytes per element.

    ``index_width``: bytes of an index that an operation makes beside its result; 0 where the runtime makes none.
    """

    batch: Dim
    width: Dim
    index_width: Dim = INDEX

    def bytes(self, shape: Shape) -> Dim:
        """The size of a tensor of ``shape`` for one image."""
        return self.batch * product(shape) * self.width


class Allocation(NamedTuple):
    """``shared``: the output lives in the first input's storage; else it gets its own. ``transient``: bytes that are
    live beside the output at the operation's worst moment, and gone when it is done."""

    shared: bool = False
    transient: Dim = 0


NEW = Allocation()
"""The output is a new tensor, and nothing else is."""

SAME = Allocation(shared=True)
"""The output is the input, or a part or another view of it."""


def surrounded(shape: Shape, pad: tuple[Dim, Dim, Dim, Dim] | None, tensors: Tensors) -> Dim:
    """The bytes of an image of ``shape`` with ``pad`` (left, right, top, bottom) around it; 0 without."""
    if pad is None:
        return 0
    channels, height, width = shape
    left, right, top, bottom = pad
    return tensors.bytes((channels, height + top + bottom, width + left + right))
