"""Graphs as operations and storages."""

from typing import Any

import pytest
import sympy

from costcalc.dims import int_array
from costcalc.errors import UsageError
from costcalc.layers.allocation import Tensors
from costcalc.memory.program import Operation, Storage, check_whole, program
from tests.measure.graphs import graph, layer

ONE = graph(
    (2, 4, 4),
    ("conv", layer("conv", out=3)),
    ("drop", layer("dropout")),
    ("pool", layer("max_pool", kernel=2, stride=2)),
    ("flat", layer("flatten")),
    ("add", layer("add"), ("drop", "conv")),
    outputs=("flat", "add"),
)


def test_operations_are_apart_from_storages() -> None:
    """Dropout and flatten make no storage; the indices of a max pooling are transient, 8 bytes each."""
    found = program(ONE, Tensors(2, 2))
    # bytes for two images at two bytes: 2*4*4 * 2*2, 3*4*4 * 2*2, 3*2*2 * 2*2; indices 3*2*2 * 2*8
    assert found.storages == (Storage("input", 128), Storage("conv", 192), Storage("pool", 48), Storage("add", 192))
    assert found.operations == (
        Operation("conv", (), (0,), 1),
        Operation("drop", (0,), (1,), 1),
        Operation("pool", (1,), (1,), 2, 192),
        Operation("flat", (2,), (2,), 2),
        Operation("add", (0, 1), (1,), 3),
    )
    assert [operation.makes for operation in found.operations] == [True, False, True, False, True]
    assert found.given == (0,)


def test_outputs_stay_and_the_input_if_it_is_held() -> None:
    """What the caller holds is never freed."""
    assert program(ONE, Tensors(1, 4)).kept == {0, 2, 3}
    assert program(ONE, Tensors(1, 4), hold_input=False).kept == {2, 3}


def test_readers_are_the_operations_that_read_a_storage_under_any_name() -> None:
    """The storage of the convolution is read by dropout, pooling and addition."""
    assert program(ONE, Tensors(1, 4)).readers() == [[0], [1, 2, 4], [3], []]


N = sympy.Symbol("n", integer=True, positive=True)


def test_sizes_are_those_of_the_graph() -> None:
    """Symbols stay symbols: 4*4 * 4 bytes for each of n channels, and 8 for each index of a max pooling to 2 x 2."""
    symbolic = graph((N, 4, 4), ("relu", layer("relu")), ("pool", layer("max_pool", kernel=2, stride=2)))
    found = program(symbolic, Tensors(1, 4))
    assert found.storages == (Storage("input", 64 * N), Storage("relu", 64 * N), Storage("pool", 16 * N))
    assert [operation.transient for operation in found.operations] == [0, 32 * N]


@pytest.mark.parametrize("width", [N, int_array([1, 2])])
def test_plans_are_of_whole_bytes(width: Any) -> None:
    """Another size is refused with the node at which it is found, be it of a storage or of a transient."""
    one = program(ONE, Tensors(1, 4))
    check_whole(one)
    with pytest.raises(UsageError, match="input: memory planning requires integer sizes, got "):
        check_whole(program(graph((width, 4, 4), ("relu", layer("relu"))), Tensors(1, 4)))
    last = one.operations[-1]._replace(transient=width)
    with pytest.raises(UsageError, match="add: memory planning requires integer sizes, got "):
        check_whole(one._replace(operations=(*one.operations[:-1], last)))
