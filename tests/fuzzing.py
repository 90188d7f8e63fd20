"""How many mutants a fuzz test tries, and what the command line may answer to each."""

from __future__ import annotations

import os
from typing import Any

from tests.cli.runner import Run, run
from tests.exhaustive import over

__all__ = ["BATCH", "seeds", "survived"]

BATCH = 100
"""How many mutants a test tries, one for each seed."""


def seeds(batches: int, further: int) -> list[Any]:
    """The first seed of each batch: ``batches`` by default, then ``further`` under ``-m exhaustive``.

    COSTCALC_FUZZ=N in the environment makes that N times as many further batches, of seeds that no other run tries.
    """
    times = int(os.environ.get("COSTCALC_FUZZ", "1"))
    return over(range(0, (batches + further * times) * BATCH, BATCH), range(0, batches * BATCH, BATCH))


def survived(seed: int, *arguments: str) -> Run:
    """``costcalc ARGUMENTS``, which does what it was asked, or says in one printable line why not."""
    result = run(*arguments)
    where = (seed, arguments, result)
    assert result.status in (0, 1, 2, 3), where
    lines = result.err.removesuffix("\n").split("\n")
    assert all(line.isprintable() and len(line) < 2000 for line in lines), where
    assert result.status == 0 or lines[-1].startswith("costcalc: error: "), where
    for words in ("internal error", "Traceback", "nested too deep", "not enough memory"):
        assert words not in result.err, where
    return result
