"""What layers say they allocate: the formulas. That torch does it is in tests/measure/test_memory.py."""

import pytest
import sympy

from costcalc.dims import int_array
from costcalc.layers import LAYERS
from costcalc.layers.allocation import NEW, SAME, Allocation, Tensors, surrounded
from costcalc.layers.base import Layer
from tests.layers.cases import CASES

FIXED = {"batch": 3, "width": 2}


def test_a_size_in_bytes_is_batch_times_elements_times_width() -> None:
    """3 images of 2*4*5 elements at 2 bytes; the same formula over symbols."""
    assert Tensors(3, 2).bytes((2, 4, 5)) == 3 * 2 * 4 * 5 * 2
    n, b = sympy.symbols("n b", integer=True, positive=True)
    assert Tensors(b, 4).bytes((8, n, n)) == 32 * b * n**2


def test_padding_apart_makes_a_tensor_of_its_own() -> None:
    """One column left, two right, three rows above, four below; no padding, no tensor."""
    assert surrounded((2, 5, 5), (1, 2, 3, 4), Tensors(1, 4)) == 2 * (5 + 3 + 4) * (5 + 1 + 2) * 4
    assert surrounded((2, 5, 5), None, Tensors(1, 4)) == 0


def test_the_indices_of_a_max_pooling_have_eight_bytes_whatever_the_type() -> None:
    """2*3*3 results for each of three images."""
    pool = LAYERS["max_pool"](kernel=2, stride=2)
    for width in (1, 2, 4):
        assert pool.allocates(((2, 6, 6),), (2, 3, 3), Tensors(3, width)) == Allocation(transient=3 * 2 * 3 * 3 * 8)


def test_a_runtime_without_indices_allocates_the_result_of_a_max_pooling_alone() -> None:
    """Over windows and over the whole image."""
    window = LAYERS["max_pool"](kernel=2, stride=2)
    assert window.allocates(((2, 6, 6),), (2, 3, 3), Tensors(3, 1, index_width=0)) == NEW
    whole = LAYERS["global_max_pool"]()
    assert whole.allocates(((2, 6, 6),), (2,), Tensors(3, 1, index_width=0)) == NEW
    assert whole.allocates(((2, 6, 6),), (2,), Tensors(3, 1)) == Allocation(transient=3 * 2 * 8)


def test_some_layers_allocate_nothing() -> None:
    """Their output is their input, or a view of it."""
    for name in ("flatten", "identity", "dropout"):
        assert LAYERS[name]().allocates(((4,),), (4,), Tensors(1, 4)) == SAME
    for name in ("add", "multiply"):
        assert LAYERS[name]().allocates(((4,),), (4,), Tensors(1, 4)) == SAME
        assert LAYERS[name]().allocates(((4,),) * 2, (4,), Tensors(1, 4)) == NEW
        assert LAYERS[name]().allocates(((4,),) * 3, (4,), Tensors(1, 4)) == Allocation(transient=16)
    assert LAYERS["concat"]().allocates(((4,),), (4,), Tensors(1, 4)) == NEW


WINDOW = {"kh", "kw", "sh", "sw", "dh", "dw"}
"""The sizes of windows: numbers here, because whether torch pads apart is decided on them."""


@pytest.mark.parametrize("kind", LAYERS)
def test_transients_are_the_same_formula_over_all_algebras(kind: str) -> None:
    """Over arrays every member, over symbols the substituted values: what ints give."""
    cases = [case for case in CASES if case.type == kind]
    assert cases
    for case in cases[:6]:
        settings = [setting for setting in case.settings(6) if _fits(case.build(**setting))]
        for setting in settings:
            expected = _transient(case.build(**setting))
            arrays = {name: int_array([value, value]) for name, value in setting.items()}
            assert list(int_array([0, 0]) + _transient(case.build(**arrays))) == [expected] * 2
            if "padding same" in case.title:  # on which sides it pads depends on the image, which a symbol is not
                continue
            symbols = {name: sympy.Symbol(name, integer=True, positive=True) for name in setting.keys() - WINDOW}
            found = sympy.sympify(_transient(case.build(**{**setting, **symbols})))
            assert found.subs({symbols[name]: setting[name] for name in symbols}).doit() == expected


def _transient(built: tuple[Layer, tuple[tuple[int, ...], ...]]) -> int:
    operation, inputs = built
    return operation.allocates(inputs, operation.out_shape(*inputs), Tensors(**FIXED)).transient


def _fits(built: tuple[Layer, tuple[tuple[int, ...], ...]]) -> bool:
    operation, inputs = built
    return all(size >= 1 for size in operation.out_shape(*inputs))
