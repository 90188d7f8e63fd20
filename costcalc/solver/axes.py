"""The values that a knob may have as a sequence in ascending order, of which none is made before it is asked for."""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from costcalc.solver.asked import Values

__all__ = ["Axis", "axis"]


class Axis(NamedTuple):
    """``size`` values of the knob ``name``, ``value(0)`` the least; with ``real`` every float of an interval.

    ``jumps`` are indexes of a real axis at which a width is known to change: good places to cut it.
    """

    name: str
    size: int
    value: Callable[[int], Any]
    real: bool
    jumps: Sequence[int] = ()

    def parts(self, first: int, last: int) -> int:
        """How many parts from ``first`` to ``last`` are worth telling apart."""
        if not self.real:
            return last - first + 1
        return bisect_right(self.jumps, last) - bisect_right(self.jumps, first) + 1

    def cut(self, first: int, last: int) -> int:
        """Where the upper half from ``first`` to ``last`` begins."""
        inside = self.jumps[bisect_right(self.jumps, first) : bisect_right(self.jumps, last)]
        return inside[len(inside) // 2] if inside else (first + last + 1) // 2

    def cut_at(self, values: Iterable[float]) -> Axis:
        """This axis, a real one, cut where the knob has one of ``values``."""
        first = _rank(self.value(0))
        places = sorted({_rank(value) - first for value in values})
        return self._replace(jumps=places[bisect_left(places, 1) : bisect_left(places, self.size)])


def axis(name: str, allowed: Values) -> Axis:
    """The values that ``allowed`` lets the knob ``name`` have."""
    if not allowed.continuous:
        ascending = allowed.listed if isinstance(allowed.listed, range) else sorted(allowed.listed)
        return Axis(name, allowed.size, ascending.__getitem__, False)
    first = _rank(allowed.low)
    return Axis(name, _rank(allowed.high) - first + 1, lambda index: _float(first + index), True)


def _rank(number: float) -> int:
    """The place of ``number`` among all floats: that of 0 is 0, and that of the next one is one more."""
    bits: int = struct.unpack("<q", struct.pack("<d", abs(number)))[0]
    return bits if number >= 0 else -bits


def _float(rank: int) -> float:
    number: float = struct.unpack("<d", struct.pack("<q", abs(rank)))[0]
    return number if rank >= 0 else -number
