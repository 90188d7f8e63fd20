"""The joined tables of a report."""

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.analyses.ledger import total
from costcalc.report import tables
from costcalc.table import Column, Table
from tests.report.graphs import graph

MODELS = ("mobilenetv2", "ssd300-vgg16", "nasnet-mobile")


@pytest.mark.parametrize("name", MODELS)
def test_the_layers_add_up(name: str) -> None:
    """Every column of work is the sum over its rows, in the order of the graph."""
    whole = graph(name)
    table = tables.layers(whole)
    work = total(whole)
    assert [row["path"] for row in table.rows] == [node.path for node in whole.nodes[1:]]
    assert table.total is not None
    expected = {
        "params": total_params(whole)["trainable"],
        "macs": total_macs(whole),
        "flops": work["flops"],
        "bytes": work["read"] + work["written"],
    }
    for key, number in expected.items():
        assert sum(row[key] for row in table.rows) == table.total[key] == number


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
    for unit, words in {"macs": "MACs: multiply-accumulates", "bytes": "Bytes: 4 for an element (fp32)"}.items():
        if any(column.unit == unit for column in found.columns):
            assert words in notes
    assert found.about["convention"] == "costcalc"


def work(path: str, macs: int, params: int, moved: int) -> dict[str, object]:
    """A row of the table of layers."""
    return {"path": path, "macs": macs, "flops": 2 * macs, "params": params, "bytes": moved, "share": macs / 100}


def test_the_dearest_layers_come_first_and_the_others_as_one() -> None:
    """Of equals the earlier one; the last row has the sums of those left out, and their own share and intensity."""
    rows = [work("a", 10, 1, 4), work("b", 40, 2, 8), work("c", 10, 3, 16), work("d", 30, 4, 32), work("e", 10, 5, 64)]
    found = tables.dearest(Table("Layers", (Column("path", "Path"),), rows, total=work("total", 100, 15, 124)), 3)
    assert found.title == "The 3 layers with the most MACs"
    assert [row["path"] for row in found.rows] == ["b", "d", "a", "2 others"]
    # c and e: 10 + 10 MACs of 100, twice that in FLOPs, 3 + 5 parameters, 16 + 64 bytes
    rest = {"macs": 20, "flops": 40, "params": 8, "bytes": 80, "share": 20 / 100, "intensity": 40 / 80}
    assert found.rows[-1] == {"path": "2 others", **rest}
    assert found.total == work("total", 100, 15, 124)


def test_the_dearest_of_few_layers_are_all_of_them() -> None:
    """Then there are no others; layers without work have no share and no intensity."""
    table = Table("Layers", (Column("path", "Path"),), [work("a", 0, 0, 0), work("b", 0, 0, 0)])
    assert [row["path"] for row in tables.dearest(table, 2).rows] == ["a", "b"]
    last = tables.dearest(table, 1).rows[-1]
    assert (last["macs"], last["share"], last["intensity"]) == (0, None, None)
