"""What must be said when a package is not here, or refuses what it is given."""

from __future__ import annotations

from importlib import import_module

from costcalc.errors import MissingError, shown

__all__ = ["reason", "require"]


def require(module: str) -> None:
    """Import ``module``; raise MissingError, with the line that installs its package, if that cannot be done."""
    try:
        import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingError(
            f"{package} is needed for this and cannot be imported: {error}", hint="pip install 'costcalc[torch]'"
        ) from error


def reason(error: Exception) -> str:
    """What ``error`` says, in one line: torch appends stack traces of its own."""
    lines = str(error).splitlines()
    return shown(lines[0] if lines else type(error).__name__, 200)
