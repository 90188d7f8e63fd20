"""Tables as parquet."""

from io import BytesIO

import pandas
import pytest

from costcalc.errors import UsageError
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
    with pytest.raises(UsageError, match="parquet has no whole numbers beyond 64 bits: Count has some"):
        parquet.render(table)
