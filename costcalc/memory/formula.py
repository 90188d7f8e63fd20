"""Formulas for training memory that documents give, by author and title, to stand beside the figure of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from costcalc.dims import product
from costcalc.errors import UsageError, did_you_mean, shown
from costcalc.graph import Graph, Node
from costcalc.layers.base import PARAMETER_KINDS

__all__ = ["FORMULAS", "Formula", "Published", "formula_of"]

WIDTH = 4
"""Bytes of a number in the document's formula."""


class Formula(NamedTuple):
    """``terms``: by name, the row of a training table that a term stands beside, and its bytes."""

    terms: Mapping[str, tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(bytes for _, bytes in self.terms.values())


class Published(NamedTuple):
    """``title`` is what the formula adds up, ``compute`` evaluates it for a graph, ``notes`` say what it leaves out."""

    title: str
    compute: Callable[[Graph], Formula]
    notes: tuple[str, ...]


def formula_of(name: str, graph: Graph) -> Formula:
    """The formula called ``name``, of ``graph``. Raises UsageError for an unknown one."""
    if name not in FORMULAS:
        message = f"formula {shown(name)}: must be one of {', '.join(FORMULAS)}"
        raise UsageError(message, hint=did_you_mean(name, FORMULAS))
    return FORMULAS[name].compute(graph)


def _seed001(graph: Graph) -> Formula:
    """(parameters + gradients + largest feature map + largest filter) * 4, by the document's section 5.1.

    Its Table A1 takes as a layer's feature map (N_i + N_o) L_r L_c, that is input and output channels at the size of
    the input; its Table A2 as a filter F_r F_c N_i N_o, for a depthwise convolution too.
    """
    parameters = sum(
        product(tensor.shape)
        for node in graph.nodes
        for tensor in node.parameters
        if tensor.role in PARAMETER_KINDS["trainable"]
    )
    convs = [node for node in graph.nodes if node.layer.type == "conv"]
    terms = {
        "weights": ("weights", parameters),
        "gradients": ("gradients", parameters),
        "largest feature map": ("saved", max((_feature_map(node) for node in convs), default=0)),
        "largest filter": ("filter", max((_filter(node) for node in convs), default=0)),
    }
    return Formula({name: (row, WIDTH * count) for name, (row, count) in terms.items()})


def _feature_map(node: Node) -> int:
    channels, height, width = node.input_shapes[0]
    return (channels + node.shape[0]) * height * width


def _filter(node: Node) -> int:
    height, width = next(tensor for tensor in node.parameters if tensor.name == "weight").shape[2:]
    return node.input_shapes[0][0] * node.shape[0] * height * width


FORMULAS: Mapping[str, Published] = {
    "seed001": Published(
        "Dominguez, section 5.1",
        _seed001,
        (
            'Nancy Dominguez, "MobileNetV2: The Same but Better", section 5.1: (parameters + gradients + largest '
            "feature map + largest filter) * 4 bytes, for one image. It is not what training needs: of all that is "
            "saved it counts one convolution's input and output, it counts the largest filter twice, and no batch, "
            "optimizer state or gradient of a feature map.",
            "Its largest filter is F_r F_c N_i N_o even if depthwise. The document puts 2,983,984 in where 3*3*576*576 "
            "= 2,985,984, and its own Table A2 has a larger one: 3*3*960*960 = 8,294,400. The 4.6MB of its text is the "
            "sum before the * 4.",
        ),
    ),
}
