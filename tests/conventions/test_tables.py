"""A convention's counts as tables: their terms, their labels, and what is wrong in them."""

import pytest

from costcalc.conventions import CONVENTIONS, convention
from costcalc.conventions.base import QUANTITIES, TERMS, added, counts
from costcalc.conventions.tables import table, total
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.layers import LAYERS
from costcalc.measure import modules
from tests.measure.graphs import graph, layer, single_layers

FORWARD = [name for name, each in CONVENTIONS.items() if each.counts_what("macs")]


def model() -> Graph:
    """Every kind of term in a few layers: a convolution that only some tools see, a norm, a pool, an activation."""
    return graph(
        (3, 9, 9),
        ("stem.conv", layer("conv", out=4, kernel=2, padding="same", bias=True)),
        ("stem.norm", layer("batch_norm")),
        ("stem.act", layer("relu")),
        ("body.conv", layer("conv", out=4, kernel=3, bias=True)),
        ("body.add", layer("add"), ["stem.act", "body.conv"]),
        ("gap", layer("global_avg_pool")),
        ("head", layer("linear", out=2)),
    )


CONV1, CONV2, LINEAR = 4 * 81 * 12, 4 * 81 * 36, 8
EXPECTED = {
    "costcalc": {"convolution": CONV1 + CONV2, "linear": LINEAR},
    "fvcore": {"convolution": CONV1 + CONV2, "linear": LINEAR, "batch norm": 2 * 324, "adaptive pooling": 324},
    "torch": {"convolution": 2 * (CONV1 + CONV2), "linear": 2 * LINEAR},
    "ptflops": {
        "convolution": CONV2,  # PaddedConv2d is no Conv2d to it
        "linear": LINEAR,
        "bias": 324 + 2,
        "batch norm": 2 * 324,
        "activation": 2 * 324,
        "adaptive pooling": 324,
        "addition": 324,
    },
    "ptflops-aten": {"convolution": CONV1 + CONV2, "linear": LINEAR, "bias": 2 * 324 + 2},
    "thop": {"convolution": CONV2, "linear": LINEAR, "batch norm": 4 * 324},
    "torchinfo": {"convolution": CONV1 + CONV2, "linear": LINEAR, "bias": 2 * 324 + 2, "batch norm": 8},
}


@pytest.mark.parametrize("name", FORWARD)
def test_the_terms_of_a_small_model_are_those_counted_by_hand(name: str) -> None:
    """One by one, so that no two errors cancel."""
    assert total(convention(name), model()).terms == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [(name, quantity) for name, each in CONVENTIONS.items() for quantity in QUANTITIES if each.counts_what(quantity)],
)
def test_every_term_is_of_the_shared_words_and_is_explained(name: str, quantity: str) -> None:
    """Over every type of layer: a term that only one convention knew could not be subtracted."""
    tool = convention(name)
    found: set[str] = set()
    for kind in LAYERS:
        for one in single_layers(kind):
            for terms in counts(tool, one, quantity, checkpoint=quantity in ("backward", "training")):
                found |= set(terms)
    assert found
    assert found <= set(TERMS)
    assert found <= set(tool.texts)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_rules_and_faults_are_of_classes_and_terms_that_exist(name: str) -> None:
    """A rule for a class that nothing is built as would never be reached."""
    from torch import nn

    tool = convention(name)
    for key in (*(tool.rules or {}), *(key for key in tool.faults if key not in TERMS)):
        assert hasattr(nn, key) or key in modules.__all__, key
    assert set(tool.texts) <= set(TERMS)
    assert tool.title
    assert tool.source


@pytest.mark.parametrize("name", FORWARD)
def test_the_total_is_labelled_with_unit_and_convention_in_macs_and_in_flops(name: str) -> None:
    """In the total row, in the notes and for machines."""
    tool = convention(name)
    found = total(tool, model())
    made = table([model()], tool)
    assert made.total is not None
    assert found.macs is not None
    assert (made.total["macs"], made.total["flops"]) == (found.macs, found.flops)
    line = next(note for note in made.notes if note.startswith(f"by hand by {name}'s convention: "))
    assert f"{found.macs:,} MACs" in line
    assert f"{found.flops:,} FLOPs" in line
    assert tool.unit in line
    assert made.about["convention"] == name
    assert made.about["unit"] == tool.unit
    assert made.about["totals"]["by hand"]["count"] == found.number
    assert f"{name}'s convention" in made.title


def test_flops_are_two_for_each_mac_and_one_for_each_other_operation() -> None:
    """Whatever the tool's own unit is."""
    for name in FORWARD:
        found = total(convention(name), model())
        macs = CONV2 + LINEAR + (0 if name in ("thop", "ptflops") else CONV1)
        others = sum(count for term, count in found.terms.items() if term not in ("convolution", "linear"))
        assert (found.macs, found.flops) == (macs, 2 * macs + others)


def test_rows_add_up_to_the_total_in_every_column() -> None:
    """By stage, layer and type."""
    for by in ("stage", "layer", "type"):
        made = table([model()], convention("ptflops"), by=by)
        assert made.total is not None
        for column in made.columns[1:-1]:
            assert made.total[column.key] == sum(row[column.key] for row in made.rows)
        assert made.total["count"] == sum(EXPECTED["ptflops"].values())


def test_several_models_show_totals_and_no_terms() -> None:
    """Their columns are many enough."""
    two = [model(), model()._replace(name="second")]
    keys = [column.key for column in table(two, convention("fvcore")).columns]
    assert keys[1:5] == ["by hand.count", "by hand.macs", "by hand.flops", "by hand.share"]
    assert "by hand.batch_norm" not in keys


def test_a_tool_s_errors_are_told_where_they_show() -> None:
    """And not where they do not."""
    seen = graph((3, 8, 8), ("conv", layer("conv", out=4, kernel=3)))
    for name, text in {
        "thop": "Wrong: it hooks torch.nn.Conv2d but not its subclasses (PaddedConv2d, 1 layer: 0 of their "
        "3,888 MACs counted).",
        "ptflops": "Wrong: it hooks both the module and the function it calls, and counts both (ReLU, 1 layer: 648 "
        "counted).",
        "torchinfo": "Wrong: it counts the scale and shift of batch norm once instead of per element: +8 of the "
        "16,218.",
    }.items():
        assert text in table([model()], convention(name)).notes
        assert not any(note.startswith("Wrong") for note in table([seen], convention(name)).notes)
    told = table([model()], convention("torch")).notes
    assert told[-1] == "Not counted: batch_norm (1 layer), relu (1 layer), add (1 layer), global_avg_pool (1 layer)."


def test_a_tool_s_errors_are_of_the_same_batch_as_its_total() -> None:
    """Eight images: eight times what is miscounted of one."""
    for name, text in {
        # 8 * 3,888 = 31,104
        "thop": "Wrong: it hooks torch.nn.Conv2d but not its subclasses (PaddedConv2d, 1 layer: 0 of their "
        "31,104 MACs counted).",
        # 8 * 648 = 5,184
        "ptflops": "Wrong: it hooks both the module and the function it calls, and counts both (ReLU, 1 layer: 5,184 "
        "counted).",
    }.items():
        assert text in table([model()], convention(name), batch=8).notes


def test_the_forgotten_groups_are_told() -> None:
    """In the backward pass by torch, where a convolution has groups."""
    grouped = graph((4, 4, 4), ("conv", layer("conv", out=4, kernel=3, groups=4)))
    # 2 FLOPs * 4 * 16 * 9 * (4 - 1) too much
    wrong = "Wrong: it ignores the groups of a convolution in the weight gradient: +3,456 of the 4,608."
    assert wrong in table([grouped], convention("torch"), "backward").notes
    assert wrong not in table([grouped], convention("costcalc"), "backward").notes


def test_parameters_have_no_flops() -> None:
    """And by keras and tf-slim no other quantity."""
    made = table([model()], convention("keras"), "params")
    assert [column.key for column in made.columns] == [
        "name",
        "weights",
        "biases",
        "scales",
        "shifts",
        "statistics",
        "count",
        "share",
    ]
    assert made.total is not None
    # weights 48 + 144 + 8, biases 4 + 4 + 2, two affine values and two statistics of 4 channels
    assert made.total["count"] == 200 + 10 + 16
    assert total(convention("tf-slim"), model(), "params").number == 200 + 10 + 12
    assert total(convention("thop"), model(), "params").number == 144 + 8 + 6 + 8  # PaddedConv2d is unknown to it
    with pytest.raises(UsageError, match=r"^keras counts only parameters$"):
        table([model()], convention("keras"))


def test_a_batch_multiplies_work_and_no_parameters() -> None:
    """Of a tool's total too."""
    assert total(convention("fvcore"), model(), batch=3).number == 3 * total(convention("fvcore"), model()).number
    with pytest.raises(UsageError, match="batch = 0: must be at least 1"):
        table([model()], convention("fvcore"), batch=0)


@pytest.mark.parametrize(
    ("wrong", "near"), [("fvcor", "fvcore"), ("Thop", "thop"), ("tfslim", "tf-slim"), ("ptflop", "ptflops")]
)
def test_an_unknown_convention_names_the_nearest_and_all(wrong: str, near: str) -> None:
    """A name that is near to none still says which there are."""
    with pytest.raises(UsageError) as caught:
        convention(wrong)
    assert str(caught.value) == f"no convention {wrong} (did you mean {near}? known: {', '.join(CONVENTIONS)})"
    with pytest.raises(UsageError, match=r"^no convention netscope \(known: costcalc, "):
        convention("netscope")


def test_terms_are_added_in_one_order_and_zeros_left_out() -> None:
    """That of the shared words, whatever the order of the layers."""
    assert list(added([{"bias": 1, "linear": 0}, {"convolution": 2, "bias": 3}]).items()) == [
        ("convolution", 2),
        ("bias", 4),
    ]


@pytest.mark.parametrize("name", CONVENTIONS)
def test_where_the_rules_were_read_is_told(name: str) -> None:
    """The first note says what is counted, in which versions of the tool, and its source."""
    each = convention(name)
    made = table([model()], each, "macs" if each.counts_what("macs") else "params")
    assert made.notes[0].endswith(f". Source: {each.source}.")
    assert made.about["source"] == each.source
    assert each.source


def test_parameters_do_not_grow_with_the_batch() -> None:
    """Work does."""
    keras = convention("keras")
    for ask in (total, lambda *given, **options: table([given[1]], given[0], given[2], **options)):
        with pytest.raises(UsageError, match="^batch = 2: parameters do not depend on the batch$"):
            ask(keras, model(), "params", batch=2)
    assert total(convention("thop"), model(), batch=2).number == 2 * total(convention("thop"), model()).number
