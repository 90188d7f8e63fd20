"""The ledger: sums of what the layers say, in FLOPs and in bytes."""

import pytest

from costcalc.analyses.cost import ledger
from costcalc.dims import Dim
from costcalc.errors import UsageError
from costcalc.graph import Graph
from costcalc.layers.base import WORK_KINDS
from costcalc.words import DTYPES
from tests.measure.graphs import graph, layer


def model() -> Graph:
    """A few layers whose work is easily counted by hand."""
    return graph(
        (2, 4, 4),
        ("conv", layer("conv", out=3, kernel=3, bias=True)),
        ("act", layer("sigmoid")),
        ("pool", layer("max_pool", kernel=2, stride=2)),
        ("flat", layer("flatten")),
        ("head", layer("linear", out=5, bias=False)),
    )


def total(graph: Graph, dtype: str = "fp32", batch: int = 1) -> dict[str, Dim]:
    """The sums of a ledger over the whole graph."""
    sums: dict[str, Dim] = ledger(graph, dtype=dtype, batch=batch).about["totals"][graph.name]
    return sums


WORK = {
    "macs": 48 * 18 + 60,  # 48 outputs of 2 * 3 * 3 products, and 12 * 5 weights
    "adds": 48 + 48,  # the bias, and the 1 + exp(-x) of each of 48 elements
    "muls": 0,
    "compares": 12 * 3,  # 3 * 2 * 2 windows of 4 values
    "divides": 48,
    "exps": 48,
}


def test_work_is_the_sum_over_the_layers() -> None:
    """Counted by hand."""
    found = total(model())
    assert {kind: found[kind] for kind in WORK_KINDS} == WORK
    # 2 for each of 924 MACs, 1 for all the rest
    assert found["flops"] == 2 * 924 + 96 + 36 + 48 + 48


def test_bytes_are_four_for_each_element_that_is_moved() -> None:
    """Inputs and parameters are read once, outputs written once; the flatten moves nothing."""
    found = total(model())
    # conv 32 + 57, sigmoid 48, pool 48, linear 12 + 60
    assert found["read"] == 4 * (32 + 57 + 48 + 48 + 12 + 60)
    assert found["written"] == 4 * (48 + 48 + 12 + 5)


def test_a_batch_reads_parameters_once() -> None:
    """Everything else is for each image."""
    one, three = total(model()), total(model(), batch=3)
    assert {kind: three[kind] for kind in (*WORK_KINDS, "flops", "written")} == {
        kind: 3 * one[kind] for kind in (*WORK_KINDS, "flops", "written")
    }
    assert three["read"] == 3 * one["read"] - 2 * 4 * (57 + 60)


@pytest.mark.parametrize(("dtype", "width"), [(each.name, each.width) for each in DTYPES.values()])
def test_the_type_of_the_elements_sets_their_bytes(dtype: str, width: int) -> None:
    """And nothing but their bytes; at int8 the 3 biases of the convolution are int32, 3 bytes wider than the rest."""
    found, plain = total(model(), dtype=dtype), total(model())
    wider = 3 * 3 if dtype == "int8" else 0
    assert ((found["read"] - wider) * 4, found["written"] * 4) == (plain["read"] * width, plain["written"] * width)
    assert found["flops"] == plain["flops"]
    assert f"For one image in {dtype}, {width} bytes per element." in ledger([model()], dtype=dtype).notes


def test_intensity_is_flops_per_byte_of_the_row() -> None:
    """Of the sums, not a sum; of what moves nothing it is empty."""
    table = ledger([model()], by="layer")
    rows = {row["name"]: row for row in table.rows}
    assert rows["conv"]["intensity"] == (2 * 864 + 48) / (4 * (89 + 48))
    assert rows["flat"]["intensity"] is None
    assert table.total is not None
    assert table.total["intensity"] == 2076 / (4 * (257 + 113))


def test_a_kind_that_a_layer_does_not_have_is_zero_and_not_empty() -> None:
    """So that every number of the ledger is stated."""
    table = ledger([model()], by="layer")
    assert all(isinstance(row[kind], int) for row in table.rows for kind in WORK_KINDS)


def test_the_total_is_labelled_with_convention_and_both_units() -> None:
    """And with what the bytes are."""
    assert (
        "by hand by costcalc's convention: 924 MACs = 1,848 FLOPs; with all other work 2,076 FLOPs; 1,480 bytes moved."
        in ledger([model()]).notes
    )


def test_unknown_types_and_empty_batches_are_refused() -> None:
    """With the nearest type."""
    with pytest.raises(UsageError, match=r"dtype = fp31: must be one of fp64, .* \(did you mean fp32\?\)"):
        ledger([model()], dtype="fp31")
    with pytest.raises(UsageError, match="batch = 0: must be at least 1"):
        ledger([model()], batch=0)
