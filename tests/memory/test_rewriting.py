"""Batch norms folded, activations in place, and the three fused. That their modules do the same: tests/measure."""

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers.allocation import Tensors
from costcalc.memory.liveness import liveness
from costcalc.memory.program import program
from costcalc.memory.rewriting import fold, fuse, in_place
from costcalc.spec import load
from tests.measure.graphs import graph, layer


def written_over(one: Graph) -> set[str]:
    """The paths of the activations that run in place."""
    return {node.path for node in one.nodes if repr(node.layer).endswith(" in place")}


def peak(one: Graph) -> int:
    """The peak in bytes, one byte per element."""
    return liveness(program(one, Tensors(1, 1))).peak


UNIT = graph((4, 5, 5), ("conv", layer("conv", out=8)), ("norm", layer("batch_norm")), ("act", layer("relu")))


def test_folding_leaves_a_bias_where_a_batch_norm_was() -> None:
    """The convolution gets 8 biases, the batch norm's 8 scales and 8 shifts go."""
    folded = fold(UNIT)
    assert [node.path for node in folded.nodes] == ["input", "conv", "act"]
    assert folded.nodes[1].layer.bias  # type: ignore[attr-defined]
    assert total_params(folded) == {"weights": 32, "trainable": 40, "stored": 40}
    assert total_macs(folded) == total_macs(UNIT)


def test_each_rewriting_saves_what_it_should() -> None:
    """The input is 100, the others 200 each: two of these are live as it stands, one where all is one operation."""
    assert peak(UNIT) == 100 + 2 * 200
    assert peak(in_place(UNIT)) == 100 + 2 * 200
    assert peak(in_place(fold(UNIT))) == 100 + 200
    assert peak(fuse(UNIT)) == 100 + 200
    assert peak(fold(UNIT)) == 100 + 2 * 200


def test_a_batch_norm_stays_where_it_cannot_fold() -> None:
    """After a pooling, after a convolution that another layer reads too, and where the convolution is an output."""
    pooled = graph((4, 4, 4), ("pool", layer("max_pool", kernel=2)), ("norm", layer("batch_norm")))
    assert fold(pooled) == pooled
    read = graph(
        (4, 4, 4),
        ("conv", layer("conv", out=4)),
        ("norm", layer("batch_norm")),
        ("add", layer("add"), ("conv", "norm")),
    )
    assert [node.path for node in fold(read).nodes] == ["input", "conv", "norm", "add"]
    given = graph((4, 4, 4), ("conv", layer("conv", out=4)), ("norm", layer("batch_norm")), outputs=("conv", "norm"))
    assert [node.path for node in fold(given).nodes] == ["input", "conv", "norm"]


def test_a_folded_batch_norm_may_be_an_output() -> None:
    """Then the convolution is."""
    one = fold(graph((4, 4, 4), ("conv", layer("conv", out=4)), ("norm", layer("batch_norm"))))
    assert [(output.name, one.nodes[output.node].path) for output in one.outputs] == [("norm", "conv")]


@pytest.mark.parametrize("word", ["relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_swish", "silu", "elu", "mish"])
def test_these_activations_run_in_place(word: str) -> None:
    """Those whose class in torch has the argument."""
    assert written_over(in_place(graph((2, 3, 3), ("conv", layer("conv", out=4)), ("act", layer(word))))) == {"act"}


@pytest.mark.parametrize("word", ["sigmoid", "tanh", "softmax", "gelu", "scaled_tanh"])
def test_others_do_not(word: str) -> None:
    """They stay as they are, fused or not."""
    one = graph((2, 3, 3), ("conv", layer("conv", out=4)), ("act", layer(word)))
    assert written_over(in_place(one)) == written_over(fuse(one)) == set()


def test_nothing_is_overwritten_that_is_read_under_another_name() -> None:
    """Neither the image, nor what a view of another reader shows, nor an output."""
    conv, relu, drop, add = layer("conv", out=2), layer("relu"), layer("dropout"), layer("add")
    image = graph((2, 3, 3), ("act", relu))
    shown = graph((2, 3, 3), ("drop", drop), ("act", relu))
    view = graph((2, 3, 3), ("conv", conv), ("drop", drop), ("act", relu), ("add", add, ("act", "conv")))
    branch = graph((2, 3, 3), ("conv", conv), ("act", relu), ("two", relu, ("conv",)), ("add", add, ("act", "two")))
    output = graph((2, 3, 3), ("conv", conv), ("act", relu), outputs=("conv", "act"))
    for one in (image, shown, view, branch, output):
        assert written_over(in_place(one)) == set()
    alone = graph((2, 3, 3), ("conv", conv), ("drop", drop), ("act", relu))
    assert written_over(in_place(alone)) == {"act"}


def test_only_activations_after_a_linear_operation_are_fused() -> None:
    """The one after an addition is an operation of its own, unless it is to be in place anyway."""
    one = infer(load("resnet18"))
    fused, both = written_over(fuse(one)), written_over(in_place(fuse(one)))
    adds = {node.path for node in one.nodes if node.inputs and one.nodes[node.inputs[0]].layer.type == "add"}
    assert fused
    assert not fused & adds
    assert adds & both
    assert fused < both
