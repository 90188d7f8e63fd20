from weakref import WeakSet

import numpy
import pytest
import sympy
import torch
from torch import Tensor, nn

from costcalc.dims import Shape
from costcalc.errors import CostcalcError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.layers import LAYERS
from costcalc.layers.base import TorchCall
from costcalc.layers.conv import Conv
from costcalc.layers.move import Identity
from costcalc.measure.build import FlatModule, build, module_names
from costcalc.spec import load
from tests.measure.graphs import graph, layer, single_layers


def residual() -> Graph:
    """Two convolutions with a shortcut, pooling and a linear layer."""
    return graph(
        (3, 8, 8),
        ("stem", layer("conv", out=4, kernel=3)),
        ("block.conv", layer("conv", out=4, kernel=3, bias=True)),
        ("block.relu", layer("relu")),
        ("block.add", layer("add"), ["stem", "block.relu"]),
        ("pool", layer("global_avg_pool")),
        ("head", layer("linear", out=2)),
    )


def named(*paths: str) -> dict[str, str]:
    """The names of the modules of nodes at ``paths``."""
    return module_names(graph((3, 4, 4), *((path, layer("relu")) for path in paths)))


def tensor(result: Tensor | dict[str, Tensor]) -> Tensor:
    """The result of a graph with one output."""
    assert isinstance(result, Tensor)
    return result


def test_the_path_of_a_node_is_the_name_of_its_module() -> None:
    """Every node but the input is found by its path."""
    model = infer(load("mobilenetv2"))
    modules = dict(build(model, device="meta").named_modules())
    assert isinstance(modules["stage6.1.expand.conv"], nn.Conv2d)
    assert {node.path for node in model.nodes[1:]} <= set(modules)
    assert "input" not in modules


def test_names_that_torch_keeps_for_itself_get_an_underscore() -> None:
    """Anywhere in a path, and only those."""
    names = named("train.conv", "x.half", "type", "forward", "run", "training", "0.weight")
    assert list(names.values()) == ["train_.conv", "x.half_", "type_", "forward_", "run_", "training_", "0.weight"]


def test_a_node_that_other_paths_go_through_gets_an_underscore() -> None:
    """As many as it takes to be alone; what is fine keeps its name, whatever comes first."""
    assert named("stem", "stem.conv") == {"stem": "stem_", "stem.conv": "stem.conv"}
    assert named("stem.conv", "stem", "stem_")["stem"] == "stem__"
    assert named("half_", "half.conv", "half") == {"half_": "half_", "half.conv": "half__.conv", "half": "half___"}


def test_strange_names_build_and_run() -> None:
    """A module called like a method of torch does not replace it."""
    paths = ["half", "half.train", "half.train.type", "stem_", "stem", "stem.conv"]
    model = graph((3, 4, 4), *((path, layer("conv", out=3)) for path in paths))
    built = build(model)
    modules = dict(built.named_modules())
    assert all(isinstance(modules[name], nn.Conv2d) for name in module_names(model).values())
    assert tensor(built.half()(torch.zeros(1, 3, 4, 4, dtype=torch.float16))).shape == (1, 3, 4, 4)


def test_a_built_graph_computes_what_its_layers_say() -> None:
    """The same numbers, to the last bit, as torch's functions on the same weights."""
    built = build(residual(), dtype=torch.float64)
    weights = dict(built.named_parameters())
    image = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    stem = nn.functional.conv2d(image, weights["stem.weight"], padding=1)
    branch = nn.functional.conv2d(stem, weights["block.conv.weight"], weights["block.conv.bias"], padding=1)
    pooled = nn.functional.adaptive_avg_pool2d(stem + branch.relu(), 1).flatten(1)
    expected = nn.functional.linear(pooled, weights["head.weight"], weights["head.bias"])
    assert torch.equal(tensor(built(image)), expected)


def test_a_step_of_sgd_changes_every_parameter() -> None:
    """Forward in training mode, backward, and a step, for a whole shipped model."""
    torch.manual_seed(0)
    built = build(infer(load("mobilenetv2"), {"alpha": 0.35, "resolution": 64, "num_classes": 10}))
    before = {name: parameter.detach().clone() for name, parameter in built.named_parameters()}
    optimizer = torch.optim.SGD(built.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(tensor(built(torch.randn(2, 3, 64, 64))), torch.tensor([1, 2]))
    loss.backward()
    optimizer.step()
    unchanged = [name for name, parameter in built.named_parameters() if torch.equal(parameter, before[name])]
    assert unchanged == []


def test_several_outputs_come_by_their_names() -> None:
    """An output may be an input of later nodes."""
    steps = [("a", layer("relu")), ("b", layer("conv", out=2)), ("c", layer("conv", out=5))]
    built = build(graph((3, 4, 4), *steps, outputs=["a", "c"]))
    image = torch.randn(1, 3, 4, 4)
    result = built(image)
    assert list(result) == ["a", "c"]
    assert torch.equal(result["a"], image.relu())
    assert result["c"].shape == (1, 5, 4, 4)


def test_an_image_may_be_an_output() -> None:
    """A graph without layers gives the image."""
    image = torch.zeros(1, 3, 4, 4)
    assert build(graph((3, 4, 4), outputs=["input"]))(image) is image


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_type_runs_on_real_tensors_and_gives_the_shape_that_it_says(kind: str) -> None:
    """Real ones, so that what is compared on meta tensors elsewhere holds for them too."""
    models = single_layers(kind)
    assert models
    for model in models:
        image = torch.zeros(2, *model.nodes[0].shape)
        assert tensor(build(model).eval()(image)).shape == (2, *model.nodes[1].shape), model.name


def count_live(built: FlatModule, image: Shape) -> list[int]:
    """How many tensors are alive, a handed-over image of this shape included, when each module has just run."""
    values = {0: torch.zeros(1, *image)}
    live: WeakSet[Tensor] = WeakSet(values.values())
    counts: list[int] = []

    def note(module: nn.Module, inputs: object, output: Tensor) -> None:
        live.add(output)
        counts.append(len(live))

    for module in built.modules():
        if not list(module.children()) and module is not built:
            module.register_forward_hook(note)
    with torch.no_grad():
        built.run(values)
    return counts


def test_a_value_is_freed_after_its_last_use() -> None:
    """A chain holds the input and the output of the layer that runs, a shortcut one tensor more, and never another."""
    chain = graph((3, 4, 4), *((f"step.{number}", layer("relu")) for number in range(20)))
    assert count_live(build(chain), (3, 4, 4)) == [2] * 20
    # stem: image, its output; conv: input, output; relu: the shortcut too; add: its two inputs, its output
    assert count_live(build(residual()), (3, 8, 8)) == [2, 2, 3, 3, 2, 2]


def test_an_output_lives_to_the_end() -> None:
    """An early output counts as live in every later step."""
    steps = [(f"step.{number}", layer("relu")) for number in range(5)]
    built = build(graph((3, 4, 4), *steps, outputs=["step.0", "step.4"]))
    assert count_live(built, (3, 4, 4)) == [2, 2, 3, 3, 3]


def test_a_meta_build_takes_no_memory_and_keeps_the_dtype() -> None:
    """A weight of 19 MB and an output of 2 PB are only shapes there."""
    model = graph((1, 2**15, 2**15), ("conv", layer("conv", out=2**20, kernel=3)))
    built = build(model, device="meta", dtype=torch.bfloat16)
    (weight,) = built.parameters()
    assert (weight.device.type, weight.dtype, tuple(weight.shape)) == ("meta", torch.bfloat16, (2**20, 1, 3, 3))


@pytest.mark.parametrize("size", [sympy.Symbol("r", integer=True, positive=True), numpy.array([4, 8])])
def test_a_graph_over_symbols_or_arrays_is_refused_by_the_path_of_its_first_such_node(size: int) -> None:
    """A sweep or a closed form is no module."""
    shape: Shape = (3, size, size)
    with pytest.raises(UsageError, match=r"^block\.conv: torch modules require integers, not .*one value"):
        build(graph(shape, ("block.conv", layer("conv", out=4)), ("block.relu", layer("relu"))))


def test_a_symbol_among_the_arguments_is_refused_too() -> None:
    """Even where every shape is a number."""
    hidden = layer("conv", out=4)
    vars(hidden)["dilation"] = (1, sympy.Symbol("d"))
    with pytest.raises(UsageError, match=r"^conv: torch modules require integers, not d"):
        build(graph((3, 4, 4), ("pool", layer("relu")), ("conv", Stubborn(hidden))))


class Stubborn(Identity):
    """A layer that is free of cost and names the module of another one."""

    def __init__(self, other: Conv | object) -> None:
        super().__init__()
        vars(self)["other"] = other

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        other = vars(self)["other"]
        return other if isinstance(other, TorchCall) else other.torch(inputs, output)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (TorchCall("Convolution", {}), "neither torch.nn nor costcalc.measure.modules has a class Convolution"),
        (TorchCall("functional", {}), "neither torch.nn nor costcalc.measure.modules has a class functional"),
        (TorchCall("Conv2d", {"in_channels": 3, "out_channels": 4, "kernel_size": 1, "groups": 2}), "torch rejects"),
        (TorchCall("Conv2d", {"channels": 3}), "torch rejects identity.*unexpected keyword"),
        (TorchCall("Linear", {"in_features": 2**70, "out_features": 1}), "torch rejects identity"),
    ],
)
def test_a_module_that_torch_does_not_have_or_refuses_is_an_error_with_the_node(call: TorchCall, message: str) -> None:
    """One line, whatever torch says."""
    with pytest.raises(CostcalcError, match=rf"^stage\.odd: {message}") as caught:
        build(graph((3, 4, 4), ("stage.odd", Stubborn(call))))
    assert "\n" not in str(caught.value)
