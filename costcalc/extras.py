"""The optional packages: an error that says what to install where one is not here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from costcalc.errors import MissingError

__all__ = ["require"]


def require(module: str, extra: str) -> Any:
    """The imported ``module``, which the extra ``extra`` of costcalc brings.

    Raises MissingError, with the line that installs it, if it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingError(
            f"{package} is needed for this and cannot be imported: {error}", hint=f"pip install 'costcalc[{extra}]'"
        ) from error
