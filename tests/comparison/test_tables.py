"""Comparison from Python."""

import pytest

import costcalc
from costcalc.errors import UsageError
from costcalc.quantities import QUANTITIES, Setting


def test_graphs_are_compared_without_a_command_line() -> None:
    """The same model at two settings, under names of their own: a summary, and a table of layers for each variant."""
    model = costcalc.load("mobilenetv1")
    full = costcalc.infer(model)
    half = costcalc.infer(model, {"alpha": 0.5})._replace(name="half")
    small = costcalc.infer(model, {"resolution": 128})._replace(name="small")
    summary, layers = costcalc.compare([full, half, small], Setting("fp16"))
    assert [table.about["after"] for table in layers] == ["half", "small"]
    assert summary.about["quantities"] == [key for key, each in QUANTITIES.items() if key != "training_memory"]
    macs = dict(zip(summary.about["quantities"], summary.rows, strict=True))["macs"]
    # Howard et al. 2017, Tables 6 and 7: 569, 149 and 186 million.
    millions = [round(macs[f"{name}.value"], -6) // 10**6 for name in ("mobilenetv1", "half", "small")]
    assert millions == [569, 149, 186]
    for table, name in zip(layers, ("half", "small"), strict=True):
        assert table.about["removed"] == table.about["added"] == 0
        assert sum(row["macs"] for row in table.rows) == macs[f"{name}.difference"]


def test_what_one_model_does_not_have_is_a_note() -> None:
    """A quantity that cannot be told of a model is blank and explained; the others stay."""
    graph = costcalc.infer(costcalc.load("lenet5"))
    nothing = graph._replace(name="nothing", nodes=graph.nodes[:1], outputs=(graph.outputs[0]._replace(node=0),))
    summary, _ = costcalc.compare([graph, nothing])
    rows = dict(zip(summary.about["quantities"], summary.rows, strict=True))
    assert rows["intensity"]["nothing.value"] is None
    assert rows["macs"]["nothing.change"] == -1.0
    assert any(note.startswith("Arithmetic intensity of nothing: ") for note in summary.notes)


def test_two_graphs_of_one_name_are_refused() -> None:
    """A table could not tell them apart."""
    graph = costcalc.infer(costcalc.load("lenet5"))
    with pytest.raises(UsageError, match="two models are named lenet5"):
        costcalc.compare([graph, graph])
