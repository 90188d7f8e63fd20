"""The optional packages: an error that says what to install where one is not here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from costcalc.errors import MissingError, quoted

__all__ = ["not_imported", "require"]


def require(module: str, extra: str) -> Any:
    """The imported ``module``, which the extra ``extra`` of costcalc brings.

    Raises MissingError, with the line that installs it, if it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingError(not_imported(module, error), hint=f"pip install 'costcalc[{extra}]'") from error


def not_imported(module: str, error: ImportError) -> str:
    """That the package of ``module`` is needed and is not here; Python is quoted where it is here and does not work."""
    package = module.partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == package:
        return f"{package} is needed for this and is not installed"
    return f"{package} is needed for this and cannot be imported: {quoted('Python', error)}"
