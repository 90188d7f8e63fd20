"""What every layer says of itself is what plain loops find, on ints, on arrays and on symbols alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy
import pytest
import sympy
import torch

from costcalc.dims import Dim, Shape, int_array
from tests.layers import brute, torch_side
from tests.layers.cases import CASES, Built, Case

Facts = dict[str, Dim]

EXACT_IN_FLOATS = {
    "conv",
    "linear",
    "rbf",
    "scale",
    "relu",
    "relu6",
    "max_pool",
    "avg_pool",
    "sum_pool",
    "global_avg_pool",
    "global_max_pool",
    "pool_to",
    "add",
    "multiply",
    "concat",
    "flatten",
    "identity",
    "dropout",
    "replicate",
    "conv_transpose",
    "pad",
    "crop",
    "space_to_depth",
    "resize",
    "slice",
    "shuffle",
}
"""The layers whose values on whole numbers floats hold exactly."""


def flat(output: Shape, parameters: Mapping[str, Shape], work: Mapping[str, Dim]) -> Facts:
    """All sizes and counts under one key each, so that three algebras compare alike; what is zero is left out later."""
    facts: Facts = {f"axis {place}": dim for place, dim in enumerate(output)}
    for name, shape in parameters.items():
        facts |= {f"{name} axis {place}": dim for place, dim in enumerate(shape)}
    return facts | {f"work {kind}": count for kind, count in work.items()}


def said(built: Built) -> Facts:
    """What the layer says, in the algebra of its arguments."""
    layer, inputs = built
    output = layer.out_shape(*inputs)
    parameters = {tensor.name: tensor.shape for tensor in layer.parameters(inputs, output)}
    return flat(output, parameters, layer.ledger(inputs, output))


def stored(built: Built) -> dict[str, Shape]:
    """The tensors of torch's module."""
    layer, inputs = built
    call = layer.torch(inputs, layer.out_shape(*inputs))
    return {name: shape for name, (_, shape) in torch_side.tensors(torch_side.build(call)).items()}


def found(built: Built) -> Facts:
    """What the loops find, and the tensors that torch's module stores."""
    layer, inputs = built
    shapes = stored(built)
    tensors = {name: brute.filled(shape) for name, shape in shapes.items()}
    if layer.type == "batch_norm":
        tensors = {name: brute.filled(inputs[0][:1]) for name in ("running_mean", "running_var")}
    output, work = brute.run(layer, [brute.filled(shape) for shape in inputs], tensors)
    return flat(brute.shape_of(output), shapes, work)


def without_zeros(facts: Mapping[str, Any]) -> dict[str, int]:
    """What is not zero, as Python ints."""
    return {name: int(value) for name, value in facts.items() if value != 0}


def on_ints(case: Case, settings: list[dict[str, int]]) -> list[dict[str, int]]:
    """The formulas, setting by setting."""
    return [without_zeros(said(case.build(**setting))) for setting in settings]


def on_arrays(case: Case, settings: list[dict[str, int]]) -> list[dict[str, int]]:
    """The formulas once, over all settings as int64 arrays."""
    facts = said(case.build(**{name: int_array(s[name] for s in settings) for name in case.sizes}))
    columns = {name: numpy.broadcast_to(numpy.asarray(value), len(settings)) for name, value in facts.items()}
    assert all(column.dtype == numpy.int64 for column in columns.values())
    return [without_zeros({name: column[i] for name, column in columns.items()}) for i in range(len(settings))]


def on_symbols(case: Case, settings: list[dict[str, int]]) -> list[dict[str, int]]:
    """The formulas once, as sympy expressions of the sizes that vary, into which each setting is put."""
    symbols = {name: sympy.Symbol(name, integer=True, positive=True) for name in case.sizes}
    fixed = {name: values[0] for name, values in case.sizes.items() if len(values) == 1}
    facts = {name: sympy.sympify(value) for name, value in said(case.build(**{**symbols, **fixed})).items()}
    results = []
    for setting in settings:
        values = {symbols[name]: value for name, value in setting.items()}
        exact = {name: expression.subs(values) for name, expression in facts.items()}
        assert all(value.is_Integer for value in exact.values()), exact
        results.append(without_zeros(exact))
    return results


@pytest.mark.parametrize("algebra", [on_ints, on_arrays, on_symbols])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_shapes_parameters_and_work_are_those_that_loops_find(
    case: Case, algebra: Callable[[Case, list[dict[str, int]]], list[dict[str, int]]]
) -> None:
    """One formula, three algebras: each agrees with loops that count every operation, to the last one."""
    settings = case.settings()
    assert algebra(case, settings) == [without_zeros(found(case.build(**setting))) for setting in settings]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_torch_module_stores_what_the_layer_says_and_gives_its_shape(case: Case) -> None:
    """Parameter names, roles and shapes are the torch module's, and so is the output shape."""
    for setting in case.settings():
        layer, inputs = case.build(**setting)
        output = layer.out_shape(*inputs)
        module = torch_side.build(layer.torch(inputs, output))
        parameters = layer.parameters(inputs, output)
        assert torch_side.tensors(module) == {p.name: (p.role != "statistic", p.shape) for p in parameters}
        assert torch_side.shape(module, *inputs) == output


@pytest.mark.parametrize("case", [case for case in CASES if case.type in EXACT_IN_FLOATS], ids=lambda case: case.title)
def test_the_torch_module_computes_the_values_of_the_loops(case: Case) -> None:
    """The module that a layer names does what the layer is counted for, padding, ceil mode and groups included."""
    for setting in case.settings(6):
        layer, inputs = case.build(**setting)
        call = layer.torch(inputs, layer.out_shape(*inputs))
        module = torch_side.build(call, "cpu").double()
        scale = 3600 if "avg" in layer.type or layer.type == "pool_to" else 1  # divisible by every window here
        images = [{i: scale * x for i, x in brute.filled(shape, k).items()} for k, shape in enumerate(inputs)]
        owned = [*module.named_parameters(), *module.named_buffers()]
        tensors = {name: brute.filled(tuple(tensor.shape)) for name, tensor in owned}
        with torch.no_grad():
            for name, tensor in owned:
                tensor.copy_(as_torch(tensors[name]))
            result = module(*(as_torch(image)[None] for image in images))[0]
        expected, _ = brute.run(layer, images, tensors)
        padded_average = layer.type == "avg_pool" and call.name == "PaddedAvgPool2d"
        if padded_average and call.arguments["kernel_size"] not in ((1, 1), (1, 2), (2, 1), (2, 2)):
            continue  # the module divides one mean by another, which is exact only if the windows are powers of two
        assert torch.equal(result, as_torch(expected))


def as_torch(tensor: brute.Tensor) -> torch.Tensor:
    """A tensor of the loops as one of torch, in float64."""
    values = torch.tensor([float(tensor[index]) for index in sorted(tensor)], dtype=torch.float64)
    return values.reshape(brute.shape_of(tensor))
