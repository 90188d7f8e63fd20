"""Tests of what is not installed are skipped, and nothing else is."""

import sys
from importlib import import_module

import pytest

from costcalc.errors import MissingError
from costcalc.extras import require
from tests.absent import Absent


@pytest.fixture(autouse=True)
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed, as torch may be."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Absent("no_such_package")])


@pytest.mark.parametrize("name", ["no_such_package", "no_such_package.part"])
def test_an_import_of_it_skips_and_says_why(name: str) -> None:
    """At the top of a file the whole file is skipped; through costcalc's own import, the test."""
    for imported in (lambda: import_module(name), lambda: require(name, "plot")):
        with pytest.raises(pytest.skip.Exception, match="^needs no_such_package$") as caught:
            imported()
        assert caught.value.allow_module_level


def test_a_package_that_is_blocked_or_unknown_still_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of a missing package blocks it in `sys.modules`; a misspelt import is an error."""
    monkeypatch.setitem(sys.modules, "no_such_package", None)
    for name in ("no_such_package", "no_such_package_of_that_name"):
        with pytest.raises(MissingError):
            require(name, "plot")
