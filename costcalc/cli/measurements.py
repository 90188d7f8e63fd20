"""The files of a benchmark that a command shows: results, and the ceilings of the machine that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli import plan
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.report.roofline import Measurements

__all__ = ["CeilingsFile", "ResultsFile", "given"]

ResultsFile = Annotated[
    str | None,
    typer.Option("--results", metavar="FILE", help="What costcalc bench --results FILE measured, for the roofline."),
]
CeilingsFile = Annotated[
    str | None,
    typer.Option("--ceilings", metavar="FILE", help="What costcalc roofline --save FILE measured on the same machine."),
]


def given(results: str | None, ceilings: str | None) -> Measurements | None:
    """What the two files hold; None where neither is named.

    Raises UsageError for one without the other and for those of different machines, CostcalcError for a file that
    cannot be read.
    """
    if results is None and ceilings is None:
        return None
    if results is None:
        raise UsageError("--ceilings are held against times: add --results FILE, which costcalc bench writes")
    if ceilings is None:
        raise UsageError("--results are held against ceilings: add --ceilings FILE, of costcalc roofline --save FILE")

    from costcalc.device.results import read
    from costcalc.report.roofline import Measurements

    found = read(results)
    known, reason = plan.usable(ceilings, found.header.environment)
    if known is None:
        raise UsageError(reason or "no ceilings", file=ceilings)
    return Measurements(found, known)
