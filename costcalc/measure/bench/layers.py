"""How long each layer of a module takes in a run of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from timeit import default_timer
from typing import Any

import torch
from torch import nn

from costcalc.measure.bench.device import synchronize

__all__ = ["LayerClock"]

Mark = Any
"""A moment: seconds, or on CUDA an event that is told them later."""


class LayerClock:
    """Notes when each of ``modules`` (by path) begins and ends in a run, while it is `attached`.

    On CUDA by events, which wait for nothing; elsewhere the device finishes before the clock is read. Between the marks
    lies a call of Python each: a run under the clock is a little slower than one without.
    """

    def __init__(self, modules: Mapping[str, nn.Module], device: torch.device) -> None:
        self._modules = modules
        self._device = device
        self._marks: dict[str, list[tuple[Mark, Mark]]] = {}

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Take the times of what runs in here."""
        handles = []
        for path, module in self._modules.items():
            before, after = self._hooks(path)
            handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _hooks(self, path: str) -> tuple[Callable[..., None], Callable[..., None]]:
        marks = self._marks.setdefault(path, [])
        begun: list[Mark] = []

        def before(*_: object) -> None:
            begun.append(self._mark())

        def after(*_: object) -> None:
            marks.append((begun.pop(), self._mark()))

        return before, after

    def _mark(self) -> Mark:
        if self._device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            event.record()
            return event
        synchronize(self._device)
        return default_timer()

    def seconds(self) -> dict[str, list[float]]:
        """The seconds of every run so far, by path."""
        synchronize(self._device)
        return {path: [self._between(*pair) for pair in pairs] for path, pairs in self._marks.items()}

    def _between(self, begun: Mark, ended: Mark) -> float:
        if self._device.type == "cuda":
            return float(begun.elapsed_time(ended)) / 1000  # an event tells milliseconds
        return float(ended - begun)
