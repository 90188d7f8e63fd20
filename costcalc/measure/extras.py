"""What must be said when a package is not here, or refuses what it is given."""

from __future__ import annotations

from costcalc import extras
from costcalc.errors import CostcalcError, quoted

__all__ = ["reason", "require"]


def require(module: str) -> None:
    """Import ``module``; raise MissingError, with the line that installs its package, if that cannot be done."""
    extras.require(module, "torch")


def reason(error: Exception) -> str:
    """What ``error`` says, for the end of a message: our own words as they are, torch's as a quotation."""
    return str(error) if isinstance(error, CostcalcError) else quoted("torch", error)
