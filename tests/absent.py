"""A package that is not installed: what imports it is skipped, not failed."""

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import pytest

__all__ = ["Absent"]


class Absent(MetaPathFinder):
    """The last finder of `sys.meta_path`: an import of ``package`` that gets here skips the test, or its whole file."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Find nothing; skip if ``name`` is the package or a part of it."""
        if name.partition(".")[0] == self.package:
            pytest.skip(f"needs {self.package}", allow_module_level=True)
