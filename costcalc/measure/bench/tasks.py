"""What is timed: a module, its image, and one run of the work that a cell names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from timeit import default_timer

import torch
from torch import Tensor, nn
from torch.nn import functional

from costcalc.device.records import Cell
from costcalc.graph import Graph
from costcalc.measure.bench.device import synchronize
from costcalc.measure.build import FlatModule, build
from costcalc.measure.memory import DTYPES

__all__ = ["DTYPES", "OPTIMIZERS", "Stopwatch", "Task", "compiled"]

RATE = 1e-4
"""The learning rate: small, so that weights stay what they are; time does not depend on it."""

OPTIMIZERS: Mapping[str, Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=RATE, momentum=0.9, weight_decay=1e-4),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=RATE, alpha=0.9, momentum=0.9, weight_decay=4e-5),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=RATE),
}
"""SGD with the momentum and weight decay of He et al. 2015, section 3.4; RMSProp with decay, momentum and weight decay
of Sandler et al. 2018, section 6.1; Adam as torch has it."""


COMPILED = 2**16
"""How many cells may be compiled in a process."""


def compiled(module: nn.Module) -> Callable[[Tensor], Tensor | dict[str, Tensor]]:
    """``module`` by ``torch.compile``, for the sizes that it is called with and as one graph, or an error.

    All modules here share the code of `FlatModule.forward`, of which torch compiles 8 variants by itself: it would run
    the ninth as it stands, with nothing but a warning.
    """
    limits = torch._dynamo.config
    limits.cache_size_limit = limits.accumulated_cache_size_limit = COMPILED
    return torch.compile(module, dynamic=False, fullgraph=True)


class Stopwatch:
    """A clock for `torch.utils.benchmark.Timer` that stands still while something is `excluded`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._excluded = 0.0

    def __call__(self) -> float:
        """Seconds, once the device has finished."""
        synchronize(self._device)
        return default_timer() - self._excluded

    @contextmanager
    def excluded(self) -> Iterator[None]:
        """Time that does not count."""
        synchronize(self._device)
        began = default_timer()
        try:
            yield
        finally:
            synchronize(self._device)
            self._excluded += default_timer() - began


class Task:
    """The work of ``cell`` on ``graph``, ready to be run again and again by ``run``.

    ``forward`` is inference: evaluation mode, no gradients recorded. ``backward`` is the gradients of all parameters
    alone, after a forward pass in training mode that ``watch`` does not count. A step is both, and the optimizer's.
    The loss is cross entropy with fixed labels for a model with one vector of outputs, else the sum of their means.
    """

    def __init__(self, graph: Graph, cell: Cell, device: torch.device) -> None:
        self.watch = Stopwatch(device)
        dtype = DTYPES[cell.dtype]
        self.module: FlatModule = build(graph, device=device, dtype=dtype, freeze=cell.freeze)
        shape = (cell.batch, *graph.nodes[0].shape)
        self._image = torch.randn(shape, device=device, dtype=dtype)
        if cell.layout == "channels_last":
            self.module = self.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            if self._image.dim() == 4:
                self._image = self._image.to(memory_format=torch.channels_last)
        self._classes = graph.nodes[graph.outputs[0].node].shape if len(graph.outputs) == 1 else ()
        self._labels = torch.zeros(cell.batch, dtype=torch.long, device=device)
        self._optimizer: torch.optim.Optimizer | None = None
        if cell.optimizer is not None:
            self._optimizer = OPTIMIZERS[cell.optimizer](
                each for each in self.module.parameters() if each.requires_grad
            )
        inference = cell.work in ("forward", "layers")
        self.module.train(not inference)
        self._call: Callable[[Tensor], Tensor | dict[str, Tensor]] = self.module
        if cell.mode == "compile":
            self._call = compiled(self.module)
        self.run: Callable[[], object] = (
            self._forward if inference else self._step if self._optimizer else self._backward
        )

    @property
    def held(self) -> int:
        """The bytes of parameters, buffers, image and of what the optimizer keeps."""
        tensors = [*self.module.parameters(), *self.module.buffers(), self._image]
        if self._optimizer is not None:
            states = [value for state in self._optimizer.state.values() for value in state.values()]
            tensors += [value for value in states if isinstance(value, Tensor)]
        return sum(tensor.untyped_storage().nbytes() for tensor in tensors)

    def clear(self) -> None:
        """Drop gradients, as before the first run."""
        self.module.zero_grad(set_to_none=True)

    def _forward(self) -> object:
        with torch.no_grad():
            return self._call(self._image)

    def _backward(self) -> None:
        with self.watch.excluded():
            self.clear()
            loss = self._loss()
        loss.backward()  # type: ignore[no-untyped-call]

    def _step(self) -> None:
        assert self._optimizer is not None
        self.clear()
        self._loss().backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def _loss(self) -> Tensor:
        outputs = self._call(self._image)
        if isinstance(outputs, Tensor) and len(self._classes) == 1:
            return functional.cross_entropy(outputs.float(), self._labels)
        tensors = [outputs] if isinstance(outputs, Tensor) else list(outputs.values())
        return torch.stack([tensor.float().mean() for tensor in tensors]).sum()
