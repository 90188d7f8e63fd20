"""A graph as modules that call modules: what `costcalc.memory.nested` says of such modules, made real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from costcalc.graph import Graph
from costcalc.measure.build import build, module_names
from costcalc.memory.nested import calls


class Call(nn.Module):
    """Runs ``steps`` on tensors that it is given by number, and gives those of ``results`` back.

    A step is a node and its module, or another call. Like any module written by hand it drops a tensor that it made
    itself after the last use, and holds its arguments, as all that called it do, until it returns.
    """

    def __init__(self, takes: Sequence[int], steps: Sequence[tuple[Sequence[int], Sequence[int], nn.Module]]) -> None:
        super().__init__()
        self.takes = takes
        self.steps = steps
        self.results: Sequence[int] = ()

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        values = dict(zip(self.takes, arguments, strict=True))
        last = {number: place for place, (takes, _, _) in enumerate(self.steps) for number in takes}
        for place, (takes, gives, module) in enumerate(self.steps):
            outputs = module(*[values[number] for number in takes])
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            values.update(zip(gives, outputs, strict=True))
            del outputs
            for number in takes:
                if last[number] == place and number not in self.results:
                    values.pop(number, None)
        return tuple(values[number] for number in self.results)


def nested(graph: Graph) -> tuple[nn.Module, nn.Module]:
    """The model's own call, and the flat module that owns the parameters."""
    flat = build(graph).eval()
    names = module_names(graph)
    leaves = {number: flat.get_submodule(names[node.path]) for number, node in enumerate(graph.nodes) if number}
    ranges = [(first + 1, last + 1) for first, last in calls([node.path for node in graph.nodes[1:]])]
    return _call(graph, ranges[0], ranges[1:], leaves), flat


def _call(
    graph: Graph, whole: tuple[int, int], inner: Sequence[tuple[int, int]], leaves: Mapping[int, nn.Module]
) -> Call:
    first, last = whole
    inside = [each for each in inner if first <= each[0] and each[1] <= last]
    steps: list[tuple[Sequence[int], Sequence[int], nn.Module]] = []
    number = first
    while number <= last:
        part = next((each for each in inside if each[0] == number), None)
        if part is None:
            steps.append(
                (tuple(dict.fromkeys(graph.nodes[number].inputs)), (number,), _Leaf(graph, number, leaves[number]))
            )
            number += 1
            continue
        rest = [each for each in inside if each != part]
        call = _call(graph, part, rest, leaves)
        call.results = _needed(graph, part)
        steps.append((call.takes, call.results, call))
        number = part[1] + 1
    takes = dict.fromkeys(index for at in range(first, last + 1) for index in graph.nodes[at].inputs if index < first)
    call = Call(tuple(takes), steps)
    call.results = tuple(output.node for output in graph.outputs)
    return call


def _needed(graph: Graph, part: tuple[int, int]) -> tuple[int, ...]:
    """The nodes of ``part`` that another part takes, or that are outputs."""
    later = {index for node in graph.nodes[part[1] + 1 :] for index in node.inputs}
    outputs = {output.node for output in graph.outputs}
    return tuple(number for number in range(part[0], part[1] + 1) if number in later | outputs)


class _Leaf(nn.Module):
    """A node's module, given each tensor once."""

    def __init__(self, graph: Graph, number: int, module: nn.Module) -> None:
        super().__init__()
        inputs = graph.nodes[number].inputs
        distinct = tuple(dict.fromkeys(inputs))
        self.places = [distinct.index(index) for index in inputs]
        self.module = module

    def forward(self, *arguments: Tensor) -> Tensor:
        output: Tensor = self.module(*[arguments[place] for place in self.places])
        return output
