"""Tables of inference memory. Their numbers are checked against real modules in tests/measure/test_memory.py."""

import random

import pytest
import sympy

from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.memory import inference
from costcalc.memory.inference import Inference, peak_memory, plan, run, timeline
from costcalc.memory.order import Best, best_order
from costcalc.memory.program import Program
from costcalc.outputs import FORMATS, render
from tests.measure.graphs import graph, layer

ONE = graph(
    (2, 6, 6),
    ("conv", layer("conv", out=8)),
    ("act", layer("relu")),
    ("pool", layer("max_pool", kernel=2, stride=2)),
    ("flat", layer("flatten")),
    ("fc", layer("linear", out=5)),
)


def chains(count: int, length: int) -> Graph:
    """``count`` chains of convolutions of random widths, from one image to one concat."""
    pick = random.Random(0)
    steps: list[tuple[str, object, tuple[str, ...]]] = []
    for chain in range(count):
        before = "input"
        for step in range(length):
            name = f"c{chain}_{step}"
            # narrow at the end, or the concat would need most in any order
            width = pick.randint(1, 100 if step < length - 1 else 16)
            steps.append((name, layer("conv", out=width), (before,)))
            before = name
    ends = tuple(f"c{chain}_{length - 1}" for chain in range(count))
    return graph((10, 2, 2), *steps, ("concat", layer("concat"), ends))  # type: ignore[arg-type]


def test_the_peak_is_where_most_is_live() -> None:
    """Of 2-byte elements: image 72, convolution and activation 288 each; the pooling's 72 with indices of 8 bytes."""
    found = run(ONE, Inference(dtype="bf16"))
    # image and convolution 2 * (72 + 288) = 720; with the activation 2 * (72 + 288 + 288) = 1296;
    # pooling 2 * (72 + 288 + 72) + 8 * 72 = 1440; flatten 2 * (72 + 72) = 288; linear 2 * (72 + 72 + 5) = 298
    assert [step.during for step in found.liveness.steps] == [720, 1296, 1440, 288, 298]
    assert (found.liveness.peak, found.at) == (1440, "pool")
    row = peak_memory([ONE], Inference(dtype="bf16")).rows[0]
    # 2*8 weights of the convolution, 72*5 and 5 of the linear layer
    assert (row["weights"], row["peak"], row["at"], row["sum"]) == (2 * 381, 1440, "pool", 2202)


def test_at_int8_there_are_no_indices_and_biases_have_four_bytes() -> None:
    """No int8 runtime makes the indices of a max pooling; biases are int32."""
    found = run(ONE, Inference(dtype="int8"))
    # 72 + 288 = 360; 360 + 288 = 648; pooling 72 + 288 + 72 = 432; 72 + 72 = 144; 72 + 72 + 5 = 149
    assert [step.during for step in found.liveness.steps] == [360, 648, 432, 144, 149]
    table = peak_memory([ONE], Inference(dtype="int8"))
    # 2*8 weights of the convolution, 72*5 of the linear layer, 5 biases of 4 bytes: 16 + 360 + 20
    row = table.rows[0]
    assert (row["weights"], row["peak"], row["at"], row["sum"]) == (396, 648, "act", 1044)
    assert any("4 bytes per bias (int32)" in note for note in table.notes)
    assert any("no max pooling indices" in note for note in table.notes)
    assert not any("are not folded" in note for note in table.notes)


def test_a_fused_int8_arena_holds_the_largest_layer() -> None:
    """A small classifier of two convolutions: the first convolution's output and the pooling's."""
    one = graph(
        (1, 28, 28),
        ("conv1", layer("conv", out=8, kernel=3, bias=True)),
        ("relu1", layer("relu")),
        ("pool1", layer("max_pool", kernel=2, stride=2, padding=0)),
        ("conv2", layer("conv", out=16, kernel=3, bias=True)),
        ("relu2", layer("relu")),
        ("pool2", layer("max_pool", kernel=2, stride=2, padding=0)),
        ("flat", layer("flatten")),
        ("fc", layer("linear", out=10)),
    )
    table = plan(one, Inference(dtype="int8", fuse=True, hold_input=False))
    # 8*28*28 + 8*14*14 = 6272 + 1568; the image and the first convolution take 784 + 6272 = 7056
    assert table.about["size"] == table.about["bound"] == 7840


def test_batch_norms_that_are_not_folded_are_told_at_int8() -> None:
    """Folded, a batch norm leaves a bias; on its own, four numbers of 4 bytes for each channel."""
    one = graph((3, 4, 4), ("conv", layer("conv", out=8)), ("norm", layer("batch_norm")))
    apart = peak_memory([one], Inference(dtype="int8"))
    assert apart.rows[0]["weights"] == 3 * 8 + 4 * 4 * 8  # and no count of batches
    assert any(note.startswith("Batch norms of by hand are not folded") for note in apart.notes)
    folded = peak_memory([one], Inference(dtype="int8", fold=True))
    assert folded.rows[0]["weights"] == 3 * 8 + 4 * 8
    assert not any("are not folded:" in note for note in folded.notes)


def test_a_run_is_of_whole_bytes() -> None:
    """A graph over symbols is refused with the node at which that is seen."""
    n = sympy.Symbol("n", integer=True, positive=True)
    with pytest.raises(UsageError, match=r"input: memory planning requires integer sizes, got 64\*n"):
        run(graph((n, 4, 4), ("relu", layer("relu"))), Inference())


@pytest.mark.parametrize("make", [timeline, plan, lambda one, setting: peak_memory([one], setting)])
@pytest.mark.parametrize("format", FORMATS)
def test_every_table_can_be_shown_in_every_form(make, format: str) -> None:
    """With every option that adds a note."""
    setting = Inference(2, "bf16", "best", hold_input=False, in_place=True, fuse=True)
    text = render(make(ONE, setting), format)
    if format != "csv":
        assert "live tensor storage, workspace inside operations not counted" in text
        assert "2 bytes per element" in text


def test_a_setting_that_cannot_be_is_refused() -> None:
    """No images, an unknown type, an unknown order, a split of nothing."""
    for setting, message in (
        (Inference(batch=0), "batch = 0: must be at least 1"),
        (Inference(dtype="fp8"), "dtype = fp8: must be one of fp32, fp16, bf16, int8"),
        (Inference(order="random"), "order = random: must be one of declared, best"),
        (Inference(parts=2), "by hand has no inverted residual to split"),
    ):
        with pytest.raises(UsageError, match=message):
            run(ONE, setting)


def test_a_search_that_gives_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its effort, and the bound below which no order is."""
    found: list[Best] = []

    def hasty(program: Program, tell: object = None) -> Best:
        found.append(best_order(program, 50))
        return found[-1]

    monkeypatch.setattr(inference, "best_order", hasty)
    table = peak_memory([chains(8, 8)], Inference(order="best"))
    (best,) = found
    assert not best.exact
    assert table.about["orders"][0]["exact"] is False
    assert (
        "by hand: best order found; the search stopped after 50 states, and every order has a peak of at least "
        f"{best.bound:,} bytes."
    ) in table.notes
