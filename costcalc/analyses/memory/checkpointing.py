"""Gradient checkpointing by stage: a stage keeps its inputs alone, and runs once more in the backward pass.

As torch.utils.checkpoint does without reentrance. It stops running a stage again when all is there that the stage
kept. Source: Chen et al., arXiv:1604.06174, section 4.
"""

from __future__ import annotations

from itertools import groupby

from costcalc.analyses.memory.records import LOSS, Recording

__all__ = ["stages"]


def stages(recording: Recording) -> tuple[range, ...]:
    """The places of the records of each stage of the model, in order; the loss is none of them."""
    segments = []
    for stage, places in groupby(range(len(recording.records)), key=lambda place: recording.records[place].stage):
        if stage != LOSS:
            together = list(places)
            segments.append(range(together[0], together[-1] + 1))
    return tuple(segments)
