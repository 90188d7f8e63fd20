"""Rows of a table are sums over nodes, and what follows from them."""

import pytest

from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.grouping import SHARE, grouped, named, share_of
from costcalc.table import Column, Table
from tests.measure.graphs import graph, layer


def model(name: str = "by hand") -> Graph:
    """Three stages of two, one and one nodes."""
    made = graph(
        (3, 4, 4),
        ("stem.conv", layer("conv", out=8)),
        ("stem.act", layer("relu")),
        ("body", layer("conv", out=2)),
        ("head", layer("relu")),
    )
    return made._replace(name=name)


def table(*graphs: Graph, **options: object) -> Table:
    """The elements of every output and how many layers there are, with the share of the elements."""
    arguments = {
        "derive": share_of("elements"),
        "title": "Elements",
        **options,
    }
    return grouped(
        graphs,
        lambda one: [{"elements": node.shape[0] * 16, "layers": 1} for node in one.nodes],
        (Column("elements", "Elements", "count"), Column("layers", "Layers", "count"), SHARE),
        **arguments,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("stage", [("stem", 256, 2), ("body", 32, 1), ("head", 32, 1)]),
        ("layer", [("stem.conv", 128, 1), ("stem.act", 128, 1), ("body", 32, 1), ("head", 32, 1)]),
        ("type", [("conv", 160, 2), ("relu", 160, 2)]),
    ],
)
def test_a_row_is_the_sum_over_its_nodes_and_the_image_is_in_none(by: str, rows: list[tuple[str, int, int]]) -> None:
    """The shape of the image, 3 * 16 elements, is no node's output."""
    made = table(model(), by=by)
    assert [(row["name"], row["elements"], row["layers"]) for row in made.rows] == rows
    assert made.total == {"name": "total", "elements": 320, "layers": 4, "share": 1.0}
    assert [row["share"] for row in made.rows] == [elements / 320 for _, elements, _ in rows]


def test_of_several_graphs_the_greatest_rows_are_those_that_are_so_in_any() -> None:
    """And the others of each are added up for that graph alone; one that has none of them has no numbers there."""
    second = graph((3, 4, 4), ("body", layer("conv", out=16)), ("tail", layer("relu")))._replace(name="second")
    made = table(model(), second, by="stage", top=2)
    # 16 positions: stem 2 * 8 channels, body and head 2 each; body and tail 16 each
    assert [(row["name"], row["by hand.elements"], row.get("second.elements")) for row in made.rows] == [
        ("stem", 256, None),
        ("body", 32, 256),
        ("2 others", 32, 256),
    ]
    assert made.total is not None
    assert (made.total["by hand.elements"], made.total["second.elements"]) == (320, 512)
    third = graph((3, 4, 4), ("stem", layer("conv", out=1)))._replace(name="third")
    last = table(model(), third, by="stage", top=1).rows[-1]
    assert (last["by hand.elements"], last.get("third.elements")) == (64, None)


def test_the_greatest_rows_are_kept_and_the_others_added_up() -> None:
    """By the first column, or by the one that is asked for."""
    made = table(model(), by="layer", top=1)
    assert [(row["name"], row["elements"]) for row in made.rows] == [("stem.conv", 128), ("3 others", 192)]
    wide = graph(
        (3, 4, 4), ("wide", layer("conv", out=64)), ("long.1", layer("conv", out=1)), ("long.2", layer("relu"))
    )
    assert [row["name"] for row in table(wide, top=1).rows] == ["wide", "1 other"]
    made = table(wide, top=1, rank="layers")
    assert [(row["name"], row["layers"]) for row in made.rows] == [("long", 2), ("1 other", 1)]


def test_several_graphs_stand_side_by_side() -> None:
    """Keys and titles begin with their names; what one of them lacks is empty there, and no zero."""
    other = graph((3, 4, 4), ("body", layer("conv", out=1)))._replace(name="other")
    made = table(model("first"), other)
    assert [column.key for column in made.columns] == [
        "name",
        "first.elements",
        "first.layers",
        "first.share",
        "other.elements",
        "other.layers",
        "other.share",
    ]
    assert made.columns[4].title == "other: Elements"
    stem, body, _ = made.rows
    assert "other.elements" not in stem
    assert (body["first.elements"], body["other.elements"]) == (32, 16)


def test_the_share_of_nothing_is_empty() -> None:
    """And not an error."""
    made = table(model(), derive=share_of("absent"))
    assert made.total is not None
    assert made.total["share"] is None


def test_a_name_shows_the_knobs() -> None:
    """A graph without knobs is its name alone."""
    assert named(model()) == "by hand"
    assert named(model()._replace(knobs={"alpha": 0.5, "bias": True})) == "by hand (alpha 0.5, bias true)"


def test_unknown_rows_and_too_few_are_refused() -> None:
    """With the values that would be right."""
    with pytest.raises(UsageError, match="by = stages: must be one of stage, layer, type"):
        table(model(), by="stages")
    with pytest.raises(UsageError, match="top = 0: must be at least 1"):
        table(model(), top=0)
