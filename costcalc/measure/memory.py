"""Bytes of live tensor storage while a module runs, as they are: what `costcalc.memory` predicts.

Every tensor that an operation returns is seen when it appears, and its storage by a weak reference when it goes. What
an operation takes inside itself, and what the allocator holds back, is not seen: this is not the process's memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from costcalc import words
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.measure.build import FlatModule, build
from costcalc.measure.extras import reason

__all__ = ["DTYPES", "LiveStorage", "Measured", "measure", "peak"]

DTYPES: Mapping[str, torch.dtype] = {name: getattr(torch, words.DTYPES[name].torch) for name in words.TIMED_DTYPES}
"""The types in which modules run, by their names. Convolutions do not run in int8."""


class LiveStorage(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is entered, counts the bytes of the storages that live: ``live`` now, ``peak`` at most.

    ``known`` tensors, such as parameters and buffers, never count.
    """

    def __init__(self, known: Iterable[Tensor] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = 0
        self.peak = 0
        self._sizes: dict[int, int] = {}
        for tensor in known:
            self._note(tensor, counted=False)

    def add(self, tensor: Tensor) -> None:
        """Count the storage of ``tensor`` from now on, until nothing holds it."""
        self._note(tensor)

    def _note(self, tensor: Tensor, counted: bool = True) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._sizes:
            return
        self._sizes[key] = storage.nbytes() if counted else 0
        self.live += self._sizes[key]
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._forget, key).atexit = False

    def _forget(self, key: int) -> None:
        self.live -= self._sizes.pop(key)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(_made(function, args, result)):
            if isinstance(leaf, Tensor):
                self._note(leaf)
        return result


def _made(function: Any, args: tuple[Any, ...], result: Any) -> Any:
    """The part of ``result`` that ``function`` makes of ``args`` on the CPU.

    A batch norm at inference gives its statistics as empty tensors there; on meta tensors they have their sizes.
    """
    if function is torch.ops.aten.native_batch_norm.default and result[0].device.type == "meta":
        training = args[5]
        return result if training else result[0]
    return result


class Measured(NamedTuple):
    """Bytes: the ``peak`` of live storage over a run, and the ``weights``, which are the parameters and buffers."""

    peak: int
    weights: int


def measure(
    graph: Graph,
    *,
    batch: int = 1,
    dtype: str = "fp32",
    order: Sequence[int] | None = None,
    hold_input: bool = True,
    device: str = "cpu",
) -> Measured:
    """The bytes of one run of the module of ``graph`` at inference.

    ``order`` are the operations as they run: number i is node i + 1, the input being none. Parameters and image are
    whatever their memory holds, for only sizes matter here. On ``device="meta"`` the same operations make tensors of
    the same sizes, without memory or arithmetic. Raises UsageError for a type in which modules do not run,
    CostcalcError where torch refuses to run a layer in it.
    """
    dtype = words.one_of("dtype =", dtype, DTYPES)
    nodes = None if order is None else [operation + 1 for operation in order]
    model = build(graph, device="meta", dtype=DTYPES[dtype], order=nodes).to_empty(device=device).eval()
    own = {tensor.untyped_storage()._cdata: tensor for tensor in (*model.parameters(), *model.buffers())}
    weights = sum(tensor.untyped_storage().nbytes() for tensor in own.values())
    shape = (batch, *graph.nodes[0].shape)
    return Measured(peak(model, [torch.empty(shape, dtype=DTYPES[dtype], device=device)], hold_input), weights)


def peak(model: FlatModule, images: list[Tensor], hold_input: bool = True) -> int:
    """The most bytes of storage that live at once while ``model`` runs, but for parameters and buffers.

    ``images`` holds the one that it runs on, and if it is not held gives it up. A list, because Python may hold what
    stands as an argument until the call is over: it does from the first use of torch.compile in a process on.
    """
    storages = LiveStorage((*model.parameters(), *model.buffers()))
    storages.add(images[0])
    values = {0: images[0]}
    if not hold_input:
        images.clear()
    try:
        with storages, torch.no_grad():
            model.run(values)
    except (RuntimeError, NotImplementedError) as error:
        raise CostcalcError(f"torch cannot run this model: {reason(error)}") from error
    return storages.peak
