"""Theorems about every shipped model, or every layer, at once: each goes through all of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from costcalc.analyses.cost import total
from costcalc.conventions.base import counts
from costcalc.conventions.costcalc_ import CONVENTION
from costcalc.dims import product
from costcalc.errors import CostcalcError, shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.layers.base import WORK_KINDS
from costcalc.quantities import KINDS, QUANTITIES, Setting, quantity
from costcalc.spec.library import load
from costcalc.spec.model import ModelSpec
from costcalc.spec.parts import load_any
from costcalc.spec.shipped import shipped_models
from costcalc.symbolic.graph import numbers, symbolic
from costcalc.symbolic.piecewise import Piecewise, random_values
from costcalc.symbolic.proofs.verdict import PROVED, REFUTED, UNDECIDED, Theorem, Verdict

__all__ = ["EVERY", "POINTS"]

POINTS = 6
"""At how many random points each model is counted both ways, and each layer at four times as many."""

SUMS = ("macs", *KINDS.values())
COSTS = (*WORK_KINDS, *KINDS.values())

Check = Callable[[ModelSpec], str | None]
"""None if the claim holds for a model; else a counterexample."""


def _checked(models: Callable[[], list[ModelSpec]], check: Check, by: str) -> Callable[[], Verdict]:
    """A proof that asks ``check`` about each of ``models``: proved if none is a counterexample."""

    def prove() -> Verdict:
        every = models()
        for model in every:
            try:
                found = check(model)
            except CostcalcError as error:
                return Verdict(UNDECIDED, f"{model.name}: {error}")
            if found is not None:
                return Verdict(REFUTED, f"{model.name}: {found}")
        return Verdict(PROVED, f"{len(every)} times, {by}")

    return prove


def _models() -> list[ModelSpec]:
    return [load(name) for name in shipped_models()]


def _layers() -> list[ModelSpec]:
    return [load_any(name) for name in LAYERS]


def _sum_of_layers(model: ModelSpec) -> str | None:
    import sympy

    graph = symbolic(model).graph
    for key in SUMS:
        whole, added = total(graph, key), sympy.Add(*_terms(graph, key))
        if whole != added and (rest := sympy.expand(whole - added)) != 0:
            return f"the total of {key} is more than the sum by {rest}"
    return None


def _weight_gradients(model: ModelSpec) -> str | None:
    import sympy

    graph = symbolic(model).graph
    for node, terms in zip(graph.nodes, counts(CONVENTION, graph, "backward"), strict=True):
        forward, gradient = node.ledger.get("macs", 0), terms.get("weight gradient", 0)
        # A transposed convolution takes each weight for each position of its input.
        shape = node.input_shapes[0] if node.layer.type == "conv_transpose" else node.shape
        products = node.params["weights"] * product(shape[1:])
        for other in (forward, products):
            if gradient != other and sympy.expand(gradient - other) != 0:
                return f"{node.path}: the gradient takes {gradient}, not {other}"
    return None


def _free_of_resolution(model: ModelSpec) -> str | None:
    derived = symbolic(model, {}, ["resolution"])
    flattened = any(
        node.layer.type == "flatten" and any(derived.symbols.spatial & _free(size) for size in node.input_shapes[0])
        for node in derived.graph.nodes
    )
    depending = [node.path for node in derived.graph.nodes if any(map(_free, node.params.values()))]
    if flattened:
        return None if depending else "an image is flattened, and still no layer's parameters depend on its size"
    return f"the parameters of {depending[0]} depend on the resolution" if depending else None


def _free(size: Any) -> frozenset[Any]:
    symbols: frozenset[Any] = frozenset(getattr(size, "free_symbols", ()))
    return symbols


def _sums(graph: Graph) -> list[Any]:
    """The sums over all layers of a graph: multiply-accumulates, and the kinds of parameters."""
    import sympy

    return [sympy.Add(*_terms(graph, key)) for key in SUMS]


def _terms(graph: Graph, key: str) -> Sequence[Any]:
    return QUANTITIES[key].by_node(graph, Setting())


def _same_both_ways(model: ModelSpec) -> str | None:
    forms = Piecewise(model, _sums)
    for values, graph in _possible(model, POINTS):
        counted = {key: total(graph, key) for key in SUMS}
        difference = _difference(counted, forms.values(values, graph), values)
        if difference is not None:
            return difference
    return None


def _costs(graph: Graph) -> list[Any]:
    """What the last layer of a graph costs, in every kind of work and of parameters."""
    return [quantity(key).by_node(graph, Setting())[-1] for key in COSTS]


def _layer_both_ways(model: ModelSpec) -> str | None:
    forms = Piecewise(model, _costs, [name for name in numbers(model) if isinstance(model.knobs[name].default, int)])
    for values, graph in _possible(model, 4 * POINTS):
        counted = dict(zip(COSTS, _costs(graph), strict=True))
        difference = _difference(counted, forms.values(values, graph), values)
        if difference is not None:
            return difference
    return None


def _difference(counted: Mapping[str, Any], forms: Sequence[Any], values: Mapping[str, Any]) -> str | None:
    for (what, count), form in zip(counted.items(), forms, strict=True):
        if count != form:
            where = ", ".join(f"{name} = {shown(value)}" for name, value in values.items())
            return f"{what} at {where}: {form} by the closed form, {count} by counting"
    return None


def _possible(model: ModelSpec, count: int) -> Iterator[tuple[dict[str, Any], Graph]]:
    """``count`` settings of the knobs that give a graph, with it. Raises CostcalcError where hardly any does."""
    pick = random.Random(model.name)
    found = 0
    for attempt in range(20 * count):
        values = random_values(model, pick)
        try:
            graph = infer(model, values)
        except CostcalcError:
            if attempt == 20 * count - 1:
                raise
            continue
        yield values, graph
        found += 1
        if found == count:
            return


EVERY: Mapping[str, Theorem] = {
    theorem.name: theorem
    for theorem in (
        Theorem(
            "sum-of-layers",
            "The total of a model is the sum over its layers, for multiply-accumulates and all kinds of parameters.",
            "costcalc: totals are sums over nodes",
            "every shipped model, over all knobs that can be symbols",
            _checked(_models, _sum_of_layers, "by sympy"),
        ),
        Theorem(
            "weight-gradients",
            "In the backward pass the gradient of the weights of each layer takes as many multiply-accumulates as its"
            " forward pass, one for each weight and position.",
            "costcalc's own convention (macs --backward); why it is so: weight-gradient",
            "every layer, alone and in every shipped model, over all knobs that can be symbols",
            _checked(lambda: [*_layers(), *_models()], _weight_gradients, "by sympy"),
        ),
        Theorem(
            "parameters-without-resolution",
            "The number of parameters does not depend on the resolution, unless the model flattens an image whose size"
            " does: then it does.",
            "Howard et al. 2017, arXiv:1704.04861, Table 7: 4.2 million at every resolution",
            "every shipped model with a resolution, in the residue class of its default modulo the model's stride",
            _checked(
                lambda: [model for model in _models() if "resolution" in model.knobs], _free_of_resolution, "by sympy"
            ),
        ),
        Theorem(
            "forms-of-models",
            f"At {POINTS} points that are drawn at random, the same in each run, the exact closed form of each model is"
            " the number that counting gives.",
            "costcalc: one formula over ints and over symbols",
            "every shipped model; multiply-accumulates and all kinds of parameters",
            _checked(_models, _same_both_ways, f"at {POINTS} points each"),
        ),
        Theorem(
            "forms-of-layers",
            f"At {4 * POINTS} points that are drawn at random, the same in each run, the closed form of each layer is"
            " the number that counting gives.",
            "costcalc: one formula over ints and over symbols",
            "every layer; all kinds of work and of parameters",
            _checked(_layers, _layer_both_ways, f"at {4 * POINTS} points each"),
        ),
    )
}
"""The theorems by name."""
