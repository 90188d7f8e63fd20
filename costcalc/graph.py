"""The graph of a model at given knobs: immutable data in topological order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from costcalc.dims import Dim, Shape, product
from costcalc.layers.base import Layer, Parameter, Traffic
from costcalc.layers.tape import Tape

__all__ = ["Graph", "Node", "Output", "listed"]


_T = TypeVar("_T")


class _Place(NamedTuple):
    path: str
    stage: str
    layer: Layer
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape


class Node(_Place):
    """One layer in a graph. A node is immutable, so each formula of its layer is evaluated once.

    ``path`` is unique and readable (``stage6.1.expand.conv``); ``stage`` is the step of the model that the node
    belongs to (``stage6``); ``inputs`` are indices of earlier nodes; ``input_shapes`` and ``shape`` are for one image.
    """

    def like(self, path: str, stage: str, inputs: tuple[int, ...]) -> Node:
        """The same layer on inputs of the same shapes at another place; what its formulas give is shared."""
        node = Node(path, stage, self.layer, inputs, self.input_shapes, self.shape)
        node.costs = self.costs
        return node

    @cached_property
    def costs(self) -> _Costs:
        """What the layer's formulas give: one object for all nodes that are `like` each other."""
        return _Costs(self.layer, self.input_shapes, self.shape)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The tensors that this node owns."""
        return self.costs.parameters

    @property
    def params(self) -> Mapping[str, Dim]:
        """How many parameters, by kind."""
        return self.costs.params

    @property
    def ledger(self) -> Mapping[str, Dim]:
        """The work for one image, by kind."""
        return self.costs.ledger

    @property
    def traffic(self) -> Traffic:
        """The elements that this node moves between memory and processor."""
        return self.costs.traffic

    @property
    def tape(self) -> Tape:
        """What autograd records of this node while it trains."""
        return self.costs.tape


class _Costs:
    """What the formulas of a layer give, each computed once."""

    def __init__(self, layer: Layer, input_shapes: tuple[Shape, ...], shape: Shape) -> None:
        self._layer = layer
        self._shapes = input_shapes, shape

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return self._layer.parameters(*self._shapes)

    @cached_property
    def params(self) -> Mapping[str, Dim]:
        return self._layer.params(*self._shapes)

    @cached_property
    def ledger(self) -> Mapping[str, Dim]:
        return self._layer.ledger(*self._shapes)

    @cached_property
    def traffic(self) -> Traffic:
        return self._layer.traffic(*self._shapes)

    @cached_property
    def tape(self) -> Tape:
        return self._layer.tape(*self._shapes)

    @cached_property
    def elements(self) -> Mapping[str, Dim]:
        """Of each parameter, by its name."""
        return {tensor.name: product(tensor.shape) for tensor in self.parameters}


class Output(NamedTuple):
    """A result of the graph: its name and the index of the node that gives it."""

    name: str
    node: int


class Graph(NamedTuple):
    """A model at given knobs, from the spec in ``file``.

    ``nodes[0]`` is the input; every other node is used by a later one or is an output.
    """

    name: str
    title: str
    knobs: Mapping[str, Any]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    file: str = ""

    def each(self, measure: Callable[[Node], _T]) -> list[_T]:
        """``measure`` of every node, called once for nodes that are `like` each other: it must not look at places."""
        found: dict[_Costs, _T] = {}
        return [
            found[node.costs] if node.costs in found else found.setdefault(node.costs, measure(node))
            for node in self.nodes
        ]


def listed(graphs: Graph | Sequence[Graph]) -> Sequence[Graph]:
    """``graphs`` as a sequence, a single one too: it is a tuple itself."""
    return [graphs] if isinstance(graphs, Graph) else graphs
