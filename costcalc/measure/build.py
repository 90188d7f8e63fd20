"""Graph -> torch module, with a readable name for every node and no tensor kept longer than it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from costcalc.dims import is_array, is_symbol
from costcalc.errors import CostcalcError, UsageError, shown
from costcalc.gradients import frozen_nodes
from costcalc.graph import Graph, Node
from costcalc.layers.base import TorchCall
from costcalc.measure import modules
from costcalc.measure.extras import reason

__all__ = ["FlatModule", "build", "module_names"]


class ModuleCall(NamedTuple):
    """``module`` makes the value of ``node`` from those of ``inputs``; those of ``released`` end with it."""

    node: int
    module: nn.Module
    inputs: tuple[int, ...]
    released: tuple[int, ...]


class FlatModule(nn.Module):
    """A module that runs a graph's nodes in their order, each value freed right after its last use.

    Takes an image batch ``(images, channels, height, width)``; gives a tensor if the graph has one output, else a dict
    from output names to tensors. Only the nodes' own modules are called: those around them are there for their names.
    """

    _steps: Sequence[ModuleCall] = ()
    _outputs: Mapping[str, int] = {}

    def forward(self, image: Tensor) -> Tensor | dict[str, Tensor]:
        return self.run({0: image})

    def run(self, values: dict[int, Tensor]) -> Tensor | dict[str, Tensor]:
        """`forward` for a caller who hands the image over as ``values[0]``, so that it can be freed on the way."""
        for step in self._steps:
            values[step.node] = step.module(*[values[index] for index in step.inputs])
            for index in step.released:
                del values[index]
        if len(self._outputs) == 1:
            (index,) = self._outputs.values()
            return values[index]
        return {name: values[index] for name, index in self._outputs.items()}


_RESERVED = frozenset(dir(nn.Module())) | frozenset(dir(FlatModule))


def module_names(graph: Graph) -> dict[str, str]:
    """The name in ``named_modules()`` of every node's module, by the node's path. The input has none.

    It is the path itself. A part of it that torch keeps for itself (``train``, ``half``), or a last part that other
    paths go through, gets a ``_`` behind it, or as many as make it unique.
    """
    groups: dict[tuple[str, ...], dict[tuple[str, bool], str]] = {}
    paths = [tuple(node.path.split(".")) for node in graph.nodes[1:]]
    for path in paths:
        for depth, part in enumerate(path):
            groups.setdefault(path[:depth], {})[part, depth == len(path) - 1] = ""
    for group in groups.values():
        _name_group(group)
    return {".".join(path): ".".join(_named(path, groups)) for path in paths}


def _name_group(group: dict[tuple[str, bool], str]) -> None:
    """Give each (part, is it a node?) of one container the name that it bears there."""
    fine = {
        (part, is_node) for part, is_node in group if part not in _RESERVED and not (is_node and (part, False) in group)
    }
    taken = {part for part, _ in fine}
    for key in group:
        name = key[0]
        if key not in fine:
            while name in taken or name in _RESERVED:
                name += "_"
            taken.add(name)
        group[key] = name


def _named(path: tuple[str, ...], groups: Mapping[tuple[str, ...], Mapping[tuple[str, bool], str]]) -> Iterator[str]:
    for depth, part in enumerate(path):
        yield groups[path[:depth]][part, depth == len(path) - 1]


def build(
    graph: Graph,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    order: Sequence[int] | None = None,
    freeze: Sequence[str] = (),
) -> FlatModule:
    """The module that computes ``graph``, its parameters initialised as torch does, in training mode.

    On ``device="meta"`` it takes no memory and computes shapes only. ``order`` are the nodes as they run, the input
    (node 0) left out; by default as they are declared. The parameters of the layers that the patterns ``freeze`` name
    need no gradient.
    Raises UsageError for a graph over symbols or arrays, for an order in which a node comes before one that it takes
    and for a pattern that names no layer with parameters, CostcalcError where torch refuses a layer; all name the node.
    """
    model = FlatModule()
    names = module_names(graph)
    modules = {}
    frozen = frozen_nodes(graph, freeze)
    with torch.device(device or torch.get_default_device()):
        for number, node in enumerate(graph.nodes[1:], start=1):
            modules[number] = _module(node).requires_grad_(number not in frozen)
            _attach(model, names[node.path], modules[number])
    model._steps = _steps(graph, modules, tuple(modules) if order is None else order)
    model._outputs = {output.name: output.node for output in graph.outputs}
    return model if dtype is None else model.to(dtype)


def _steps(graph: Graph, modules: Mapping[int, nn.Module], order: Sequence[int]) -> tuple[ModuleCall, ...]:
    """The nodes in ``order``, each with the nodes that nothing needs after it."""
    if sorted(order) != list(modules):
        raise UsageError(f"an execution order of {len(modules)} nodes must name each exactly once")
    last_use = {index: place for place, number in enumerate(order) for index in graph.nodes[number].inputs}
    kept = {output.node for output in graph.outputs}
    done = {0}
    steps = []
    for place, number in enumerate(order):
        inputs = graph.nodes[number].inputs
        for index in inputs:
            if index not in done:
                raise UsageError(f"cannot run before {graph.nodes[index].path}", path=graph.nodes[number].path)
        released = {index for index in inputs if last_use[index] == place and index not in kept}
        steps.append(ModuleCall(number, modules[number], inputs, tuple(sorted(released))))
        done.add(number)
    return tuple(steps)


def _module(node: Node) -> nn.Module:
    """The torch counterpart of ``node``."""
    for shape in (*node.input_shapes, node.shape):
        _refuse_unknown(shape, node)
    call: TorchCall = node.layer.torch(node.input_shapes, node.shape)
    _refuse_unknown(tuple(call.arguments.values()), node)
    kind = getattr(modules if call.name in modules.__all__ else nn, call.name, None)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise CostcalcError(f"neither torch.nn nor costcalc.measure.modules has a class {call.name}", path=node.path)
    try:
        return kind(**call.arguments)
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        raise CostcalcError(f"torch rejects {node.layer!r}: {reason(error)}", path=node.path) from error


def _refuse_unknown(values: Sequence[Any], node: Node) -> None:
    """Raise UsageError if a symbol or an array is among ``values``."""
    for value in values:
        if isinstance(value, tuple):
            _refuse_unknown(value, node)
        elif is_array(value) or is_symbol(value):
            raise UsageError(
                f"torch modules require integers, not {shown(value)}",
                path=node.path,
                hint="infer the model at one value of each knob",
            )


def _attach(model: nn.Module, name: str, module: nn.Module) -> None:
    """Make ``module`` the submodule ``name``, with plain containers on the way."""
    *containers, last = name.split(".")
    for part in containers:
        if part not in model._modules:
            model.add_module(part, nn.Module())
        model = model.get_submodule(part)
    model.add_module(last, module)
