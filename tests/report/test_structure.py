"""Graphs as steps and stages."""

from math import inf

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.report import structure
from costcalc.spec import shipped_models
from tests.report.graphs import graph


def test_what_stands_alone_in_one_block_is_one_step() -> None:
    """A convolution with its norm and activation; what is added to stands by itself."""
    rows = structure.steps(graph("mobilenetv2")).rows
    named = [row["name"] for row in rows]
    assert named[:6] == [
        "input",
        "stem",
        "stage1.1.depthwise",
        "stage1.1.project",
        "stage2.1.expand",
        "stage2.1.depthwise",
    ]
    expand = rows[named.index("stage2.2.expand")]
    assert expand["types"] == "conv, batch_norm, activation"
    assert expand["shape"] == (144, 56, 56)
    assert expand["macs"] == 24 * 144 * 56 * 56  # a 1x1 convolution from 24 to 144 channels
    added = rows[named.index("stage2.2.residual")]
    assert sorted(named[place] for place in added["inputs"]) == ["stage2.1.project", "stage2.2.project"]


@pytest.mark.parametrize("name", shipped_models())
def test_nothing_is_lost_and_nothing_is_counted_twice(name: str) -> None:
    """Steps, and stages where there are any, add up to the graph; each reads rows before it; names are apart."""
    whole = graph(name)
    for table in (structure.steps(whole, most=inf), structure.stages(whole)):
        assert table is not None
        assert sum(row["macs"] for row in table.rows) == total_macs(whole)
        assert sum(row["params"] for row in table.rows) == total_params(whole)["trainable"]
        assert all(source < place for place, row in enumerate(table.rows) for source in row["inputs"])
        assert len({row["name"] for row in table.rows}) == len(table.rows)
        assert all(row["inputs"] for row in table.rows[1:])


def test_stages_are_the_rows_of_the_papers_table() -> None:
    """MobileNetV2's table has a stem, seven stages, a head, and what follows."""
    table = structure.stages(graph("mobilenetv2"))
    assert table is not None
    stages = [f"stage{n}" for n in range(1, 8)]
    assert [row["name"] for row in table.rows] == [
        "input",
        "stem",
        *stages,
        "head",
        "global_avg_pool",
        "dropout",
        "classifier",
    ]
    assert table.rows[3]["shape"] == (24, 56, 56)


def test_stages_that_read_each_other_in_a_circle_are_no_picture() -> None:
    """No order of them has every line go down."""
    whole = graph("lenet5-dense")
    nodes = list(whole.nodes)
    nodes[-1] = nodes[-1]._replace(stage=nodes[1].stage)
    assert structure.stages(whole._replace(nodes=tuple(nodes))) is None
