"""The words that options and files use."""

import pytest

from costcalc.errors import UsageError
from costcalc.memory.optimizers import OPTIMIZERS as STEPS
from costcalc.words import DTYPES, OPTIMIZERS, TIMED_DTYPES, one_of, width


@pytest.mark.parametrize("each", DTYPES.values(), ids=list(DTYPES))
def test_both_spellings_of_an_element_type_are_the_same_word(each) -> None:
    """``float16`` and ``fp16``: the short one is what every table says."""
    assert one_of("--dtype", each.torch, DTYPES) == one_of("--dtype", each.name, DTYPES) == each.name
    assert width(each.torch) == width(each.name) == each.width


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("fp17", "dtype fp17: must be one of fp32, fp16, bf16 (did you mean fp16?)"),
        ("int8", "dtype int8: must be one of fp32, fp16, bf16"),
        ("float64", "dtype float64: must be one of fp32, fp16, bf16"),
    ],
)
def test_another_word_is_refused_with_what_may_stand_there(value: str, said: str) -> None:
    """A known type that is not among those asked for is no better than an unknown one."""
    with pytest.raises(UsageError) as caught:
        one_of("dtype", value, TIMED_DTYPES)
    assert str(caught.value) == said


def test_every_optimizer_has_a_step_that_is_counted() -> None:
    """What the memory of a step is, for each word."""
    assert tuple(STEPS) == OPTIMIZERS


@pytest.mark.parametrize(
    ("word", "meant"),
    [("half", "fp16"), ("single", "fp32"), ("float", "fp32"), ("double", "fp64"), ("bfloat", "bf16")],
)
def test_torchs_other_names_of_a_type_lead_to_it(word: str, meant: str) -> None:
    """torch.half is torch.float16, torch.float is torch.float32, torch.double is torch.float64."""
    with pytest.raises(UsageError) as caught:
        one_of("--dtype", word, DTYPES)
    assert caught.value.hint == f"did you mean {meant}?"
