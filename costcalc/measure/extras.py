"""What must be said when a package is not here, or refuses what it is given."""

from __future__ import annotations

from costcalc import extras
from costcalc.errors import shown

__all__ = ["reason", "require"]


def require(module: str) -> None:
    """Import ``module``; raise MissingError, with the line that installs its package, if that cannot be done."""
    extras.require(module, "torch")


def reason(error: Exception) -> str:
    """What ``error`` says, in one line: torch appends stack traces of its own."""
    lines = str(error).splitlines()
    return shown(lines[0] if lines else type(error).__name__, 200)
