"""The graph diff: which layers were added, removed or changed, and what that costs."""

import pytest

from costcalc.comparison.layers import Part, changes, layers
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load
from tests.spec.writing import graph

SPEC = """
name: net
input: [3, 8, 8]
layers:
  - conv: {name: a, out: 4, kernel: 3}
  - relu: {name: r}
  - conv: {name: b, out: 4}
  - add: {name: sum, from: [-1, a]}
"""


def found(before: str, after: str) -> list[tuple[str, str, str]]:
    """The changes from one spec to the other: kind, path, what."""
    old, new = graph(before), graph(after)
    rows = []
    for change in changes(old, new)[0]:
        node = new.nodes[change.after] if change.after is not None else old.nodes[change.before or 0]
        rows.append((change.kind, node.path, change.what))
    return rows


def test_nothing_changed() -> None:
    """A model is no different from itself."""
    assert found(SPEC, SPEC) == []


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ("kernel: 3", "kernel: 5", [("changed", "a", "kernel 3 -> 5")]),
        ("kernel: 3", "kernel: [1, 3]", [("changed", "a", "kernel 3 -> [1, 3]")]),
        ("relu", "relu6", [("changed", "r", "fn relu -> relu6")]),
        ("from: [-1, a]", "from: [-1, r]", [("changed", "sum", "takes r instead of a")]),
        ("from: [-1, a]", "from: [-1, a, r]", [("changed", "sum", "2 inputs -> 3 inputs")]),
        ("  - relu: {name: r}\n", "", [("removed", "r", "relu")]),
        ("  - relu: {name: r}\n", "  - relu: {name: r}\n  - tanh: {name: t}\n", [("added", "t", "tanh")]),
        ("name: r", "name: other", []),
    ],
)
def test_a_change_is_named(old: str, new: str, rows: list[tuple[str, str, str]]) -> None:
    """One edit is one row that says what became what; another name alone is none."""
    assert old in SPEC
    assert found(SPEC, SPEC.replace(old, new)) == rows


def test_a_change_of_size_is_seen_where_it_reaches() -> None:
    """A wider layer changes itself and those that take it, with their shapes."""
    narrow = "input: [3, 8, 8]\nlayers: [conv: {out: 4}, relu, global_avg_pool, linear: {out: 2}]\n"
    assert found(narrow, narrow.replace("out: 4", "out: 6")) == [
        ("changed", "conv", "out 4 -> 6; output 4 x 8 x 8 -> 6 x 8 x 8"),
        ("changed", "relu", "input 4 x 8 x 8 -> 6 x 8 x 8; output 4 x 8 x 8 -> 6 x 8 x 8"),
        ("changed", "global_avg_pool", "input 4 x 8 x 8 -> 6 x 8 x 8; output 4 -> 6"),
        ("changed", "linear", "input 4 -> 6"),
    ]


def parts(before: Graph, after: Graph) -> list[Part]:
    """Trainable parameters and multiply-accumulates."""
    return [
        Part("params", "Params", *([node.params["trainable"] for node in each.nodes] for each in (before, after))),
        Part("macs", "MACs", *([node.ledger.get("macs", 0) for node in each.nodes] for each in (before, after))),
    ]


PAIRS = [
    ("mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b"),
    ("mobilenetv2-cifar", "mobilenetv2-cifar-replicate-d"),
    ("mobilenetv1", "mobilenetv2"),
    ("resnet50", "resnet101"),
    ("inception-v3", "nasnet-mobile"),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_rows_add_up_to_the_difference(first: str, second: str) -> None:
    """The differences of the layers are that of the models, to the last unit, also where ``top`` adds some up."""
    before, after = infer(load(first)), infer(load(second))
    both = parts(before, after)
    for top in (None, 3):
        table = layers(before, after, both, "macs", top=top)
        for part in both:
            total = sum(part.after) - sum(part.before)
            assert sum(row[part.key] for row in table.rows) == total
            assert table.total is not None
            assert table.total[part.key] == total
    assert len(table.rows) == 4
    assert str(table.rows[3]["change"]).endswith("others")


def test_the_saving_of_replication_comes_from_the_expansions() -> None:
    """Mehta 2018, Figure 1 (b): the 1x1 expansions go, t * c^2 parameters each, and nothing else changes the count."""
    before, after = infer(load("mobilenetv2-cifar")), infer(load("mobilenetv2-cifar-replicate-b"))
    table = layers(before, after, parts(before, after), "macs")
    inputs = [32, 16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160]
    expansions = [1, *16 * [6]]
    removed = [row for row in table.rows if row["change"] == "removed"]
    assert [-row["params"] for row in removed] == [t * c * c for t, c in zip(expansions, inputs, strict=True)]
    assert [row["params"] for row in table.rows if row["change"] == "added"] == 17 * [0]
    assert table.about["changed"] == 0
    assert table.total == {"change": "total", "params": -752_896, "macs": -111_542_272}  # 2237770 - 1484874 = 752896


def test_resnet101_is_resnet50_with_more_blocks() -> None:
    """He et al. 2015, Table 1: conv4_x has 23 blocks instead of 6, and nothing else is different."""
    before, after = infer(load("resnet50")), infer(load("resnet101"))
    table = layers(before, after, parts(before, after), "macs")
    assert table.about["removed"] == table.about["changed"] == 0
    assert {row["layer"].split(".")[0] for row in table.rows} == {"stage3"}
    # A block there: 1024*256 + 9*256*256 + 256*1024 weights, and 2 * (256 + 256 + 1024) scales and shifts.
    assert sum(row["params"] for row in table.rows) == 17 * (1024 * 256 + 9 * 256 * 256 + 256 * 1024 + 2 * 1536)


def test_top_is_at_least_one() -> None:
    """Nothing to show is no table."""
    same = infer(load("lenet5"))
    with pytest.raises(UsageError, match="top = 0: must be at least 1"):
        layers(same, same, parts(same, same), "macs", top=0)
