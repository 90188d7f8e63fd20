"""Which layer of one model is which of another: an alignment by structure, the order of both kept.

Two layers can be one only if they are of one kind. They are one the more gladly if they do the same to the same sizes,
have the same path, or at least the same name: the alignment is the one with the greatest sum of these scores.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from costcalc.dims import Shape
from costcalc.graph import Graph
from costcalc.layers.activation import Activation

__all__ = ["MOST", "Pair", "Record", "align", "records"]

MOST = 1_000_000
"""How many pairs of layers are weighed at most where nothing else tells which belong together."""

_NUMBERS = re.compile(r"\d+$")


class Record(NamedTuple):
    """A layer as far as an alignment looks at it: its path, its kind, what it does (``text``), and to which sizes."""

    path: str
    kind: str
    text: str
    inputs: tuple[Shape, ...]
    shape: Shape

    @property
    def work(self) -> tuple[str, tuple[Shape, ...], Shape]:
        """What it does to which sizes: layers that are equal in this cost the same."""
        return self.text, self.inputs, self.shape

    @property
    def name(self) -> str:
        """The end of its path, without the numbers: ``expand.conv``."""
        parts = [stem for part in self.path.split(".") if (stem := _NUMBERS.sub("", part))]
        return ".".join(parts[-2:])


class Pair(NamedTuple):
    """A layer before and the same one after, as indices; None where it is not there."""

    before: int | None
    after: int | None


def records(graph: Graph) -> list[Record]:
    """The layers of ``graph``, its input included. The activation ``relu`` and the layer ``relu`` are one thing."""
    found = []
    for node in graph.nodes:
        layer = node.layer
        function = f"activation(fn={layer.fn})" if isinstance(layer, Activation) else None
        kind = "activation" if function else layer.type
        found.append(Record(node.path, kind, function or repr(layer), node.input_shapes, node.shape))
    return found


def align(before: Sequence[Record], after: Sequence[Record]) -> list[Pair]:
    """All layers of both, each once, paired where they are the same; in the order of both.

    First those with one path and one work; between them the best of all alignments, if there are no more than `MOST`
    pairs to weigh, else first those with one path and one kind, and the rest as removed and added.
    """
    pairs: list[Pair] = []
    gap = _Gap(range(len(before)), range(len(after)))
    for part in _between(gap, before, after, lambda layer: (layer.path, layer.work), pairs):
        if part.size <= MOST:
            pairs += _best(part, before, after)
            continue
        for smaller in _between(part, before, after, lambda layer: (layer.path, layer.kind), pairs):
            pairs += _best(smaller, before, after) if smaller.size <= MOST else _apart(smaller)
    return _ordered(pairs)


class _Gap(NamedTuple):
    """Runs of layers before and after of which it is not known yet which belong together."""

    before: range
    after: range

    @property
    def size(self) -> int:
        return len(self.before) * len(self.after)


def _between(
    gap: _Gap,
    before: Sequence[Record],
    after: Sequence[Record],
    key: Callable[[Record], object],
    pairs: list[Pair],
) -> list[_Gap]:
    """The gaps that are left when layers of the same ``key`` are paired, as many as the order of both lets."""
    places = {key(after[index]): index for index in gap.after}
    found = [(index, places[each]) for index in gap.before if (each := key(before[index])) in places]
    anchors = _rising(found)
    gaps = []
    first, second = gap.before.start, gap.after.start
    for left, right in (*anchors, (gap.before.stop, gap.after.stop)):
        gaps.append(_Gap(range(first, left), range(second, right)))
        first, second = left + 1, right + 1
    pairs += [Pair(*anchor) for anchor in anchors]
    return [each for each in gaps if each.before or each.after]


def _rising(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``found`` in which both numbers rise; the first one does already."""
    ends: list[int] = []
    last: list[tuple[int, int]] = []
    chains: dict[tuple[int, int], tuple[int, int] | None] = {}
    for pair in found:
        length = bisect_left(ends, pair[1])
        chains[pair] = last[length - 1] if length else None
        ends[length : length + 1] = [pair[1]]
        last[length : length + 1] = [pair]
    rising = []
    current = last[-1] if last else None
    while current is not None:
        rising.append(current)
        current = chains[current]
    return rising[::-1]


def _best(gap: _Gap, before: Sequence[Record], after: Sequence[Record]) -> list[Pair]:
    """The alignment of the greatest score, by dynamic programming from the end."""
    works: dict[object, int] = {}
    rows = [_Traits(before[index], works) for index in gap.before]
    columns = [_Traits(after[index], works) for index in gap.after]
    width = len(columns)
    below = [0] * (width + 1)
    moves: list[bytearray] = []
    for row in reversed(rows):
        scores = [0] * (width + 1)
        move = bytearray(width)
        for place in range(width - 1, -1, -1):
            best, how = below[place], _REMOVED
            if scores[place + 1] > best:
                best, how = scores[place + 1], _ADDED
            if row.kind == columns[place].kind:
                score = row.score(columns[place])
                if score and below[place + 1] + score >= best:
                    best, how = below[place + 1] + score, _SAME
            scores[place], move[place] = best, how
        moves.append(move)
        below = scores
    moves.reverse()
    pairs = []
    row_at = column_at = 0
    while row_at < len(rows) and column_at < width:
        how = moves[row_at][column_at]
        first = None if how == _ADDED else gap.before[row_at]
        second = None if how == _REMOVED else gap.after[column_at]
        pairs.append(Pair(first, second))
        row_at += how != _ADDED
        column_at += how != _REMOVED
    return pairs + _apart(_Gap(gap.before[row_at:], gap.after[column_at:]))


_SAME, _REMOVED, _ADDED = range(3)


class _Traits:
    """What is compared of a layer, taken out of its record once; its work as a number from ``works``."""

    __slots__ = ("kind", "name", "path", "text", "work")

    def __init__(self, record: Record, works: dict[object, int]) -> None:
        self.path = record.path
        self.kind = record.kind
        self.text = record.text
        self.work = works.setdefault(record.work, len(works))
        self.name = record.name

    def score(self, other: _Traits) -> int:
        """How gladly two layers of one kind are one; 0: not at all."""
        if self.work == other.work:
            return 6 + (2 if self.path == other.path else 1 if self.name == other.name else 0)
        if self.path == other.path:
            return 4
        if self.name == other.name:
            return 2 if self.text == other.text else 1
        return 0


def _apart(gap: _Gap) -> list[Pair]:
    return [*(Pair(index, None) for index in gap.before), *(Pair(None, index) for index in gap.after)]


def _ordered(pairs: Iterable[Pair]) -> list[Pair]:
    """``pairs`` in the order of both models: what is gone stands where it was, before what has come."""
    removed: dict[int, Pair] = {pair.before: pair for pair in pairs if pair.before is not None and pair.after is None}
    ordered: list[Pair] = []
    done = 0

    def gone(until: int) -> None:
        nonlocal done
        ordered.extend(removed[index] for index in range(done, until) if index in removed)
        done = max(done, until)

    rest = sorted((pair for pair in pairs if pair.after is not None), key=lambda pair: pair.after or 0)
    waiting: list[Pair] = []
    for pair in rest:
        if pair.before is None:
            waiting.append(pair)
            continue
        gone(pair.before)
        ordered += [*waiting, pair]
        waiting = []
    gone(max(removed, default=-1) + 1)
    return ordered + waiting
