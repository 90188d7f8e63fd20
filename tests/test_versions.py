"""The versions that development is done with, and the lowest that pyproject.toml admits."""

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = [
    each
    for each in map(Requirement, chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()))
    if each.name != PROJECT["name"]
]


def pins(text: str) -> dict[str, Version]:
    """The versions in a file of lines ``name==version``, by name; a line of another kind fails."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            pin = re.fullmatch(r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.]+)", line)
            assert pin, f"not a name and a public version: {line}"
            found[pin["name"]] = Version(pin["version"])
    return found


LOCK = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_the_lock_meets_every_requirement(requirement: Requirement) -> None:
    """What pyproject.toml asks for, in whichever extra, is in the lock at a version within its range."""
    assert requirement.specifier.contains(pins(LOCK)[canonicalize_name(requirement.name)], prereleases=True)


def test_the_lock_holds_names_and_public_versions_in_order() -> None:
    """No URL, no path and no local build: each line can be installed from any index."""
    names = list(pins(LOCK))
    assert names == sorted(set(names))
    assert len(names) > len({each.name for each in DECLARED})  # what these require in their turn is there too


@pytest.mark.parametrize(
    "line", ["torch @ file:///wheels/torch.whl", "torch==2.13.0+cpu", "./torch.whl", "-e .", "torch>=2.13", "torch"]
)
def test_a_line_that_only_one_machine_can_install_is_refused(line: str) -> None:
    """A URL, a path, a local build, or no exact version."""
    with pytest.raises(AssertionError, match="not a name and a public version"):
        pins(f"sympy==1.14.0\n{line}\n")


def test_the_lowest_versions_are_the_lower_ends_of_the_ranges() -> None:
    """.ci/lowest prints one pin for each requirement: within its range, and no version before it would be."""
    script = [sys.executable, str(ROOT / ".ci" / "lowest")]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    lowest = {canonicalize_name(name): Version(version) for name, version in re.findall(r"(\S+)==(\S+)\n", printed)}
    assert lowest.keys() == {canonicalize_name(each.name) for each in DECLARED}
    for each in DECLARED:
        version = lowest[canonicalize_name(each.name)]
        assert each.specifier.contains(version), each
        assert version in {Version(end.version.removesuffix(".*")) for end in each.specifier}, each
