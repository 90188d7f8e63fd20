"""The tables of a benchmark, over results made up by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from costcalc.analyses import cost
from costcalc.device.files import Results
from costcalc.device.latency import floors, latency, total
from costcalc.device.records import Ceilings, Cell, Turn
from costcalc.device.rows import Row, measured
from costcalc.device.tables import by_resolution, ceilings_table, cells, layers, ratios
from costcalc.errors import CostcalcError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load
from tests.device.samples import CEILINGS, cell, header, turn
from tests.device.test_latency import UNIT, model


def results(cells: Sequence[Cell], turns: Sequence[Turn], **changes: object) -> Results:
    """As read from a file."""
    return Results("made.jsonl", header(cells, **changes), tuple(turns), 0, None)


def timed(found: Results, graph: Graph, ceilings: Ceilings | None) -> Row:
    """The first cell of ``found``, which is of ``graph``."""
    return measured(found, {0: graph}, ceilings)[0]


FIGURE = [cell(name, work, size) for size in (128, 224) for work in ("forward", "backward") for name in ("a", "b")]


def figure_turns() -> list[Turn]:
    """Cell i takes i + 1 seconds in every one of six rounds, the last one half as long again."""
    slow = (1, 1, 1, 1, 1, 1.5)
    return [turn(number, round, (number + 1) * slow[round]) for round in range(6) for number in range(8)]


def test_the_figure_has_a_row_for_each_model_and_columns_by_resolution() -> None:
    """Forward and backward beside each other, in milliseconds."""
    found = results(FIGURE, figure_turns())
    table = by_resolution(found, measured(found))
    assert [column.title for column in table.columns] == [
        *("Model", "128: forward", "128: backward", "224: forward", "224: backward")
    ]
    keys = [column.key for column in table.columns[1:]]
    assert [[row[key] for key in keys] for row in table.rows] == [[1000, 3000, 5000, 7000], [2000, 4000, 6000, 8000]]
    assert "All with batch 1, fp32, eager, contiguous tensors." in table.notes
    assert any("Abacus 9, 2 threads of 4 cores" in note and "at load 0.25." in note for note in table.notes)


def test_a_cell_without_room_says_so_in_its_place() -> None:
    """And a note says why; the others have their times."""
    turns = [turn(0, 0, 1.0), turn(1, 0, status="out of memory", reason="tried to allocate 3 TiB")]
    found = results(FIGURE[:2], turns)
    table = by_resolution(found, measured(found))
    assert [row["128.forward"] for row in table.rows] == [1000, "out of memory"]
    whole = cells(found, measured(found), None)
    assert whole.rows[1]["time"] == "out of memory"
    assert "throughput" not in whole.rows[1]
    assert "b 128, batch 1, fp32, eager, forward: out of memory: tried to allocate 3 TiB" in whole.notes


def test_a_row_has_its_statistics() -> None:
    """Six rounds of 2 s, one of which took 3: median 2, the interval from least to greatest, one outlier."""
    found = results(FIGURE, figure_turns())
    row = cells(found, measured(found), None).rows[1]
    expected = {"model": "b", "resolution": 128, "work": "forward", "time": 2000, "low": 2000, "high": 3000}
    assert row.items() >= {**expected, "iqr": 0, "rounds": 6, "outliers": 1, "throughput": 0.5}.items()
    notes = cells(found, measured(found), None).notes
    assert "Outliers (more than 1.5 interquartile ranges beyond a quartile): 8 of 48 rounds." in notes
    assert "8 cells have an interval wider than 2% of the median on one side." in notes


def test_what_is_missing_is_told() -> None:
    """Cells that have no time yet, and too few rounds for an interval."""
    found = results(FIGURE[:2], [turn(0, 0, 1.0)])._replace(cut="line 3 is incomplete and ignored")
    notes = cells(found, measured(found), None).notes
    assert "1 cell has no time yet: continue with costcalc bench --resume." in notes
    assert "1 cell has too few rounds for an interval." in notes
    assert "In the file, line 3 is incomplete and ignored." in notes


def test_floors_stand_beside_times() -> None:
    """Share: of the floor in the time; error: of the prediction."""
    graph = model()
    found = results([cell(batch=8), cell(work="backward", batch=8)], [turn(0, 0, 40_000.0), turn(1, 0, 1000.0)])
    table = cells(found, measured(found, {0: graph}, UNIT), UNIT)
    floor = total(floors(graph, UNIT, batch=8))
    row = table.rows[0]
    assert row["floor"] == 1000 * floor.floor
    assert row["share"] == floor.floor / 40_000
    assert row["error"] == floor.predicted / 40_000 - 1
    assert row["bound"] == "arithmetic"  # 8 * (864 + 240) of MACs, against 8 * (96 + 144 + 144) of elements and more
    assert "floor" not in table.rows[1]  # its spec is not at hand
    assert any(note.startswith("Ceilings: GEMM rate 2e-09 in fp32") for note in table.notes)
    assert [column.key for column in cells(found, measured(found), None).columns][-1] == "memory"


def test_a_training_step_tells_of_an_epoch() -> None:
    """100 images in batches of 8 are 13 steps, of 3 s each: 39 s, in hours."""
    found = results([cell(work="step-adam", batch=8)], [turn(0, 0, 3.0)])
    table = cells(found, measured(found), None, epoch=100)
    assert table.rows[0]["epoch"] == 39 / 3600
    assert "Epoch of 100 images" in [column.title for column in table.columns]
    assert any(note.startswith("Epoch: the training steps only") for note in table.notes)
    forward = results([cell()], [turn(0, 0, 3.0)])
    assert "epoch" not in [column.key for column in cells(forward, measured(forward), None, epoch=100).columns]


def test_ratios_are_paired_and_of_equals() -> None:
    """b over a, in every round, resolution and pass; what slowed a round is gone."""
    found = results(FIGURE, figure_turns())
    table = ratios(found, measured(found), "a")
    assert [(row["model"], row["resolution"], row["work"]) for row in table.rows] == [
        *(("b", 128, "forward"), ("b", 128, "backward"), ("b", 224, "forward"), ("b", 224, "backward"))
    ]
    assert [(row["ratio"], row["low"], row["high"]) for row in table.rows] == [
        *((2, 2, 2), (4 / 3, 4 / 3, 4 / 3), (6 / 5, 6 / 5, 6 / 5), (8 / 7, 8 / 7, 8 / 7))
    ]
    with pytest.raises(UsageError, match="--vs c: must be one of a, b"):
        ratios(found, measured(found), "c")


def test_what_differs_has_a_column() -> None:
    """Batches and types, if there are several; else the notes say them."""
    found = results([cell(batch=1), cell(batch=8)], [])
    table = cells(found, measured(found), None)
    assert [column.key for column in table.columns[:4]] == ["model", "resolution", "batch", "work"]
    assert "All with fp32, eager, contiguous tensors." in table.notes


def test_layers_have_their_times_and_floors() -> None:
    """The median over rounds; parts of the whole; types and stages are sums."""
    graph = model()
    paths = [node.path for node in graph.nodes[1:]]
    runs = [{path: i + slow for i, path in enumerate(paths)} for slow in (0.5, 1.0, 90.0)]
    found = results([cell(work="layers")], [turn(0, n, 21.0, layers=runs[n]) for n in range(3)])
    table = layers(timed(found, graph, UNIT))
    assert [row["time"] for row in table.rows] == [1000 * (i + 1) for i in range(6)]
    assert table.total is not None
    assert table.total["time"] == 21_000
    first = table.rows[0]
    assert (first["part"], first["floor"], first["share"], first["bound"]) == (1 / 21, 864_000, 864, "arithmetic")
    assert (table.rows[4]["floor"], table.rows[4]["bound"]) == (0, None)
    types = {row["name"]: row["time"] for row in layers(timed(found, graph, None), by="type").rows}
    assert types["conv"] == 1000 + 3000
    assert "floor" not in layers(timed(found, graph, None)).rows[0]
    assert len(layers(timed(found, graph, UNIT), top=2).rows) == 3


def test_a_layer_without_a_time_is_an_error() -> None:
    """And no time of 0: in one of two rounds it is missing."""
    graph = model()
    runs = [{node.path: 1.0 for node in graph.nodes[1:]}, {node.path: 1.0 for node in graph.nodes[1:-1]}]
    found = results([cell(work="layers")], [turn(0, n, 6.0, layers=runs[n]) for n in range(2)])
    with pytest.raises(CostcalcError, match="made.jsonl: head: at least one round has no time for this layer"):
        layers(timed(found, graph, None))


def test_a_prediction_says_what_it_rests_on() -> None:
    """The ceilings, where they were measured, and that nothing ran."""
    table = latency([model()], UNIT, by="layer")
    assert table.total is not None
    assert table.total["predicted"] == 1000 * total(floors(model(), UNIT)).predicted
    assert [row["bound"] for row in table.rows] == ["arithmetic", "memory", "arithmetic", "memory", None, "memory"]
    text = " ".join(table.notes)
    assert "Nothing was run." in text
    assert "on Abacus 9, 2 threads of 4 cores, torch 2.13.0+cpu, 2026-01-31T12:00:00Z" in text


def test_replication_saves_what_the_readme_says() -> None:
    """43% of the multiply-accumulates, 21% of the parameters and 2% of the bytes of MobileNetV2."""
    whole, less = (infer(load(name)) for name in ("mobilenetv2", "mobilenetv2-replicate-b"))

    saved = {
        key: round(100 * (1 - cost.total(less, key) / cost.total(whole, key))) for key in ("macs", "params", "bytes")
    }
    assert saved == {"macs": 43, "params": 21, "bytes": 2}


def test_ceilings_are_a_table() -> None:
    """In FLOPs, two of a MAC, and in bytes."""
    rows = ceilings_table(CEILINGS).rows
    assert [row["what"] for row in rows] == ["GEMM, fp32", "copy", "call"]
    assert (rows[0]["flops"], rows[1]["bytes"]) == (2.0, 0.4)
