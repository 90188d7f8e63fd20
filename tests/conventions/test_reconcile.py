"""From one total to another, the differences of the terms add up."""

import pytest

from costcalc import infer, load
from costcalc.conventions import CONVENTIONS, convention
from costcalc.conventions.base import QUANTITIES
from costcalc.conventions.reconcile import common, reconcile
from costcalc.conventions.tables import total
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.spec import shipped_models
from tests.conventions.test_tables import CONV1, CONV2, model
from tests.exhaustive import over


@pytest.mark.parametrize("name", over(shipped_models()))
def test_any_two_conventions_reconcile_exactly_on_every_shipped_model(name: str) -> None:
    """In every quantity that both count: the rows sum to both totals and to their difference."""
    graph: Graph = infer(load(name))
    for quantity in QUANTITIES:
        able = [each for each in CONVENTIONS.values() if each.counts_what(quantity)]
        totals = {each.name: total(each, graph, quantity).number for each in able}
        for first in able:
            for second in able:
                table = reconcile(graph, first, second, quantity)
                assert table.total is not None
                assert table.total["from"] == sum(row["from"] for row in table.rows) == totals[first.name]
                assert table.total["to"] == sum(row["to"] for row in table.rows) == totals[second.name]
                assert table.total["difference"] == sum(row["difference"] for row in table.rows)
                assert all(row["difference"] == row["to"] - row["from"] for row in table.rows)
                assert all(bool(row["difference"]) <= bool(row["why"]) for row in table.rows)


def test_from_thop_to_fvcore_is_batch_norm_and_pooling() -> None:
    """MobileNetV2: 52 norms of 6678112 elements, 4 or 2 for each; 1280 x 7 x 7 inputs of the global pooling."""
    table = reconcile(infer(load("mobilenetv2")), convention("thop"), convention("fvcore"))
    rows = {row["term"]: row for row in table.rows}
    assert {term: row["difference"] for term, row in rows.items() if row["difference"]} == {
        "batch norm": -13_356_224,
        "adaptive pooling": 62_720,
    }
    assert rows["batch norm"]["where"] == "batch_norm (52 layers)"
    assert rows["batch norm"]["why"] == (
        "thop: 4 per element, 2 without affine parameters; fvcore: 2 per element, 1 without affine parameters"
    )
    assert rows["convolution"]["why"] == rows["convolution"]["where"] == ""
    assert (table.total or {})["difference"] == 314_193_216 - 327_486_720


def test_a_layer_that_a_tool_cannot_see_is_named_with_the_reason() -> None:
    """Both count convolutions alike; one of them does not meet this one."""
    rows = {row["term"]: row for row in reconcile(model(), convention("thop"), convention("fvcore")).rows}
    assert (rows["convolution"]["from"], rows["convolution"]["to"]) == (CONV2, CONV1 + CONV2)
    assert rows["convolution"]["where"] == "conv (1 layer)"
    assert rows["convolution"]["why"].endswith("thop: it hooks torch.nn.Conv2d but not its subclasses")


def test_the_quantity_is_the_first_that_both_count() -> None:
    """Work, unless one of them counts parameters alone."""
    assert common(convention("thop"), convention("fvcore")) == "macs"
    assert common(convention("thop"), convention("keras")) == "params"
    table = reconcile(infer(load("mobilenetv2")), convention("keras"), convention("torch"))
    assert table.about["quantity"] == "params"
    assert [(row["term"], row["difference"]) for row in table.rows if row["difference"]] == [("statistics", -34_112)]
    with pytest.raises(UsageError, match="keras counts only parameters"):
        reconcile(model(), convention("keras"), convention("torch"), "macs")
    with pytest.raises(UsageError, match="thop counts only the forward pass"):
        reconcile(model(), convention("costcalc"), convention("thop"), "backward")


def test_torch_s_backward_pass_differs_by_the_groups_it_forgets() -> None:
    """Beside the factor of two, which is in every term, that is the whole difference."""
    model = infer(load("mobilenetv2"))
    rows = {row["term"]: row for row in reconcile(model, convention("costcalc"), convention("torch"), "backward").rows}
    for term in ("weight gradient", "input gradient"):
        assert rows[term]["to"] == 2 * rows[term]["from"]
    forgotten = rows["weight gradient, groups forgotten"]
    assert (forgotten["from"], forgotten["to"]) == (0, 10_496_731_392)
    assert forgotten["where"] == "conv (17 layers)"


def test_batches_and_frozen_layers_are_those_that_are_asked_for() -> None:
    """As for the totals."""
    graph = infer(load("mobilenetv2"))
    options = {"batch": 2, "freeze": ["stem"], "checkpoint": True}
    table = reconcile(graph, convention("costcalc"), convention("torch"), "training", **options)  # type: ignore[arg-type]
    for key, name in (("from", "costcalc"), ("to", "torch")):
        found = total(convention(name), graph, "training", **options)  # type: ignore[arg-type]
        assert (table.total or {})[key] == found.number
    assert table.about["freeze"] == ["stem"]


def test_both_totals_are_labelled_with_unit_and_convention() -> None:
    """In the headings and in the notes, in MACs and in FLOPs."""
    table = reconcile(infer(load("mobilenetv2")), convention("thop"), convention("torch"))
    assert [column.title for column in table.columns[1:3]] == ["MACs by thop", "FLOPs by torch"]
    assert table.notes[0].endswith(
        "by thop's convention: 327,486,720 MACs as thop counts them = 300,774,272 MACs + 26,712,448 other operations = "
        "628,260,992 FLOPs."
    )
    assert table.notes[1].endswith("by torch's convention: 300,774,272 MACs = 601,548,544 FLOPs.")
