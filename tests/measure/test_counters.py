import warnings

import pytest
import torch
from torch import nn

from costcalc.graph import Graph
from costcalc.measure.build import build
from costcalc.measure.counters import FVCORE_MAC_OPERATORS, Forward, fvcore_macs, torch_forward
from tests.measure.graphs import graph, layer


def convolutions() -> Graph:
    """Every way in which a convolution can differ, poolings that pad, and a linear layer."""
    return graph(
        (4, 13, 18),
        ("stem.conv", layer("conv", out=8, kernel=(4, 3), stride=(2, 1), padding="same", bias=True)),
        ("half.conv", layer("conv", out=6, kernel=3, dilation=(1, 3), groups=2)),
        ("depthwise", layer("conv", out=12, kernel=5, groups=6, padding="valid")),
        ("max", layer("max_pool", kernel=2, stride=2, padding="same")),
        ("average", layer("avg_pool", kernel=2, padding="same", count_include_pad=False)),
        ("copies", layer("replicate", out=17)),
        ("adaptive", layer("pool_to", size=(2, 3))),
        ("flat", layer("flatten")),
        ("head", layer("linear", out=5)),
        ("last", layer("linear", out=3, bias=False)),
    )


def image(model: Graph, device: str = "meta") -> torch.Tensor:
    """One image for ``model``."""
    return torch.zeros(1, *model.nodes[0].shape, device=device)


def test_fvcore_counts_on_meta_tensors_what_it_counts_on_real_ones() -> None:
    """Nothing of ours stands between fvcore and the real module on a CPU."""
    from fvcore.nn import FlopCountAnalysis  # here, because costcalc.measure.counters must silence its import first

    model = convolutions()
    analysis = FlopCountAnalysis(build(model).eval(), (image(model, "cpu"),))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    real = {
        name: sum(operators[operator] for operator in FVCORE_MAC_OPERATORS)
        for name, operators in analysis.by_module_and_operator().items()
    }
    assert fvcore_macs(build(model, device="meta").eval(), image(model)) == real
    assert real["half_.conv"] == 3 * 3 * (8 // 2) * 6 * 7 * 18  # the stem's output is 7 x 18


def test_fvcore_counts_products_alone() -> None:
    """Its batch norm and its adaptive pooling are not multiply-accumulates."""
    model = graph((3, 8, 8), ("norm", layer("batch_norm")), ("pool", layer("global_avg_pool")))
    assert set(fvcore_macs(build(model, device="meta").eval(), image(model)).values()) == {0}


def test_torch_s_flops_are_two_for_each_multiply_accumulate() -> None:
    """By the names of the modules, those with an underscore too, and in the whole."""
    model = convolutions()
    built = build(model, device="meta").eval()
    forward = torch_forward(built, image(model))
    macs = fvcore_macs(built, image(model))
    containers = ("stem", "half_")  # torch counts by the modules that are called, fvcore by those around them too
    assert {name: 2 * count for name, count in macs.items() if count and name not in containers} == forward.flops
    assert forward.flops["half_.conv"] == 2 * 3 * 3 * (8 // 2) * 6 * 7 * 18
    assert forward.refused is None


def test_shapes_are_told_for_one_image_by_module() -> None:
    """And for the module itself under the empty name, or by output where it has several."""
    steps = [("a.conv", layer("conv", out=2)), ("b", layer("global_avg_pool"))]
    one = graph((3, 4, 5), *steps)
    assert torch_forward(build(one, device="meta"), image(one)).shapes == {"a.conv": (2, 4, 5), "b": (2,), "": (2,)}
    two = graph((3, 4, 5), *steps, outputs=["b", "a.conv"])
    forward = torch_forward(build(two, device="meta"), image(two))
    assert forward.shapes == {"a.conv": (2, 4, 5), "b": (2,)}
    assert forward.outputs == {"b": (2,), "a.conv": (2, 4, 5)}


def test_a_run_that_fails_says_where_and_keeps_what_came_before() -> None:
    """The message is one line, and no hook is left behind."""
    built = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(3, 2, 1), nn.ReLU()).to("meta")
    forward = torch_forward(built, torch.zeros(1, 3, 4, 5, device="meta"))
    assert forward.shapes == {"0": (2, 4, 5)}
    assert forward.flops == {"0": 2 * 3 * 2 * 4 * 5, "": 2 * 3 * 2 * 4 * 5}
    assert forward.refused is not None
    assert forward.refused[0] == "1"
    assert "channel" in forward.refused[1]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in built.modules())


def test_a_failure_between_two_submodules_is_the_module_s_own() -> None:
    """The empty name; not the submodule that ran before it."""

    class Odd(nn.Sequential):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = super().forward(input)
            return result.reshape(7)

    forward = torch_forward(Odd(nn.ReLU()), torch.zeros(1, 3, 4, 5, device="meta"))
    assert forward.refused is not None
    assert forward.refused[0] == ""


def test_counting_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """fvcore warns of operators that it does not know, and torch of what it deprecates."""
    model = convolutions()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        built = build(model, device="meta").eval()
        assert isinstance(torch_forward(built, image(model)), Forward)
        fvcore_macs(built, image(model))
    assert caught == []
    assert caplog.records == []
