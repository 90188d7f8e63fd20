"""Results made up by hand: no device ever ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.device.records import Ceilings, Cell, Environment, Header, Policy, Rate, Subject, Turn

ENVIRONMENT = Environment(
    costcalc="0.1.0",
    python="3.11.9",
    torch="2.13.0+cpu",
    system="Linux x86_64",
    processor="Abacus 9",
    cores=4,
    threads=2,
    device="cpu",
    load=0.25,
)

CEILINGS = Ceilings(
    measured="2026-01-31T12:00:00Z",
    environment=ENVIRONMENT,
    products={"fp32": Rate(per_second=1e9, size=1024)},
    copy_rate=Rate(per_second=4e8, size=2**28),
    call=1e-9,
)

POLICY = Policy(least=2, most=4, spread=0.02, slot=0.1, confidence=0.95)


def cell(model: str = "tiny", work: str = "forward", resolution: int | None = 32, **changes: Any) -> Cell:
    """A cell of one image in fp32."""
    knobs = {} if resolution is None else {"resolution": resolution}
    given = {"model": model, "knobs": knobs, "graph": "0" * 16, "batch": 1, "dtype": "fp32", "mode": "eager"}
    return Cell.model_validate({**given, "layout": "contiguous", "work": work, **changes})


def header(cells: Sequence[Cell], **changes: Any) -> Header:
    """A header over ``cells``."""
    names = dict.fromkeys(one.model for one in cells)
    given = {
        "started": "2026-01-31T12:00:00Z",
        "environment": ENVIRONMENT,
        "subjects": [Subject(name=name, file=f"{name}.yaml", revision="abc123") for name in names],
        "policy": POLICY,
        "cells": list(cells),
    }
    return Header(**{**given, **changes})


def turn(number: int, round: int, *seconds: float, **changes: Any) -> Turn:
    """A turn that took these seconds."""
    return Turn(cell=number, round=round, at="2026-01-31T12:00:01Z", seconds=list(seconds), **changes)
