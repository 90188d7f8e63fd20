from collections.abc import Callable, Mapping
from typing import Any

import pytest

from costcalc.dims import Dim, Shape
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.layers.base import Layer, Parameter, TorchCall
from costcalc.layers.conv import Conv
from costcalc.layers.linear import Linear
from costcalc.layers.move import Identity
from costcalc.layers.norm import BatchNorm
from costcalc.measure.validate import (
    FVCORE,
    OUTPUT,
    TORCH,
    WHOLE,
    differences,
    summary,
    validate,
)
from costcalc.spec import load
from tests.measure.graphs import graph, layer, single_layers


def around(odd: Layer) -> Graph:
    """A small model with ``odd``, which takes and gives 8 channels, at ``stage2.odd``."""
    return graph(
        (3, 10, 12),
        ("stage1.conv", layer("conv", out=8, kernel=3, stride=2)),
        ("stage1.norm", layer("batch_norm")),
        ("stage2.odd", odd),
        ("stage3.conv", layer("conv", out=8, kernel=3)),
        ("stage3.add", layer("add"), ["stage1.norm", "stage3.conv"]),
        ("pool", layer("global_avg_pool")),
        ("head", layer("linear", out=4)),
    )


class WrongMacs(Conv):
    """Forgets the groups."""

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {"macs": super().ledger(inputs, output)["macs"] * self.groups}


class WrongWeight(Conv):
    """Takes height for width."""

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        (weight,) = super().parameters(inputs, output)
        out, cin, height, width = weight.shape
        return (weight._replace(shape=(out, cin, width, height)),)


class WrongShape(Conv):
    """Has a row too many."""

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = super().out_shape(*inputs)
        return channels, height + 1, width


class WrongTorch(Conv):
    """Builds a module with an argument changed."""

    def __init__(self, changed: Mapping[str, Any], **arguments: Any) -> None:
        super().__init__(**arguments)
        vars(self)["changed"] = changed

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        call = super().torch(inputs, output)
        return call._replace(arguments={**call.arguments, **vars(self)["changed"]})


class NoStatistics(BatchNorm):
    """Forgets the running mean and variance."""

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return super().parameters(inputs, output)[:2]


class WrongRole(Conv):
    """Takes a weight for a bias."""

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return tuple(tensor._replace(role="bias") for tensor in super().parameters(inputs, output))


class FreeConv(Identity):
    """Says that it costs nothing, and is a convolution."""

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return Conv(out=8).torch(inputs, output)


class CostlyIdentity(Identity):
    """Says that it multiplies, and does nothing."""

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {"macs": 7}


class ShortLinear(Linear):
    """Forgets the last input."""

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {"macs": (inputs[0][0] - 1) * self.out}


# 8 channels of 5 x 6 at stage2.odd; a convolution by 3 x 1 has 8 * 8 * 3 = 192 weights, 192 * 5 * 6 = 5760 products.
BROKEN: Mapping[str, tuple[Layer, set[tuple[str, Any, Any]]]] = {
    "macs": (
        WrongMacs(out=8, kernel=(3, 1), groups=2),
        {(FVCORE, 5760, 2880), (TORCH, 11520, 5760)},
    ),
    "a parameter's shape": (
        WrongWeight(out=8, kernel=(3, 1)),
        {("shape of weight", (8, 8, 1, 3), (8, 8, 3, 1))},
    ),
    "a buffer that is missing": (
        NoStatistics(),
        {("shape of running_mean", None, (8,)), ("shape of running_var", None, (8,)), ("stored", 16, 32)},
    ),
    "the role of a parameter": (
        WrongRole(out=8, kernel=(3, 1)),
        {("weights", 0, 192)},
    ),
    "groups of the module": (
        WrongTorch({"groups": 4}, out=8, kernel=(3, 1)),
        {
            ("shape of weight", (8, 8, 3, 1), (8, 2, 3, 1)),
            ("weights", 192, 48),
            ("trainable", 192, 48),
            ("stored", 192, 48),
            (FVCORE, 5760, 1440),
            (TORCH, 11520, 2880),
        },
    ),
    "a bias of the module": (
        WrongTorch({"bias": True}, out=8, kernel=(3, 1)),
        {("shape of bias", None, (8,)), ("trainable", 192, 200), ("stored", 192, 200)},
    ),
    "work that a free layer does": (
        FreeConv(),
        {
            ("shape of weight", None, (8, 8, 1, 1)),
            ("weights", 0, 64),
            ("trainable", 0, 64),
            ("stored", 0, 64),
            (FVCORE, 0, 1920),
            (TORCH, 0, 3840),
        },
    ),
    "work that is not done": (CostlyIdentity(), {(FVCORE, 7, 0), (TORCH, 14, 0)}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_with_a_layer_is_found_there_and_nowhere_else(what: str) -> None:
    """The path of the layer, the values on both sides; and the sums over the whole model, which go wrong with it."""
    odd, expected = BROKEN[what]
    found = validate(around(odd)).differences
    at_layer = {difference[1:] for difference in found if difference.path == "stage2.odd"}
    assert at_layer == expected
    paths = [difference.path for difference in found]
    assert paths == ["stage2.odd"] * len(expected) + [WHOLE] * (len(paths) - len(expected))
    sums = {difference.what for difference in found if difference.path == WHOLE}
    assert sums == {what for what, *_ in expected if not what.startswith("shape")}


def test_a_wrong_shape_is_found_first_where_it_arises() -> None:
    """What comes after it follows from it, and is told after it."""
    found = validate(around(WrongShape(out=8, kernel=(2, 3)))).differences
    assert found[0] == ("stage2.odd", OUTPUT, (8, 5, 6), (8, 4, 6))


def test_a_linear_layer_is_compared_too() -> None:
    """fvcore calls its operator linear."""
    found = validate(graph((5, 1, 1), ("flat", layer("flatten")), ("head", ShortLinear(out=3)))).differences
    assert found[:2] == (("head", FVCORE, 12, 15), ("head", TORCH, 24, 30))


def test_a_module_that_cannot_run_is_a_difference_where_it_stops() -> None:
    """What ran before it is compared, what would have come after it is not."""
    wide = WrongTorch({"stride": (2, 2)}, out=8, kernel=3)
    found = validate(around(wide)).differences
    assert ("stage2.odd", OUTPUT, (8, 5, 6), (8, 3, 3)) in found
    path, what, ours, theirs = found[-1]
    assert (path, what, ours) == ("stage3.add", "forward run", "runs")
    assert "[1, 8, 3, 3]" in theirs
    assert {difference.path for difference in found} == {"stage2.odd", "stage3.conv", "stage3.add"}


def test_a_module_that_cannot_be_built_is_an_error_at_its_layer() -> None:
    """There is nothing to compare then."""
    with pytest.raises(CostcalcError, match=r"^stage2\.odd: torch rejects"):
        validate(around(WrongTorch({"groups": 3}, out=8)))
    with pytest.raises(CostcalcError, match=r"^input: torch cannot create an image"):
        validate(graph((3, 2**40, 2**40), ("relu", layer("relu"))))


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_type_agrees_with_its_module(kind: str) -> None:
    """At the settings of its own tests: every padding, groups, dilation, vectors and images that are not square."""
    models = single_layers(kind)
    assert models
    assert {model.name: validate(model).differences for model in models} == {model.name: () for model in models}


def test_several_outputs_are_compared_by_name() -> None:
    """Here with groups, dilation, a product and a concatenation on the way."""
    model = graph(
        (6, 17, 11),
        ("half", layer("conv", out=12, kernel=(1, 3), groups=3, dilation=2, bias=True)),
        ("half.gate", layer("sigmoid")),
        ("half.product", layer("multiply"), ["half", "half.gate"]),
        ("joined", layer("concat"), ["input", "half.product"]),
        ("copies", layer("replicate", out=40)),
        ("pool", layer("global_max_pool")),
        ("head", layer("linear", out=3)),
        outputs=["joined", "head"],
    )
    result = validate(model)
    assert result.differences == ()
    assert (result.layers, result.params) == (7, 12 * 2 * 3 + 12 + 40 * 3 + 3)


@pytest.mark.parametrize(
    ("name", "knobs", "params", "macs"),
    [
        ("mobilenetv1", {}, 4_231_976, 568_740_352),
        ("mobilenetv2", {}, 3_504_872, 300_774_272),
        ("mobilenetv1", {"alpha": 0.3, "resolution": 97, "num_classes": 10}, None, None),
        ("mobilenetv2", {"alpha": 1.3, "resolution": 33, "num_classes": 10, "t": 4}, None, None),
    ],
)
def test_the_mobilenets_agree_with_their_modules(
    name: str, knobs: Mapping[str, Any], params: int | None, macs: int | None
) -> None:
    """At their published size, which they have, and at odd ones."""
    result = validate(infer(load(name), knobs))
    assert result.differences == ()
    assert result.checks > 6 * result.layers
    if params:
        assert (result.params, result.macs) == (params, macs)


def test_the_tables_have_a_row_for_each_model_and_for_each_difference() -> None:
    """Raw values, and the keys of their columns."""
    fine = validate(infer(load("mobilenetv2"), {"alpha": 0.75}))
    wrong = validate(around(CostlyIdentity()))
    table = summary([fine, wrong])
    assert [row["model"] for row in table.rows] == ["mobilenetv2", "by hand"]
    assert table.rows[0]["knobs"].startswith("alpha=0.75 resolution=224")
    assert [row["differences"] for row in table.rows] == [0, 4]
    assert table.rows[0]["params"] == fine.params
    details = differences([fine, wrong])
    assert [(row["path"], row["costcalc"], row["other"]) for row in details.rows][:2] == [
        ("stage2.odd", 7, 0),
        ("stage2.odd", 14, 0),
    ]
    for each in (table, details):
        assert all(set(row) == {column.key for column in each.columns} for row in each.rows)


@pytest.mark.parametrize("counter", ["fvcore_macs", "torch_forward"])
def test_a_counter_that_forgets_is_noticed(counter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the two counters is looked at by itself."""
    from costcalc.measure import validate as module

    true: Callable[..., Any] = getattr(module, counter)

    def forgetful(*arguments: Any) -> Any:
        counts = true(*arguments)
        if counter == "fvcore_macs":
            return {**counts, "head": 0}
        return counts._replace(flops={**counts.flops, "head": 0})

    monkeypatch.setattr(module, counter, forgetful)
    (difference,) = validate(around(Identity())).differences
    expected = ("head", FVCORE, 32, 0) if counter == "fvcore_macs" else ("head", TORCH, 64, 0)
    assert difference == expected
