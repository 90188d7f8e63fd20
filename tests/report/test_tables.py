"""The joined tables of a report."""

import pytest

from costcalc.analyses.cost import total
from costcalc.report import tables
from tests.report.graphs import graph

MODELS = ("mobilenetv2", "ssd300-vgg16", "nasnet-mobile")


@pytest.mark.parametrize("name", MODELS)
def test_the_layers_add_up(name: str) -> None:
    """Every column of work is the sum over its rows, in the order of the graph."""
    whole = graph(name)
    table = tables.layers(whole)
    assert [row["path"] for row in table.rows] == [node.path for node in whole.nodes[1:]]
    assert table.total is not None
    for key, quantity in {"params": "params", "macs": "macs", "flops": "all_flops", "bytes": "bytes"}.items():
        assert sum(row[key] for row in table.rows) == table.total[key] == total(whole, quantity)


def test_a_layers_row_is_that_layers() -> None:
    """The stem of MobileNetV2: 3 * 32 * 9 weights at 112 * 112 places; float32 in, weights and out once."""
    row = tables.layers(graph("mobilenetv2")).rows[0]
    assert (row["path"], row["params"], row["macs"]) == ("stem.conv", 864, 864 * 112 * 112)
    assert row["bytes"] == 4 * (3 * 224 * 224 + 864 + 32 * 112 * 112)
    assert row["intensity"] == 2 * row["macs"] / row["bytes"]


@pytest.mark.parametrize("name", MODELS)
def test_shares_are_of_the_whole(name: str) -> None:
    """Each share is its number's part, and the numbers add up."""
    table = tables.shares(graph(name))
    assert table.total is not None
    for key in ("macs", "params", "bytes"):
        assert sum(row[key] for row in table.rows) == table.total[key]
        assert all(row[f"{key}_share"] == row[key] / table.total[key] for row in table.rows)


@pytest.mark.parametrize("table", [tables.layers, tables.shares])
def test_every_number_has_its_convention(table) -> None:
    """MACs, FLOPs, parameters, bytes: a note says how each that is there is counted."""
    found = table(graph("lenet5"))
    notes = " ".join(found.notes)
    for unit, words in {"macs": "MACs: multiply-accumulates", "bytes": "in fp32, 4 bytes per element"}.items():
        if any(column.unit == unit for column in found.columns):
            assert words in notes
    assert found.about["convention"] == "costcalc"


def test_the_dearest_layers_come_first_and_the_others_as_one() -> None:
    """Of equals the earlier one; the last row has the sums of those left out, and their own share and intensity."""
    whole = graph("lenet5")
    every = tables.layers(whole).rows
    found = tables.layers(whole, 3)
    assert found.title.startswith("The 3 layers with the most MACs")
    order = sorted(every, key=lambda row: -row["macs"])
    assert list(found.rows[:3]) == order[:3]
    rest = {key: sum(row[key] for row in order[3:]) for key in ("macs", "flops", "params", "bytes")}
    last = found.rows[-1]
    assert {key: last[key] for key in rest} == rest
    assert last["path"] == f"{len(order) - 3} others"
    assert last["share"] == rest["macs"] / total(whole, "macs")
    assert last["intensity"] == rest["flops"] / rest["bytes"]
    assert found.total == tables.layers(whole).total


def test_the_dearest_of_few_layers_are_all_of_them() -> None:
    """Then there are no others."""
    whole = graph("lenet5")
    assert len(tables.layers(whole, 100).rows) == len(whole.nodes) - 1
