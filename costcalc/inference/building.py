"""The graph under construction: nodes, each with its place in the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc import dims
from costcalc.dims import Shape
from costcalc.errors import LayerError, SpecError, shown
from costcalc.graph import Node, Output
from costcalc.inference.scope import Value, WorkLimit
from costcalc.inference.striding import Region, capped
from costcalc.layers import Layer
from costcalc.layers.base import Input
from costcalc.spec.model import Expr
from costcalc.spec.read import Node as Place

__all__ = ["MAX_NODES", "Builder"]

MAX_NODES = 50_000


class Builder:
    """The nodes added so far."""

    def __init__(self, budget: WorkLimit) -> None:
        self.budget = budget
        self.nodes: list[Node] = []
        self.places: list[Place] = []
        self.kinds: dict[Any, Node] = {}  # a node for each layer with its arguments and the shapes of its inputs
        self.remnants: set[int] = set()  # nodes that are all that ``when`` left of a call's several outputs

    def input(self, sizes: Sequence[tuple[Expr, Any]]) -> None:
        """Adds the input node. Raises SpecError for an invalid size."""
        shape = []
        for expr, value in sizes:
            try:
                shape.append(dims.size(value))
            except ValueError as error:
                raise expr.node.error(f"input = {shown(value)}: {error}") from None
        source = Input(tuple(shape))
        self.nodes.append(Node("input", "input", source, (), (), source.shape))
        self.places.append(sizes[0][0].node)

    def layer(
        self,
        type: type[Layer],
        values: Mapping[str, Any],
        inputs: Value,
        *,
        path: str,
        stage: str,
        region: Region | None,
        place: Place,
    ) -> int:
        """Adds a node and returns its index. Raises LayerError where the layer refuses its arguments or inputs."""
        if len(self.nodes) >= MAX_NODES:
            raise place.error(f"the model is too large: more than {MAX_NODES:,} layers")
        self.budget.spend(3 * len(inputs) + len(path) // 16, place)
        shapes = tuple(self.nodes[index].shape for index in inputs)
        kind = _kind(type, values, shapes) if region is None else None
        if kind is not None and (twin := self.kinds.get(kind)) is not None:
            self.nodes.append(twin.like(path, stage, inputs))
            self.places.append(place)
            return len(self.nodes) - 1
        if region is None:
            layer, state = type(**values), None
        else:
            layer, state = capped(type, values, region.limit, region.state(inputs))
        _check_arity(layer, len(inputs))
        shape = layer.out_shape(*shapes)
        _check_shape(shape)
        if region is not None and state is not None:
            region.states[len(self.nodes)] = state
        node = Node(path, stage, layer, inputs, shapes, shape)
        if kind is not None:
            self.kinds[kind] = node
        self.nodes.append(node)
        self.places.append(place)
        return len(self.nodes) - 1

    def forget(self, count: int) -> None:
        """Removes all but the first ``count`` nodes."""
        del self.nodes[count:], self.places[count:]
        self.remnants = {index for index in self.remnants if index < count}

    def remains(self, value: Value, declared: int) -> None:
        """Notes that ``value`` is what a call gives whose target declares so many outputs."""
        if len(value) == 1 < declared:
            self.remnants.add(value[0])

    def outputs(self, name: str, value: Value) -> tuple[Output, ...]:
        """``value`` under ``name``; several tensors under the paths of the lines that give them, or numbered."""
        if len(value) == 1:
            return (Output(name, value[0]),)
        paths = [self.nodes[index].path.split(".") for index in value]
        names = [f"{name}.{number}" for number in range(1, len(value) + 1)]
        if all(path[: name.count(".") + 1] == name.split(".") for path in paths):
            for parts in range(name.count(".") + 2, max(map(len, paths)) + 1):
                shortest = {".".join(path[:parts]): None for path in paths}
                if len(shortest) == len(paths):
                    names = list(shortest)
                    break
        return tuple(Output(each, index) for each, index in zip(names, value, strict=True))

    def prune(self, outputs: Sequence[Output], warn: Callable[[SpecError], None]) -> tuple[Output, ...]:
        """Removes the nodes on which no output depends and returns ``outputs`` renumbered.

        Calls ``warn`` for those that no other node reads, once per place.
        """
        read = {output.node for output in outputs}.union(*(node.inputs for node in self.nodes))
        unread: dict[Place, Node] = {}
        for index, node in enumerate(self.nodes):
            if index not in read:
                unread.setdefault(self.places[index], node)
        for place, node in unread.items():
            warn(place.error(f"unused layer '{node.path}': no layer reads it and it is not an output"))
        if not unread:
            return tuple(outputs)
        used = {output.node for output in outputs}
        for index in range(len(self.nodes) - 1, -1, -1):
            if index in used:
                used.update(self.nodes[index].inputs)
        kept = sorted(used)
        moved = {index: number for number, index in enumerate(kept)}
        self.nodes[:] = [
            self.nodes[index]._replace(inputs=tuple(moved[each] for each in self.nodes[index].inputs)) for index in kept
        ]
        self.places[:] = [self.places[index] for index in kept]
        return tuple(Output(output.name, moved[output.node]) for output in outputs)


def _kind(type: type[Layer], values: Mapping[str, Any], shapes: tuple[Shape, ...]) -> Any:
    """A key that equal layers share; None for layers without one, such as those with arrays."""
    kind = (type, *((name, _exactly(value)) for name, value in values.items()), _exactly(shapes))
    try:
        hash(kind)
    except TypeError:
        return None
    return kind


def _exactly(value: Any) -> Any:
    """``value`` with its type, for ``1 == 1.0 == True``."""
    if isinstance(value, tuple):
        return tuple(map(_exactly, value))
    return value.__class__, repr(value) if isinstance(value, float) else value


def _check_arity(layer: Layer, count: int) -> None:
    least, most = layer.arity
    if count < least or (most is not None and count > most):
        wanted = f"at least {least}" if most is None else str(least) if least == most else f"{least} to {most}"
        raise LayerError(f"{layer.type} takes {wanted} input{'' if wanted == '1' else 's'}, not {count}")


def _check_shape(shape: Shape) -> None:
    names = ("channels", "height", "width") if len(shape) == 3 else ("features",)
    for name, value in zip(names, shape, strict=True):
        try:
            dims.size(value)
        except ValueError:
            raise LayerError(f"the output's {name} falls to {shown(value)}", hint="the input is too small") from None
        if dims.is_exact_int(value) and value.bit_length() > dims.MAX_BITS:
            raise LayerError(f"the output's {name}: {shown(value)}; at most {dims.MAX_BITS} are allowed")
