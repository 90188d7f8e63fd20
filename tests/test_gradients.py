"""Which gradients a backward pass computes is what torch's autograd computes."""

import pytest
import torch

from costcalc.errors import UsageError
from costcalc.gradients import frozen_nodes, gradients
from costcalc.graph import Graph
from costcalc.measure.build import build, module_names
from tests.measure.graphs import graph, layer


def branches() -> Graph:
    """A layer without parameters before the first with any, a residual connection, two outputs."""
    return graph(
        (3, 6, 6),
        ("pool", layer("max_pool", kernel=2)),
        ("stem.conv", layer("conv", out=4)),
        ("stem.norm", layer("batch_norm")),
        ("stem.plain", layer("batch_norm", affine=False)),
        ("body.conv", layer("conv", out=4, groups=2, bias=True)),
        ("body.add", layer("add"), ["stem.plain", "body.conv"]),
        ("side", layer("conv", out=2), ["pool"]),
        ("gap", layer("global_avg_pool"), ["body.add"]),
        ("head", layer("linear", out=3)),
        outputs=["head", "side"],
    )


def by_autograd(model: Graph, frozen: set[int]) -> list[tuple[bool, bool]]:
    """Of every node but the image: do its own parameters get a gradient, and does its input?"""
    built = build(model)
    names = module_names(model)
    for index in frozen:
        built.get_submodule(names[model.nodes[index].path]).requires_grad_(False)
    needed: dict[str, bool] = {}
    for node in model.nodes[1:]:
        module = built.get_submodule(names[node.path])
        module.register_forward_hook(
            lambda _, inputs, __, path=node.path: needed.update({path: any(x.requires_grad for x in inputs)})
        )
    outputs = built(torch.randn(2, *model.nodes[0].shape)).values()
    sum(output.sum() for output in outputs).backward()
    found = []
    for node in model.nodes[1:]:
        tensors = list(built.get_submodule(names[node.path]).parameters())
        found.append((any(tensor.grad is not None for tensor in tensors), needed[node.path]))
    return found


@pytest.mark.parametrize(
    "freeze",
    [(), ("stem",), ("stem.conv",), ("stem.norm", "body*"), ("stem", "side"), ("head",), ("stem", "body", "side")],
    ids=" ".join,
)
def test_gradients_are_those_of_autograd(freeze: tuple[str, ...]) -> None:
    """None for what is frozen, none for the input of what nothing trained comes before, all others."""
    model = branches()
    frozen = frozen_nodes(model, freeze)
    assert [tuple(each) for each in gradients(model, freeze)[1:]] == by_autograd(model, frozen)


def test_the_image_and_what_comes_from_it_alone_need_no_gradient() -> None:
    """The first convolution needs one for its weights only."""
    found = dict(zip((node.path for node in branches().nodes), gradients(branches()), strict=True))
    assert found["input"] == found["pool"] == (False, False)
    assert found["stem.conv"] == found["side"] == (True, False)
    assert found["stem.norm"] == (True, True)
    assert found["stem.plain"] == (False, True)


def test_a_pattern_names_layers_and_the_blocks_around_them() -> None:
    """As fnmatch does, with paths: a star goes through dots."""
    model = branches()

    def paths(*patterns: str) -> list[str]:
        return [model.nodes[index].path for index in sorted(frozen_nodes(model, patterns))]

    assert paths("stem") == paths("stem.*") == paths("st??") == ["stem.conv", "stem.norm"]
    assert paths("*.conv") == ["stem.conv", "body.conv"]
    assert paths("stem.norm", "head") == ["stem.norm", "head"]
    assert paths("*") == ["stem.conv", "stem.norm", "body.conv", "side", "head"]
    assert paths() == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("stam", r"^freeze = stam: by hand has no layer that matches \(did you mean stem\?\)$"),
        ("stem.con", r"did you mean stem.conv\?"),
        ("zzzzz", r"costcalc show by hand lists the layers"),
        ("Stem", r"did you mean stem\?"),
        ("", "by hand has no layer that matches"),
        ("gap", "^freeze = gap: what it matches in by hand has no parameters$"),
        ("stem.plain", "has no parameters"),
        ("input", "has no parameters"),
    ],
)
def test_a_pattern_that_freezes_nothing_is_an_error(pattern: str, said: str) -> None:
    """It names no layer, or only such as have nothing to train; one that does beside it changes nothing."""
    for patterns in ((pattern,), ("head", pattern)):
        with pytest.raises(UsageError, match=said):
            frozen_nodes(branches(), patterns)
