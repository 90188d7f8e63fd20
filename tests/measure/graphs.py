"""Graphs made by hand, for tests that need no spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.dims import Shape
from costcalc.errors import LayerError
from costcalc.graph import Graph, Node, Output
from costcalc.layers import LAYERS
from costcalc.layers.base import Input, Layer
from tests.layers.cases import CASES


def layer(kind: str, **arguments: object) -> Layer:
    """The layer that a spec calls ``kind``."""
    return LAYERS[kind](**arguments)


def graph(
    image: Shape, *steps: tuple[str, Layer] | tuple[str, Layer, Sequence[str]], outputs: Sequence[str] = ()
) -> Graph:
    """A graph of steps ``(path, layer)``, each after the one before it, or ``(path, layer, paths of its inputs)``.

    The path of the image is ``input``; ``outputs`` are paths, the last step's if there are none.
    """
    nodes = [Node("input", "input", Input(image), (), (), image)]
    index = {"input": 0}
    for path, operation, *given in steps:
        inputs = tuple(index[name] for name in given[0]) if given else (len(nodes) - 1,)
        shapes = tuple(nodes[number].shape for number in inputs)
        index[path] = len(nodes)
        nodes.append(Node(path, path.split(".")[0], operation, inputs, shapes, operation.out_shape(*shapes)))
    results = tuple(Output(path, index[path]) for path in outputs or (nodes[-1].path,))
    return Graph("by hand", "A graph made by hand", {}, tuple(nodes), results)


def single_layers(kind: str) -> list[Graph]:
    """Graphs of one ``kind`` layer each: a few settings of every case of the layers' own tests with one input shape."""
    return list(_single_layers(kind))


def _single_layers(kind: str) -> Iterator[Graph]:
    for case in CASES:
        for setting in case.settings(4) if case.type == kind else ():
            operation, shapes = case.build(**setting)
            try:
                if len(set(shapes)) == 1:
                    made = graph(shapes[0], ("it", operation, ["input"] * len(shapes)))
                    yield made._replace(name=f"{case.title} {setting}")
            except LayerError:
                continue  # a kernel that does not fit its image
