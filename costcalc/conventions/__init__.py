"""Conventions of other tools: their exact totals, and the terms in which two tools differ.

Each convention is one file. It weights the operation counts, shapes and parameters of the layers as its tool does,
including the tool's errors; `costcalc.measure.peers` runs the tools themselves, and a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.conventions import costcalc_, fvcore, parameters, ptflops, thop, torch_, torchinfo
from costcalc.conventions.base import Convention
from costcalc.errors import UsageError, did_you_mean, shown

__all__ = ["CONVENTIONS", "Convention", "convention"]

CONVENTIONS: Mapping[str, Convention] = {
    each.name: each
    for each in (
        costcalc_.CONVENTION,
        fvcore.CONVENTION,
        torch_.CONVENTION,
        ptflops.PYTORCH,
        ptflops.ATEN,
        thop.CONVENTION,
        torchinfo.CONVENTION,
        parameters.KERAS,
        parameters.TF_SLIM,
    )
}
"""Every convention, by name."""


def convention(name: str) -> Convention:
    """The convention called ``name``. Raises UsageError, with the nearest name, if there is none."""
    if name not in CONVENTIONS:
        known = f"known: {', '.join(CONVENTIONS)}"
        hint = " ".join(part for part in (did_you_mean(name, CONVENTIONS), known) if part)
        raise UsageError(f"no convention {shown(name) if name.strip() else 'given'}", hint=hint)
    return CONVENTIONS[name]
