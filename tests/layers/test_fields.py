"""Arguments: what each kind of field keeps, and that every wrong value is refused by field, value and rule."""

import math
from typing import Any

import pytest
import sympy
from jsonschema import Draft202012Validator

from costcalc.dims import int_array
from costcalc.errors import LayerError, shown
from costcalc.layers.fields import REQUIRED, Field, Flag, Number, Padding, Pair, Size, Word

WHOLE = "must be a whole number"
NO_FLOAT = "must be a whole number; int(), round() or make_divisible() say how it rounds"


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (Size(), 1, 1),
        (Size(), 10**50, 10**50),
        (Size(least=0), 0, 0),
        (Pair(), 3, (3, 3)),
        (Pair(), (3, 5), (3, 5)),
        (Padding(), "half", "half"),
        (Padding(), "same", "same"),
        (Padding(), "valid", "valid"),
        (Padding(), 0, (0, 0)),
        (Padding(), (0, 2), (0, 2)),
        (Flag(), True, True),
        (Flag(), False, False),
        (Number(), 2, 2),
        (Number(), 0.25, 0.25),
        (Number(least=0, most=1), 0, 0),
        (Number(least=0, most=1), 1.0, 1.0),
        (Word(("relu", "elu")), "elu", "elu"),
    ],
)
def test_a_right_value_is_kept(field: Field, value: object, kept: object) -> None:
    """Pairs are kept as pairs, everything else as it is."""
    assert field.check("x", value) == kept
    assert type(field.check("x", value)) is type(kept)


SIZES = [
    (0, "0", "must be at least 1"),
    (-3, "-3", "must be at least 1"),
    (2.0, "2.0", NO_FLOAT),
    (2.5, "2.5", NO_FLOAT),
    (math.nan, "nan", NO_FLOAT),
    (math.inf, "inf", NO_FLOAT),
    (True, "true", WHOLE),
    ("3", "3", WHOLE),
    ("relu", "relu", WHOLE),
    (None, "none", WHOLE),
    ([3], "[3]", WHOLE),
]
PAIRS = [
    ((3,), "[3]", "must be one number or a pair [vertical, horizontal]"),
    ((1, 2, 3), "[1, 2, 3]", "must be one number or a pair [vertical, horizontal]"),
    ((), "[]", "must be one number or a pair [vertical, horizontal]"),
    ((3, 1.5), "1.5", NO_FLOAT),
    ((3, True), "true", WHOLE),
    (((1, 2), 3), "[1, 2]", WHOLE),
]
FLAGS = [(value, text, "must be true or false") for value, text in [(1, "1"), (0, "0"), ("yes", "yes"), (None, "none")]]
NUMBERS = [
    (math.nan, "nan", "must be a number"),
    (math.inf, "inf", "must be a number"),
    (-math.inf, "-inf", "must be a number"),
    (True, "true", "must be a number"),
    ("half", "half", "must be a number"),
    (None, "none", "must be a number"),
    ((0.5,), "[0.5]", "must be a number"),
    (-0.1, "-0.1", "must be at least 0"),
    (1.5, "1.5", "must be at most 1"),
    (10**400, "a number of 1329 bits", "must be at most 1"),
]
CHOICES = [(value, text, "must be one of relu, elu") for value, text in [("rleu", "rleu"), (1, "1"), (True, "true")]]


@pytest.mark.parametrize(
    ("field", "value", "text", "rule"),
    [
        *((Size(), *row) for row in SIZES),
        *((Pair(), *row) for row in SIZES + PAIRS),
        *((Padding(), *row) for row in PAIRS),
        (Padding(), -1, "-1", "must be at least 0"),
        (Padding(), 1.5, "1.5", NO_FLOAT),
        (Padding(), True, "true", WHOLE),
        (Padding(), None, "none", WHOLE),
        (Padding(), "sama", "sama", "not a padding"),
        *((Flag(), *row) for row in FLAGS),
        *((Number(least=0, most=1), *row) for row in NUMBERS),
        *((Word(("relu", "elu")), *row) for row in CHOICES),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Field) else shown(value, 20),
)
def test_a_wrong_value_is_refused_by_field_value_and_rule(field: Field, value: Any, text: str, rule: str) -> None:
    """One sentence says which argument, what it was and what it must be."""
    with pytest.raises(LayerError) as caught:
        field.check("kernel", value)
    assert caught.value.field == "kernel"
    assert caught.value.message == f"kernel = {text}: {rule}"


def test_an_unknown_word_is_answered_with_the_nearest() -> None:
    """A typo in a word costs one look."""
    with pytest.raises(LayerError) as padding:
        Padding().check("padding", "sama")
    assert padding.value.hint == "did you mean same?"
    with pytest.raises(LayerError) as choice:
        Word(("hard_swish", "relu", "sigmoid")).check("fn", "hardswish")
    assert choice.value.hint == "did you mean hard_swish?"


@pytest.mark.parametrize("field", [Size(), Pair(), Padding(), Number()], ids=lambda field: type(field).__name__)
def test_sizes_may_be_arrays_and_symbols(field: Field) -> None:
    """What a sweep or a closed form puts for a number is kept as it is."""
    for value in (int_array([1, 2]), sympy.Symbol("k", integer=True, positive=True)):
        kept = field.check("x", value)
        assert all(part is value for part in (kept if isinstance(kept, tuple) else (kept,)))


def test_an_array_with_one_member_too_small_is_refused() -> None:
    """The rule holds for every member of a sweep."""
    with pytest.raises(LayerError, match="must be at least 1 for every member of the sweep"):
        Size().check("out", int_array([4, 0, 2]))


@pytest.mark.parametrize("field", [Pair(), Padding()], ids=lambda field: type(field).__name__)
def test_a_pair_is_one_scalar_or_two_in_the_schema(field: Field) -> None:
    """Editors mark a list of another length."""
    schema = Draft202012Validator(field.schema())
    assert all(schema.is_valid(value) for value in (3, "k", "half", [3, 1], ["k", 1]))
    assert not any(schema.is_valid(value) for value in ([3], [1, 2, 3], [], {"vertical": 3}))


def test_a_field_without_a_default_is_required_and_says_so() -> None:
    """`REQUIRED` is readable where it is shown, and stays out of the schema."""
    assert repr(REQUIRED) == "required"
    assert "default" not in Size().schema()
    assert Size(4, "how many").schema()["default"] == 4
    assert Size(4, "how many").schema()["description"] == "how many"
