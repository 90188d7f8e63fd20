"""The backward pass costs what loops count that compute the gradients one product at a time."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import pytest
import torch
from torch import nn

from costcalc.conventions import convention
from costcalc.conventions.tables import total
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.layers import LAYERS
from costcalc.layers.base import Layer
from costcalc.measure.build import build
from tests.measure.graphs import graph, layer

Index = tuple[int, ...]


class Product(NamedTuple):
    """One product of the forward pass: the elements of output, input and weight that it belongs to."""

    output: Index
    input: Index
    weight: Index


def conv_products(conv: nn.Conv2d, output: Index) -> Iterator[Product]:
    """Of a convolution, those with the padding included; ``input`` may lie outside the image."""
    channels, height, width = output
    per_group, kh, kw = conv.weight.shape[1:]
    for o, y, x, i, dy, dx in product(*map(range, (channels, height, width, per_group, kh, kw))):
        group = o // (conv.out_channels // conv.groups)
        row = y * conv.stride[0] + dy * conv.dilation[0] - int(conv.padding[0])
        column = x * conv.stride[1] + dx * conv.dilation[1] - int(conv.padding[1])
        yield Product((o, y, x), (group * per_group + i, row, column), (o, i, dy, dx))


def linear_products(linear: nn.Linear) -> Iterator[Product]:
    """Of a fully connected layer."""
    for o, i in product(range(linear.out_features), range(linear.in_features)):
        yield Product((o,), (i,), (o, i))


def gradients_by_loops(products: list[Product], gradient: torch.Tensor, image: torch.Tensor, weight: torch.Tensor):
    """The gradients of weight and input for that of the output, and how many products each took."""
    of_weight: dict[Index, float] = defaultdict(float)
    of_input: dict[Index, float] = defaultdict(float)
    counted = [0, 0]
    for one in products:
        inside = all(0 <= place < size for place, size in zip(one.input, image.shape, strict=True))
        value = float(image[one.input]) if inside else 0.0
        of_weight[one.weight] += float(gradient[one.output]) * value
        counted[0] += 1
        of_input[one.input] += float(gradient[one.output]) * float(weight[one.weight])
        counted[1] += 1
    kept = {index: value for index, value in of_input.items() if all(place >= 0 for place in index)}
    return of_weight, kept, counted


CASES = {
    "conv": ((4, 5, 6), layer("conv", out=6, kernel=3)),
    "conv with stride, dilation and bias": (
        (2, 9, 8),
        layer("conv", out=3, kernel=(3, 2), stride=(2, 1), dilation=(1, 2), padding=(1, 0), bias=True),
    ),
    "grouped conv": ((4, 5, 5), layer("conv", out=8, kernel=3, groups=2)),
    "depthwise conv": ((4, 6, 6), layer("conv", out=4, kernel=3, groups=4)),
    "depthwise conv with a multiplier": ((3, 4, 4), layer("conv", out=6, kernel=2, groups=3, padding="valid")),
    "pointwise conv": ((5, 3, 3), layer("conv", out=7)),
    "linear": ((6,), layer("linear", out=5)),
}


@pytest.mark.parametrize("case", CASES)
def test_each_gradient_takes_as_many_products_as_the_loops_count(case: str) -> None:
    """And the loops compute what autograd does: the count is of the right thing."""
    shape, operation = CASES[case]
    model = graph(shape, ("before", layer("batch_norm")), ("it", operation))
    built = build(model).double()
    module = built.get_submodule("it")
    assert isinstance(module, nn.Conv2d | nn.Linear)
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(-4, 5, shape, generator=generator).double().requires_grad_()
    with torch.no_grad():
        module.weight.copy_(torch.randint(-4, 5, module.weight.shape, generator=generator))
    output = module(image[None])[0]
    gradient = torch.randint(-4, 5, output.shape, generator=generator).double()
    output.backward(gradient)
    products = list(
        conv_products(module, tuple(output.shape)) if isinstance(module, nn.Conv2d) else linear_products(module)
    )
    of_weight, of_input, counted = gradients_by_loops(products, gradient, image.detach(), module.weight.detach())
    assert module.weight.grad is not None
    assert image.grad is not None
    assert all(float(module.weight.grad[index]) == value for index, value in of_weight.items())
    assert all(
        float(image.grad[index]) == value
        for index, value in of_input.items()
        if all(place < size for place, size in zip(index, shape, strict=True))
    )
    terms = total(convention("costcalc"), model, "backward").terms
    assert [terms["weight gradient"], terms["input gradient"]] == counted


def depthwise() -> Graph:
    """The example of the peers: torch's own counter says 4,866,048."""
    return graph((32, 16, 16), ("norm", layer("batch_norm")), ("conv", layer("conv", out=32, kernel=3, groups=32)))


def test_a_depthwise_convolution_is_charged_for_its_own_channels_only() -> None:
    """2 gradients * 2 FLOPs * 9 * 32 * 16 * 16 = 294912; torch multiplies 32 by 32 channels in the weight gradient."""
    assert total(convention("costcalc"), depthwise(), "backward").flops == 294_912
    told = total(convention("torch"), depthwise(), "backward")
    # 2 * 73728 + 31 * 2 * 73728 + 2 * 73728
    assert told.number == 4_866_048
    assert told.terms["weight gradient, groups forgotten"] == 31 * 2 * 73_728


def chain() -> Graph:
    """Three convolutions of 48 * 9, 72 * 9 and 108 * 9 weights on 8 x 8 pixels, and a classifier of 18 weights."""
    return graph(
        (4, 8, 8),
        ("stem.conv", layer("conv", out=12, kernel=3)),
        ("body.conv1", layer("conv", out=6, kernel=3)),
        ("body.conv2", layer("conv", out=18, kernel=3)),
        ("pool", layer("global_avg_pool")),
        ("head", layer("linear", out=1)),
    )


STEM, ONE, TWO, HEAD = 48 * 9 * 64, 72 * 9 * 64, 108 * 9 * 64, 18


@pytest.mark.parametrize(
    ("freeze", "weight", "input"),
    [
        ((), STEM + ONE + TWO + HEAD, ONE + TWO + HEAD),  # the image needs no gradient
        (("stem",), ONE + TWO + HEAD, TWO + HEAD),  # nothing before conv1 is trained any more
        (("body.conv1",), STEM + TWO + HEAD, ONE + TWO + HEAD),  # the stem's gradient still goes through conv1
        (("stem", "body"), HEAD, 0),
        (("head",), STEM + ONE + TWO, ONE + TWO + HEAD),
        (("*",), 0, 0),
    ],
    ids=str,
)
def test_frozen_layers_are_charged_only_for_what_still_runs(freeze: tuple[str, ...], weight: int, input: int) -> None:
    """No weight gradient of their own, and no input gradient where nothing before them is trained."""
    terms = total(convention("costcalc"), chain(), "backward", freeze=freeze).terms
    assert (terms.get("weight gradient", 0), terms.get("input gradient", 0)) == (weight, input)


def test_a_training_step_is_both_passes() -> None:
    """Freezing changes the backward one alone."""
    costcalc = convention("costcalc")
    for freeze in ((), ("stem",)):
        parts = [total(costcalc, chain(), quantity, freeze=freeze).number for quantity in ("macs", "backward")]
        assert total(costcalc, chain(), "training", freeze=freeze).number == sum(parts)


@pytest.mark.parametrize(
    ("freeze", "again"),
    [
        ((), STEM + ONE + TWO + HEAD),
        (("stem",), ONE + TWO + HEAD),  # no gradient goes through the stem: nothing there is computed again
        (("body.conv1", "stem"), ONE + TWO + HEAD),  # the stage body is computed again as a whole
        (("body",), STEM + ONE + TWO + HEAD),  # the gradient goes through the frozen stage to the stem
        (("*",), 0),
    ],
    ids=str,
)
def test_checkpointing_computes_each_stage_with_a_gradient_once_more(freeze: tuple[str, ...], again: int) -> None:
    """The forward pass of the stage, frozen layers in it included."""
    plain = total(convention("costcalc"), chain(), "training", freeze=freeze)
    found = total(convention("costcalc"), chain(), "training", freeze=freeze, checkpoint=True)
    assert found.terms.get("recomputed", 0) == again
    assert found.number == plain.number + again


def test_mobilenetv2_costs_2362842112_flops_backwards() -> None:
    """For two images; torch's counter says 23356304896."""
    from costcalc import infer, load

    model = infer(load("mobilenetv2"))
    # 2 images * 2 FLOPs * (2 * 300774272 - 10838016)
    assert total(convention("costcalc"), model, "backward", batch=2).flops == 2_362_842_112
    assert total(convention("torch"), model, "backward", batch=2).number == 23_356_304_896


@pytest.mark.parametrize("name", ["fvcore", "ptflops", "thop", "torchinfo", "keras"])
def test_tools_without_a_backward_pass_say_so(name: str) -> None:
    """They are not given one that they do not have."""
    with pytest.raises(UsageError, match=f"^{name} counts only (the forward pass|parameters)"):
        total(convention(name), chain(), "backward")


def test_every_layer_that_multiplies_has_one_input() -> None:
    """So that the gradient of its input is one product for each of the forward pass."""
    multiplying = [each for each in LAYERS.values() if _multiplies(each)]
    assert {each.type for each in multiplying} >= {"conv", "linear"}
    assert all(each.arity == (1, 1) for each in multiplying)


def _multiplies(kind: type[Layer]) -> bool:
    from tests.measure.graphs import single_layers

    return any("macs" in one.nodes[1].ledger for one in single_layers(kind.type))
