"""Which layer is which: the alignment by structure."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.comparison.align import MOST, Pair, Record, align, records
from costcalc.inference import infer
from costcalc.spec import load
from tests.spec.writing import graph


def layer(path: str, text: str = "conv(out=8)", size: int = 8) -> Record:
    """A layer that keeps a size."""
    return Record(path, text.partition("(")[0], text, ((size,),), (size,))


def paths(before: list[Record], after: list[Record]) -> list[tuple[str | None, str | None]]:
    """The alignment, in paths."""
    return [
        (None if a is None else before[a].path, None if b is None else after[b].path) for a, b in align(before, after)
    ]


def test_a_model_is_itself() -> None:
    """Every layer of a model is paired with itself."""
    layers = records(infer(load("mobilenetv2")))
    assert align(layers, layers) == [Pair(index, index) for index in range(len(layers))]


def test_layers_that_only_moved_on_are_the_same() -> None:
    """A layer put in before others of its kind gives them another number, and no other neighbour."""
    before = [layer("conv1", "conv(out=16)"), layer("conv2", "conv(out=32)"), layer("conv3", "conv(out=64)")]
    after = [
        layer("conv1", "conv(out=16)"),
        layer("conv2", "conv(out=24)"),
        layer("conv3", "conv(out=32)"),
        layer("conv4", "conv(out=64)"),
    ]
    assert paths(before, after) == [("conv1", "conv1"), (None, "conv2"), ("conv2", "conv3"), ("conv3", "conv4")]


def test_a_layer_with_another_argument_stays_itself() -> None:
    """The same path with other work is one layer that changed."""
    before = [layer("stem"), layer("body", "conv(out=8)"), layer("head")]
    after = [layer("stem"), layer("body", "conv(out=9)"), layer("head")]
    assert paths(before, after) == [("stem", "stem"), ("body", "body"), ("head", "head")]


def test_kinds_are_never_mixed() -> None:
    """A convolution at the path of a pooling is another layer."""
    assert paths([layer("a", "max_pool(kernel=2)")], [layer("a", "conv(out=8)")]) == [("a", None), (None, "a")]


def test_a_wider_model_keeps_every_layer() -> None:
    """Another width or resolution changes nearly all layers, and each is paired with itself."""
    model = load("mobilenetv2")
    before, after = (records(infer(model, knobs)) for knobs in ({}, {"alpha": 1.4, "resolution": 160}))
    assert align(before, after) == [Pair(index, index) for index in range(len(before))]


def test_a_block_put_around_layers_does_not_hide_them() -> None:
    """The replicating variant calls its block by another name: all paths differ, and only the expansions go."""
    before, after = (records(infer(load(name))) for name in ("mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b"))
    pairs = align(before, after)
    gone = [before[a].path for a, b in pairs if b is None and a is not None]
    come = [after[b].path for a, b in pairs if a is None and b is not None]
    assert len(gone) == len(come) == 17  # 1 + 2 + 3 + 4 + 3 + 3 + 1 bottlenecks, each with its expansion
    assert {path.rpartition("bottleneck.")[2] for path in gone} == {"expand.conv"}
    assert {path.rpartition("bottleneck_b.")[2] for path in come} == {"expand.replicate"}
    assert all(before[a].work == after[b].work for a, b in pairs if a is not None and b is not None)


def test_relu_is_one_layer_however_it_is_written() -> None:
    """``relu`` and ``activation: {fn: relu}`` are the same."""
    one, other = (
        records(graph(f"input: [3, 8, 8]\nlayers: [{line}]\n")) for line in ("relu", "activation: {fn: relu}")
    )
    assert [each.work for each in one] == [each.work for each in other]
    assert align(one, other) == [Pair(0, 0), Pair(1, 1)]


TEXTS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["conv(1)", "conv(2)", "pool(1)"])), max_size=7)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_every_layer_stands_once_and_in_order(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    """Whatever is aligned: each layer of both is in one pair, and both orders are kept."""
    first = [layer(f"{name}{index}", text) for index, (name, text) in enumerate(before)]
    second = [layer(f"{name}{index}", text) for index, (name, text) in enumerate(after)]
    pairs = align(first, second)
    for side, layers in ((0, first), (1, second)):
        found = [pair[side] for pair in pairs if pair[side] is not None]
        assert found == list(range(len(layers)))
    assert all(pair != (None, None) for pair in pairs)
    assert all(first[a].kind == second[b].kind for a, b in pairs if a is not None and b is not None)


def test_models_that_are_too_large_to_weigh_are_aligned_by_path() -> None:
    """Above the limit the same path and kind decides; the order is kept, and nothing takes for ever."""
    count = 1 + int(MOST**0.5)
    before = [layer(f"conv{index}", f"conv(out={index})") for index in range(count)]
    after = [layer(f"conv{index}", f"conv(out={index + count})") for index in range(count + 1)]
    pairs = align(before, after)
    assert pairs == [*(Pair(index, index) for index in range(count)), Pair(None, count)]


def test_what_is_gone_stands_where_it_was() -> None:
    """Removed layers come in their place, before what was added there."""
    before = [layer("a"), layer("b", "pool()"), layer("c")]
    after = [layer("a"), layer("x", "norm()"), layer("c")]
    assert paths(before, after) == [("a", "a"), ("b", None), (None, "x"), ("c", "c")]


def test_the_order_of_a_list_of_pairs_rises() -> None:
    """Of anchors that cross, the longest part that keeps the order is kept."""
    before = [layer(name, f"conv(out={name})") for name in ("1", "2", "3", "4")]
    after = [layer(name, f"conv(out={name})") for name in ("2", "3", "1", "4")]
    kept = [pair for pair in paths(before, after) if None not in pair]
    assert kept == [("2", "2"), ("3", "3"), ("4", "4")]
    assert all(a < b for a, b in pairwise(kept))
