"""Other tools' ways of counting: their totals to the last digit, and the terms in which two of them differ.

A convention is a file here. It reads the layers' ledger, shapes and parameters, and weights them as its tool does, also
where the tool is wrong; `costcalc.measure.peers` runs the tools themselves, and a test compares.
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
"""Every convention, by its name."""


def convention(name: str) -> Convention:
    """The convention called ``name``. Raises UsageError, naming the nearest, for any other."""
    if name not in CONVENTIONS:
        known = f"known: {', '.join(CONVENTIONS)}"
        hint = " ".join(part for part in (did_you_mean(name, CONVENTIONS), known) if part)
        raise UsageError(f"no convention {shown(name) if name.strip() else 'given'}", hint=hint)
    return CONVENTIONS[name]
