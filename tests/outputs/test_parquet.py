"""Tables as parquet."""

from io import BytesIO

import pandas
import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.outputs import parquet
from costcalc.table import Column, Table
from tests.outputs.tables import ODD, SMALL


@pytest.mark.parametrize("table", [SMALL, ODD], ids=["small", "odd"])
def test_a_reader_finds_the_rows_and_what_they_are(table: Table) -> None:
    """Names as they were, numbers whole, and title, units and notes beside them."""
    frame = pandas.read_parquet(BytesIO(parquet.render(table)))
    assert list(frame["name"]) == [row["name"] for row in table.rows]
    number = table.columns[-1 if table is ODD else 2].key
    assert frame[number].dtype == "int64"
    assert frame[number].tolist() == [row[number] for row in table.rows]
    assert frame.attrs["title"] == table.title
    assert frame.attrs["notes"] == list(table.notes)


def test_a_shape_is_a_list() -> None:
    """Its dimensions in their order."""
    frame = pandas.read_parquet(BytesIO(parquet.render(SMALL)))
    assert frame["shape"][0].tolist() == [32, 112, 112]


def test_the_same_table_is_the_same_bytes() -> None:
    """No time and no random name is in the file."""
    assert parquet.render(SMALL) == parquet.render(SMALL)


def test_a_number_without_a_type_is_refused() -> None:
    """Beyond 64 bits there is none; nothing is rounded."""
    table = Table("T", (Column("n", "Count", "count"),), ({"n": 2**63},))
    with pytest.raises(UsageError, match="parquet has no integers beyond 64 bits: column Count has some"):
        parquet.render(table)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (((1, 2**63),), "no integers beyond 64 bits: column N has some"),
        ((0.5, 2**53 + 1), "cannot mix integers beyond 53 bits with fractions: column N has both"),
    ],
    ids=["in a shape", "beside a fraction"],
)
def test_no_digit_is_lost(cells: tuple[object, ...], message: str) -> None:
    """A float has 53 bits: 2**53 + 1 is none."""
    with pytest.raises(UsageError, match=message):
        parquet.render(Table("T", (Column("n", "N"),), [{"n": cell} for cell in cells]))


def test_what_pyarrow_refuses_is_said_in_our_words() -> None:
    """A column of texts and numbers has no type."""
    table = Table("T", (Column("n", "N"),), ({"n": "one"}, {"n": 2}))
    with pytest.raises(CostcalcError, match='cannot write the table as parquet: pyarrow says "'):
        parquet.render(table)
