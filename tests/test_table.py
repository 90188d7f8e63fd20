"""Tables as pandas has them."""

import subprocess
import sys

import pytest

import costcalc
from costcalc.outputs import csv_, units
from costcalc.table import Column, Table
from tests.cli.runner import environment
from tests.outputs.tables import ODD, SMALL


def test_a_frame_has_the_rows_and_not_the_total() -> None:
    """Keys as columns, raw numbers, so that a sum over a column is the total and not twice that."""
    frame = SMALL.to_pandas()
    assert list(frame.columns) == ["name", "shape", "macs", "share"]
    assert frame["macs"].sum() == 12118016  # 10838016 + 1280000
    assert frame["shape"][0] == (32, 112, 112)
    assert frame.attrs["title"] == SMALL.title
    assert frame.attrs["total"]["macs"] == 12118016
    assert frame.attrs["units"] == {"name": "", "shape": "shape", "macs": "macs", "share": "share"}


def test_whole_numbers_stay_whole() -> None:
    """Also beside absent cells, where pandas makes floats of them, and beyond 64 bits."""
    columns = tuple(Column(key, key, "count") for key in ("full", "gap", "great", "float", "flag"))
    rows = (
        {"full": 2**62 + 1, "gap": 2**62 + 1, "great": 2**80, "float": 0.5, "flag": True},
        {"full": -1, "great": 1, "float": 2, "flag": None},
    )
    frame = Table("T", columns, rows).to_pandas()
    assert [str(frame[key].dtype) for key in frame] == ["int64", "Int64", "object", "float64", "boolean"]
    assert frame["gap"][0] == 2**62 + 1
    assert frame["gap"].isna()[1]
    assert frame["great"][0] == 2**80


def test_a_table_without_rows_is_a_frame_without_rows() -> None:
    """Its columns are there."""
    frame = SMALL._replace(rows=()).to_pandas()
    assert list(frame.columns) == ["name", "shape", "macs", "share"]
    assert len(frame) == 0


@pytest.mark.parametrize("table", [SMALL, costcalc.macs([costcalc.infer(costcalc.load("lenet5"))], by="layer")])
def test_csv_is_what_pandas_writes(table: Table) -> None:
    """Byte for byte, shapes being texts there: so csv needs no pandas."""
    frame = table.to_pandas()
    for column in table.columns:
        if column.unit == "shape":
            frame[column.key] = frame[column.key].map(units.shape)
    assert csv_.render(table) == frame.to_csv(index=False, lineterminator="\r\n")


def test_pandas_is_imported_when_it_is_asked_for() -> None:
    """A table alone costs nothing."""
    code = "import sys, costcalc.table; print('pandas' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_odd_names_are_kept() -> None:
    """No escape, no formula guard: a frame is no text."""
    assert list(ODD.to_pandas()["name"]) == [row["name"] for row in ODD.rows]
