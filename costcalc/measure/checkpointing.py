"""A flat module whose stages keep nothing but their inputs for the backward pass, and run once more there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from costcalc.graph import Graph
from costcalc.measure.build import FlatModule, ModuleCall

__all__ = ["Checkpointed"]


class Segment(NamedTuple):
    """``steps`` that run together, from the values ``inputs`` to those ``outputs``; ``released`` end with it."""

    steps: tuple[ModuleCall, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    released: tuple[int, ...]


class Checkpointed(nn.Module):
    """``model``, the flat module of ``graph``, with a checkpoint at each of its stages."""

    def __init__(self, model: FlatModule, graph: Graph) -> None:
        super().__init__()
        self.model = model
        self._segments = _segments(model._steps, graph)
        self._outputs = model._outputs

    def forward(self, image: Tensor) -> Tensor | dict[str, Tensor]:
        values = {0: image}
        for segment in self._segments:
            inputs = [values[index] for index in segment.inputs]
            results = checkpoint(partial(_run, segment), *inputs, use_reentrant=False)
            del inputs
            values.update(zip(segment.outputs, results, strict=True))
            del results
            for index in segment.released:
                del values[index]
        if len(self._outputs) == 1:
            (index,) = self._outputs.values()
            return values[index]
        return {name: values[index] for name, index in self._outputs.items()}


def _run(segment: Segment, *inputs: Tensor) -> tuple[Tensor, ...]:
    values = dict(zip(segment.inputs, inputs, strict=True))
    for step in segment.steps:
        values[step.node] = step.module(*[values[index] for index in step.inputs])
        for index in step.released:
            del values[index]
    return tuple(values[index] for index in segment.outputs)


def _segments(steps: Sequence[ModuleCall], graph: Graph) -> tuple[Segment, ...]:
    kept = {output.node for output in graph.outputs}
    made = []
    for _, group in groupby(steps, key=lambda step: graph.nodes[step.node].stage):
        own = tuple(group)
        numbers = {step.node for step in own}
        taken = dict.fromkeys(index for step in own for index in step.inputs)
        released = [index for step in own for index in step.released]
        made.append(
            Segment(
                own,
                inputs=tuple(index for index in taken if index not in numbers),
                outputs=tuple(number for number in numbers if number in kept or number not in released),
                released=tuple(index for index in released if index not in numbers),
            )
        )
    return tuple(made)
