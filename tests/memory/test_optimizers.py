"""What optimizers keep, by hand, and what is none; precisions."""

from __future__ import annotations

import pytest

from costcalc.errors import UsageError
from costcalc.memory.liveness import Memory
from costcalc.memory.optimizers import optimizer
from costcalc.memory.precisions import PRECISIONS, precision


@pytest.mark.parametrize(
    "name, state, temporaries",
    [
        ("sgd", 0, [0, 0, 0]),
        ("momentum", 175, [0, 0, 0]),
        ("rmsprop", 175 + 12, [100, 150, 75]),  # the tensor before and this one
        ("adam", 350 + 12, [200, 200, 100]),  # the one before and this one twice
        ("adamw", 350 + 12, [200, 200, 100]),
    ],
)
def test_optimizers_keep_copies_and_hold_temporaries(name: str, state: int, temporaries: list[int]) -> None:
    """For tensors of 100, 50 and 25 bytes, in a memory of 1000."""
    sizes = [100, 50, 25]
    assert optimizer(name).state(sizes) == state
    memory = Memory(1000)
    optimizer(name).run([("a", 100), ("b", 50), ("c", 25)], memory)
    steps = memory.liveness().steps
    assert [step.path for step in steps] == ["a", "b", "c"]
    assert [step.during - 1000 for step in steps] == temporaries
    assert steps[-1].after == 1000


def test_an_optimizer_or_a_precision_that_is_none_is_refused() -> None:
    """With the nearest."""
    with pytest.raises(UsageError, match=r"optimizer = adm: must be one of .* \(did you mean adam\?\)"):
        optimizer("adm")
    with pytest.raises(UsageError, match=r"training in fp16: must be one of fp32, bf16, autocast"):
        precision("fp16")
    assert list(PRECISIONS) == ["fp32", "bf16", "autocast"]
