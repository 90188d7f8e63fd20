"""Each convention's total is what its tool, really run on the built module, prints: to the last digit."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop
from torch.utils.flop_counter import FlopCounterMode

from costcalc import infer, load
from costcalc.conventions import CONVENTIONS, convention
from costcalc.conventions.tables import total
from costcalc.errors import MissingError
from costcalc.gradients import frozen_nodes
from costcalc.graph import Graph
from costcalc.layers import LAYERS
from costcalc.measure.build import FlatModule, build, module_names
from costcalc.measure.peers import PEERS, Answer, torch_training
from costcalc.spec import shipped_models
from tests.exhaustive import over
from tests.measure.graphs import graph, layer, single_layers

TOOLS = list(PEERS)

HUGE = {"nasnet-large": {"resolution": 96}, "deeplabv3-resnet101": {"resolution": 129}}
"""Models at a size at which a CPU runs them within a second: the formulas are the same."""


def answer(name: str, model: Graph) -> Answer:
    """What the tool says. A tool that cannot be imported here skips the test."""
    try:
        return PEERS[name](model)
    except MissingError as error:
        pytest.skip(str(error))


def claimed(name: str, model: Graph) -> Answer:
    """What the convention says."""
    tool = convention(name)
    return Answer(total(tool, model).number, total(tool, model, "params").number)


def shipped(name: str, knobs: Mapping[str, Any] | None = None) -> Graph:
    """A shipped model, by default as large as it can be run."""
    model = load(name)
    values = {key: value for key, value in HUGE.get(name, {}).items() if key in model.knobs}
    return infer(model, {**values, **(knobs or {})})


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("model", over(shipped_models()))
def test_the_totals_of_every_shipped_model_are_the_tool_s_own(model: str, tool: str) -> None:
    """Work in the tool's unit, and parameters."""
    made = shipped(model)
    assert claimed(tool, made) == answer(tool, made)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind not in ("add", "multiply")])
def test_the_totals_of_every_single_layer_are_the_tool_s_own(kind: str, tool: str) -> None:
    """At several settings, so that every known error of the tool shows on its own."""
    for made in single_layers(kind):
        assert claimed(tool, made) == answer(tool, made), made.name


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", ["add", "multiply", "concat"])
def test_the_totals_of_merges_are_the_tool_s_own(kind: str, tool: str) -> None:
    """Of one, two and three inputs, where a functional call is all that a tool could see."""
    for count in (1, 2, 3):
        made = graph((3, 4, 5), ("it", layer(kind), ["input"] * count))
        assert claimed(tool, made) == answer(tool, made)


KNOWN: Mapping[str, tuple[Graph, Mapping[str, int]]] = {
    # 8 * 8 positions, 27 weights and a bias for each of 4 channels
    "a convolution with a bias": (
        graph((3, 8, 8), ("it", layer("conv", out=4, kernel=3, bias=True))),
        {"fvcore": 6912, "torch": 13824, "ptflops": 7168, "ptflops-aten": 7168, "thop": 6912, "torchinfo": 7168},
    ),
    # an even kernel pads one side only, in a class of its own: two tools do not know it
    "a depthwise convolution with same padding and an even kernel": (
        graph((4, 6, 6), ("it", layer("conv", out=4, kernel=2, padding="same", groups=4))),
        {"fvcore": 576, "torch": 1152, "ptflops": 0, "ptflops-aten": 576, "thop": 0, "torchinfo": 576},
    ),
    # (5 + 2 - 3) / 2 in ceil mode: 3 windows, the last one over the edge; 4 channels of 5 x 5
    "an average pooling in ceil mode": (
        graph((4, 6, 6), ("it", layer("avg_pool", kernel=3, stride=2, ceil_mode=True, padding=0))),
        {"fvcore": 0, "torch": 0, "ptflops": 2 * 144, "ptflops-aten": 0, "thop": 36, "torchinfo": 0},
    ),
    "a batch norm": (
        graph((4, 5, 5), ("it", layer("batch_norm"))),
        {"fvcore": 200, "torch": 0, "ptflops": 200, "ptflops-aten": 0, "thop": 400, "torchinfo": 8},
    ),
    "a global average pooling by a function": (
        graph((4, 5, 5), ("it", layer("global_avg_pool"))),
        {"fvcore": 100, "torch": 0, "ptflops": 100, "ptflops-aten": 0, "thop": 0, "torchinfo": 0},
    ),
    # thop: 49 inputs and 9 outputs of each channel
    "an adaptive pooling that does not divide": (
        graph((4, 7, 7), ("it", layer("pool_to", size=3))),
        {"fvcore": 196, "torch": 0, "ptflops": 392, "ptflops-aten": 0, "thop": 232, "torchinfo": 0},
    ),
    # thop: 64 inputs and 49 outputs, but in floats 112.99999999999999, and the fraction is cut off
    "an adaptive pooling that thop counts in floats": (
        graph((1, 8, 8), ("it", layer("pool_to", size=7))),
        {"fvcore": 64, "torch": 0, "ptflops": 128, "ptflops-aten": 0, "thop": 112, "torchinfo": 0},
    ),
    "a relu": (
        graph((4, 5, 5), ("it", layer("relu"))),
        {"fvcore": 0, "torch": 0, "ptflops": 200, "ptflops-aten": 0, "thop": 0, "torchinfo": 0},
    ),
    "a residual addition by a function": (
        graph((4, 5, 5), ("it", layer("add"), ["input", "input"])),
        {"fvcore": 0, "torch": 0, "ptflops": 100, "ptflops-aten": 0, "thop": 0, "torchinfo": 0},
    ),
}
"""Small models that hold what tools are known to get wrong, and what each of them says, counted by hand."""


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", KNOWN)
def test_known_errors_are_reproduced(name: str, tool: str) -> None:
    """The tool says it, the convention says it, and both are the number that its rule gives by hand."""
    made, expected = KNOWN[name]
    assert claimed(tool, made) == answer(tool, made)
    assert claimed(tool, made).work == expected[tool]


def test_a_wrong_rule_would_be_noticed() -> None:
    """The comparison can fail: no tool's numbers are another's."""
    made = shipped("mobilenetv2", {"resolution": 32})
    works = {name: claimed(name, made).work for name in TOOLS}
    assert len(set(works.values())) == len(TOOLS)


def test_there_is_a_convention_for_every_tool_that_is_run() -> None:
    """And every convention that counts work but costcalc's own is compared with its tool."""
    assert {name for name, each in CONVENTIONS.items() if each.counts_what("macs")} == {"costcalc", *PEERS}


@pytest.mark.parametrize("model", over(shipped_models()))
def test_torch_s_count_of_a_training_step_is_reproduced(model: str) -> None:
    """Forward and backward pass of two images, its error about groups included."""
    made = shipped(model)
    found = torch_training(made, batch=2)
    assert total(convention("torch"), made, "training", batch=2).number == found.training
    assert total(convention("torch"), made, "backward", batch=2).number == found.backward


@pytest.mark.parametrize("model", over(shipped_models()))
def test_without_groups_the_backward_pass_costs_what_torch_counts(model: str) -> None:
    """Where torch's counter is right, costcalc says the same; where there are groups, the forgotten ones less."""
    made = shipped(model)
    ours, theirs = (total(convention(name), made, "backward") for name in ("costcalc", "torch"))
    assert ours.flops == theirs.number - theirs.terms.get("weight gradient, groups forgotten", 0)
    grouped = any(getattr(node.layer, "groups", 1) > 1 and "macs" in node.ledger for node in made.nodes)
    assert (ours.flops == theirs.number) == (not grouped)


@pytest.mark.parametrize(
    "freeze", [["stem"], ["stem", "stage[1-4]"], ["stage3.*"], ["classifier"], ["*.batch_norm"], ["*.conv"]], ids=str
)
def test_a_training_step_with_frozen_layers_costs_what_torch_counts(freeze: Sequence[str]) -> None:
    """Input gradients go through frozen layers only to reach what is trained."""
    made = shipped("mobilenetv2", {"resolution": 32})
    found = torch_training(made, batch=2, freeze=freeze)
    assert total(convention("torch"), made, "backward", batch=2, freeze=freeze).number == found.backward


class ByStage(torch.nn.Module):
    """A chain of stages, each under torch's gradient checkpointing."""

    def __init__(self, model: Graph) -> None:
        super().__init__()
        self.flat: FlatModule = build(model, device="meta").train()
        self.stages: dict[str, list[Any]] = {}
        for step in self.flat._steps:
            self.stages.setdefault(model.nodes[step.node].stage, []).append(step)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        for steps in self.stages.values():
            image = checkpoint(self._stage, image, steps, use_reentrant=False)
        return image

    @staticmethod
    def _stage(image: torch.Tensor, steps: Sequence[Any]) -> torch.Tensor:
        values = {min(index for step in steps for index in step.inputs): image}
        for step in steps:
            values[step.node] = step.module(*[values[index] for index in step.inputs])
        return values[steps[-1].node]


@pytest.mark.parametrize("freeze", [[], ["stem", "stage[1-4]"], ["stage5"]], ids=str)
def test_checkpointing_costs_what_torch_counts(freeze: Sequence[str]) -> None:
    """Every stage recomputed as a whole, as torch does when it does not stop early."""
    made = shipped("mobilenetv2", {"resolution": 32})
    model = ByStage(made)
    names = module_names(made)
    for index in frozen_nodes(made, freeze):
        model.flat.get_submodule(names[made.nodes[index].path]).requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with counter, set_checkpoint_early_stop(False):
        torch.autograd.backward(model(torch.empty(2, *made.nodes[0].shape, device="meta")).sum())
    claim = total(convention("torch"), made, "training", batch=2, freeze=freeze, checkpoint=True)
    assert claim.number == counter.get_total_flops()


MISSING = """
import sys
sys.modules["{package}"] = None  # as if it were not installed
from costcalc import infer, load
from costcalc.errors import MissingError
from costcalc.measure.peers import PEERS
try:
    PEERS["{tool}"](infer(load("mobilenetv2"), {{"resolution": 32}}))
except MissingError as error:
    print(error.exit_code, error)
"""


@pytest.mark.parametrize("tool", over((name for name in TOOLS if name != "torch"), ["fvcore"]))
def test_a_tool_that_cannot_be_imported_is_missing_and_not_passed_over(tool: str) -> None:
    """The error says how to install it; the tests above skip with it as their reason."""
    package = tool.partition("-")[0]
    program = MISSING.format(package=package, tool=tool)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout.startswith(f"3 {package} is needed for this and is not installed"), run.stderr
    assert run.stdout.rstrip().endswith(f"(pip install {package})")
