"""A training step of the built module, measured: what it keeps for the backward pass, and its peak of live bytes.

Measured are tensor storages, not the workspace that operations take inside themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from costcalc.errors import CostcalcError, MissingError, UsageError, quoted
from costcalc.graph import Graph
from costcalc.measure.build import build
from costcalc.measure.checkpointing import Checkpointed
from costcalc.measure.extras import reason
from costcalc.measure.memory import LiveStorage

__all__ = ["OPTIMIZERS", "MeasuredStep", "live_peak", "peak", "run", "saved"]

Optimizers = Mapping[str, Callable[[nn.Module], torch.optim.Optimizer]]

OPTIMIZERS: Optimizers = {
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=1e-3),
    "momentum": lambda model: torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9),
    "rmsprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=1e-3),
    "adam": lambda model: torch.optim.Adam(model.parameters(), lr=1e-3),
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), lr=1e-3),
}
"""As `costcalc.memory.optimizers` calls them, at torch's defaults."""


class MeasuredStep:
    """The module of ``graph`` with images and labels, and a training step of it. Only sizes matter: nothing is drawn.

    ``precision`` is ``fp32``, ``bf16`` or ``autocast``. The loss is the sum of the outputs' cross entropies. With
    ``checkpoint`` each stage keeps its inputs alone. The parameters of the layers that ``freeze`` names need no
    gradient. On ``device="meta"`` fp32 tensors have the same sizes, without memory or arithmetic; other precisions do
    not. Raises UsageError for them there.
    """

    def __init__(
        self,
        graph: Graph,
        batch: int,
        precision: str,
        *,
        checkpoint: bool = False,
        freeze: Sequence[str] = (),
        device: str = "cpu",
    ) -> None:
        if device == "meta" and precision != "fp32":
            raise UsageError(f"cannot train meta tensors in {precision} as on a CPU")
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.autocast = precision == "autocast"
        flat = build(graph, device="meta", dtype=dtype, freeze=freeze).to_empty(device=device)
        self.model: nn.Module = Checkpointed(flat, graph) if checkpoint else flat
        self.image = torch.zeros(batch, *graph.nodes[0].shape, dtype=dtype, device=device)
        self.labels = {
            positions: torch.zeros(batch, *positions, dtype=torch.long, device=device)
            for positions in {graph.nodes[output.node].shape[1:] for output in graph.outputs}
        }

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Parameters, buffers, image and labels: what is there before the step."""
        return (*self.model.parameters(), *self.model.buffers(), self.image, *self.labels.values())

    def forward(self) -> Tensor:
        """The loss of the batch. Raises CostcalcError where torch refuses to train the model."""
        try:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.autocast):
                return self._loss(self.model(self.image))
        except (RuntimeError, NotImplementedError, ValueError) as error:
            raise CostcalcError(f"torch cannot train this model: {reason(error)}") from error

    def _loss(self, outputs: Tensor | dict[str, Tensor]) -> Tensor:
        first, *others = outputs.values() if isinstance(outputs, dict) else (outputs,)
        loss = self._cross_entropy(first)
        for output in others:
            loss = loss + self._cross_entropy(output)
        return loss

    def _cross_entropy(self, output: Tensor) -> Tensor:
        return functional.cross_entropy(output, self.labels[tuple(output.shape[2:])])


def saved(graph: Graph, batch: int, precision: str = "fp32", *, freeze: Sequence[str] = (), device: str = "cpu") -> int:
    """The bytes of the unique storages that autograd keeps for the backward pass, parameters and buffers left out."""
    step = MeasuredStep(graph, batch, precision, freeze=freeze, device=device)
    own = {_key(tensor) for tensor in (*step.model.parameters(), *step.model.buffers())}
    sizes: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if _key(tensor) not in own:
            sizes[_key(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = step.forward()
    # The graph behind the loss keeps what was packed alive, so that no address was given out twice.
    return sum(sizes.values()) if loss.requires_grad else 0


def peak(
    graph: Graph,
    batch: int,
    optimizer: str = "sgd",
    precision: str = "fp32",
    *,
    checkpoint: bool = False,
    device: str = "cpu",
) -> int:
    """The most bytes live at once during a step, by torch's ``MemTracker``.

    The second step, in which the optimizer holds its state from the start. MemTracker's hooks keep
    the gradients of a module's inputs until it has all of them: where these are several (multiply, l2_norm) and set the
    peak, it says more than torch needs, and `live_peak` does not. Raises MissingError if this torch has no MemTracker.
    """
    step = MeasuredStep(graph, batch, precision, checkpoint=checkpoint, device=device)
    made = OPTIMIZERS[optimizer](step.model)
    run(step, made)
    made.zero_grad()
    tracker = _tracker()
    tracker.track_external(step.model, made, step.image, *step.labels.values())
    with tracker:
        run(step, made)
    # By device: an optimizer's counts of steps are on the CPU even if all else is on meta.
    return sum(int(snapshot["Total"]) for snapshot in tracker.get_tracker_snapshot("peak").values())


def live_peak(
    graph: Graph,
    batch: int,
    optimizer: str = "sgd",
    precision: str = "fp32",
    *,
    checkpoint: bool = False,
    freeze: Sequence[str] = (),
    device: str = "cpu",
) -> int:
    """The same by `costcalc.measure.memory.LiveStorage`, which has no hooks and holds nothing.

    MemTracker puts a hook on every parameter, and torch allows none on a frozen one.
    """
    step = MeasuredStep(graph, batch, precision, checkpoint=checkpoint, freeze=freeze, device=device)
    made = OPTIMIZERS[optimizer](step.model)
    run(step, made)
    made.zero_grad()
    storages = LiveStorage()
    for tensor in (*step.tensors, *_state(made)):
        storages.add(tensor)
    with storages:
        run(step, made)
    return storages.peak


def _state(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """The tensors that ``optimizer`` keeps from step to step."""
    return [tensor for kept in optimizer.state.values() for tensor in kept.values() if isinstance(tensor, Tensor)]


def run(step: MeasuredStep, optimizer: torch.optim.Optimizer) -> None:
    """One step. Raises CostcalcError where torch refuses to train the model."""
    optimizer.zero_grad()
    loss = step.forward()
    torch.autograd.backward(loss)
    optimizer.step()


def _tracker() -> Any:
    try:
        from torch.distributed._tools.mem_tracker import MemTracker
    except ImportError as error:
        said = quoted("Python", error)
        raise MissingError(
            f"this version of torch has no MemTracker: {said}", hint="pip install 'costcalc[torch]'"
        ) from error
    return MemTracker()


def _key(tensor: Tensor) -> int:
    address: int = tensor.untyped_storage()._cdata
    return address
