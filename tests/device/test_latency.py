"""Floors, worked out by hand for a small graph."""

from __future__ import annotations

import pytest

from costcalc.analyses import cost
from costcalc.device.latency import Floor, floors, predict, total
from costcalc.device.records import Rate
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.quantities import Setting
from costcalc.words import TIMED_OPTIMIZERS
from tests.device.samples import CEILINGS
from tests.measure.graphs import graph, layer

UNIT = CEILINGS.model_copy(
    update={
        "products": {"fp32": Rate(per_second=1.0, size=1), "fp16": Rate(per_second=2.0, size=1)},
        "copy_rate": Rate(per_second=4.0, size=1),
        "call": 1e-9,
    }
)
"""A MAC a second, an fp32 element a second: floors are then counts."""


def model() -> Graph:
    """A convolution and a branch that is added to it, then a classifier."""
    return graph(
        (2, 4, 4),
        ("conv", layer("conv", out=3, kernel=3, bias=False)),
        ("act", layer("relu")),
        ("again", layer("conv", out=3, kernel=1, bias=True)),
        ("sum", layer("add"), ["again", "act"]),
        ("flat", layer("flatten")),
        ("head", layer("linear", out=5, bias=False)),
    )


def by_path(work: str, **options: object) -> dict[str, tuple[float, float]]:
    """Arithmetic and memory by path."""
    found = floors(model(), UNIT, work=work, **options)  # type: ignore[arg-type]
    return {
        node.path: (floor.arithmetic, floor.memory) for node, floor in zip(model().nodes[1:], found[1:], strict=True)
    }


def test_a_forward_pass_reads_inputs_and_parameters_and_writes_outputs() -> None:
    """MACs, and elements in + out + parameters."""
    assert by_path("forward") == {
        "conv": (48 * 18, 32 + 48 + 54),  # 3*4*4 outputs of 2*3*3 products; 3*2*3*3 weights
        "act": (0, 48 + 48),
        "again": (48 * 3, 48 + 48 + 12),  # 3*3 weights and 3 biases
        "sum": (0, 48 + 48 + 48),
        "flat": (0, 0),
        "head": (48 * 5, 48 + 5 + 240),
    }
    assert by_path("layers") == by_path("forward")


def test_a_backward_pass_computes_two_gradients() -> None:
    """Of the first convolution the weights' alone; an addition hands its gradient on and moves nothing."""
    assert by_path("backward") == {
        "conv": (48 * 18, 48 + 32 + 54),  # reads the output's gradient and the input, writes the weights'
        "act": (0, 48 + 48),
        "again": (2 * 48 * 3, 48 + (48 + 12) + (48 + 12)),  # and the weights, and writes the input's
        "sum": (0, 0),
        "flat": (0, 0),
        "head": (2 * 48 * 5, 5 + (48 + 240) + (48 + 240)),
    }


@pytest.mark.parametrize(("optimizer", "moved"), [("sgd", 5), ("rmsprop", 7), ("adam", 7)])
def test_a_step_is_forward_backward_and_update(optimizer: str, moved: int) -> None:
    """Of every parameter: weight and gradient are read, each thing kept is read and written, the weight is written."""
    forward, backward, step = by_path("forward"), by_path("backward"), by_path(f"step-{optimizer}")
    parameters = {"conv": 54, "again": 12, "head": 240}
    for path, (arithmetic, memory) in step.items():
        assert arithmetic == forward[path][0] + backward[path][0]
        assert memory == forward[path][1] + backward[path][1] + moved * parameters.get(path, 0)


def test_a_batch_reads_parameters_once() -> None:
    """Everything else is for each image."""
    assert by_path("forward", batch=8)["head"] == (8 * 240, 8 * 53 + 240)
    assert by_path("backward", batch=8)["head"] == (16 * 240, 8 * 5 + 2 * (8 * 48 + 240))


def test_the_floor_is_the_longer_of_the_two_pass_by_pass() -> None:
    """Sums of maxima, not the maximum of sums; the bound part is where memory is the longer."""
    conv, act = floors(model(), UNIT)[1:3]
    assert conv == Floor(arithmetic=864, memory=134, floor=864, bound=0, predicted=864)
    assert act == Floor(arithmetic=0, memory=96, floor=96, bound=96, predicted=96)
    whole = total(floors(model(), UNIT))
    assert whole.floor == 864 + 96 + 144 + 144 + 0 + 293
    assert whole.bound == 96 + 144 + 293
    head = floors(model(), UNIT, work="backward")[6]  # 480 MACs against 581 elements
    assert (head.floor, head.bound) == (581, 581)
    step = floors(model(), UNIT, work="step-sgd")[6]  # 293 + 581 + 5 * 240, every pass bound by memory
    assert (step.floor, step.bound) == (293 + 581 + 1200, 293 + 581 + 1200)


def test_a_prediction_takes_no_layer_to_be_faster_than_a_call() -> None:
    """But for those that do nothing: their modules compute nothing, and are no layers to a device."""
    slow = UNIT.model_copy(update={"call": 200.0})
    # conv 864, act 96 -> 200, again and sum 144 -> 200, flat 0, head 293
    assert predict(model(), slow) == 864 + 200 + 200 + 200 + 293
    assert total(floors(model(), slow)).floor == total(floors(model(), UNIT)).floor


def test_an_element_has_the_bytes_of_its_dtype() -> None:
    """Half of them move twice as fast, and arithmetic has a rate of its own."""
    assert by_path("forward", dtype="fp16")["conv"] == (864 / 2, 134 / 2)


@pytest.mark.parametrize("batch", [1, 3])
def test_bytes_and_macs_are_the_ledger_s(batch: int) -> None:
    """The same numbers as in `macs --ledger`."""
    whole = total(floors(model(), UNIT, batch=batch))
    assert (whole.arithmetic, 4 * whole.memory) == tuple(
        cost.total(model(), key, Setting(batch=batch)) for key in ("macs", "bytes")
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dtype": "fp31"}, "dtype = fp31: must be one of fp32, fp16, bf16"),
        ({"dtype": "bf16"}, "the ceilings have no GEMM rate in bf16, only in fp32, fp16"),
        ({"work": "sideways"}, "work = sideways: must be one of forward, backward"),
        ({"batch": 0}, "batch = 0: must be at least 1"),
    ],
)
def test_what_cannot_be_said_is_an_error(options: dict[str, object], said: str) -> None:
    """And no floor of 0."""
    with pytest.raises(UsageError, match=said):
        floors(model(), UNIT, **options)  # type: ignore[arg-type]


def test_every_optimizer_has_its_traffic() -> None:
    """As many as can be timed."""
    for name in TIMED_OPTIMIZERS:
        assert predict(model(), UNIT, work=f"step-{name}") > 0
