"""What was measured, below the roofs."""

from costcalc.device.files import Results
from costcalc.device.plan import digest
from costcalc.report.roofline import Measurements, roofline, times
from tests.device.samples import CEILINGS, cell, header, turn
from tests.report.graphs import graph

MODEL = graph("lenet5-dense")


def measured(*, other: str | None = None) -> Measurements:
    """Results of two cells: LeNet-5 as a whole, and its layers."""
    found = digest(MODEL) if other is None else other
    cells = [cell("lenet5-dense", graph=found, batch=2), cell("lenet5-dense", "layers", graph=found)]
    layers = {node.path: 0.5 for node in MODEL.nodes[1:]}
    turns = (turn(0, 1, 0.25), turn(1, 1, 3.0, layers=layers))
    return Measurements(Results("results.jsonl", header(cells), turns, 1, None), CEILINGS)


def test_a_point_is_the_work_over_the_bytes_and_over_the_time() -> None:
    """Of the multiply-accumulates alone, for all images of the batch; parameters are read once."""
    table = roofline(measured(), [MODEL])
    assert table is not None
    whole, first = table.rows[0], table.rows[1]
    # LeNet-5, dense: 416,520 MACs for an image
    assert (whole["name"], whole["kind"], whole["batch"]) == ("lenet5-dense", "model", 2)
    assert whole["attained"] == 2 * 2 * 416_520 / 0.25
    # the first convolution: 1 x 28 x 28 in, 6 of 5 x 5 with biases, 6 x 28 x 28 out
    flops = 2 * 6 * 25 * 28 * 28
    assert (first["kind"], first["attained"]) == ("layer", flops / 0.5)
    assert first["intensity"] == flops / (4 * (28 * 28 + 6 * 26 + 6 * 28 * 28))


def test_layers_without_multiplications_are_no_points() -> None:
    """Five layers of LeNet-5 multiply."""
    table = roofline(measured(), [MODEL])
    assert table is not None
    assert [row["kind"] for row in table.rows] == ["model", *["layer"] * 5]


def test_the_roofs_are_the_machines() -> None:
    """2 FLOPs for each multiply-accumulate of a matrix product, the bytes of a copy."""
    table = roofline(measured(), [MODEL])
    assert table is not None
    assert table.about == {"roofs": {"GEMM, fp32": 2e9}, "bandwidth": 4e8}
    assert any("Abacus 9" in note for note in table.notes)


def test_another_architecture_of_the_same_name_has_no_points() -> None:
    """The digest decides, not the name."""
    assert roofline(measured(other="0" * 16), [MODEL]) is None
    assert times(measured(other="0" * 16), [MODEL]) is None


def test_all_that_was_timed_is_told() -> None:
    """A row for each cell, with its floor."""
    table = times(measured(), [MODEL])
    assert table is not None
    assert [row["work"] for row in table.rows] == ["forward", "layers"]
