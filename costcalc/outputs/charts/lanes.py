"""Where a graph's nodes stand when it is drawn in its own order: a row for each, tensors as lanes beside each other.

A lane belongs to a tensor from the node that makes it to the last one that reads it, so that no line runs through a
node, and what lies side by side is live at once. The libraries that lay out layered graphs either give another drawing
in every run or are not there as packages for Python alone.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["lanes"]


def lanes(inputs: Sequence[Sequence[int]]) -> list[int]:
    """The lane of each node, the leftmost being 0; ``inputs`` are indices of earlier nodes."""
    last = {source: place for place, sources in enumerate(inputs) for source in sources}
    taken: dict[int, int] = {}
    chosen: list[int] = []
    for place, sources in enumerate(inputs):
        ending = [chosen[source] for source in dict.fromkeys(sources) if last[source] == place]
        for lane in ending:
            del taken[lane]
        lane = min(ending) if ending else next(lane for lane in range(len(taken) + 1) if lane not in taken)
        chosen.append(lane)
        if place in last:
            taken[lane] = place
    return chosen
