"""Optional packages."""

import subprocess
import sys

import pytest

from costcalc.errors import MissingError
from costcalc.extras import require
from tests.cli.runner import environment


def test_a_package_that_is_here_is_given() -> None:
    """The module itself."""
    assert require("json", "plot").dumps([1]) == "[1]"


def test_a_package_that_is_not_here_is_named_with_what_installs_it() -> None:
    """The package, and the extra that brings it."""
    with pytest.raises(MissingError, match="no_such_package is needed for this") as caught:
        require("no_such_package.part", "plot")
    assert caught.value.hint == "pip install 'costcalc[plot]'"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("jinja2", ["params", "mobilenetv2", "--format", "latex"]),
        ("pyarrow", ["params", "mobilenetv2", "--output", "a.parquet"]),
        ("jinja2", ["report", "lenet5"]),
        ("jinja2", ["audit", "lenet", "--output", "audit.html"]),
        ("vl_convert", ["plot", "shares", "lenet5"]),
        ("vl_convert", ["report", "lenet5"]),
        ("latex2mathml", ["report", "lenet5"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_a_command_without_its_extra_says_what_to_install(module: str, arguments: list[str], tmp_path) -> None:
    """One line, exit status 3, and no file."""
    code = f"import sys; sys.modules[{module!r}] = None\nfrom costcalc.cli import main; sys.exit(main({arguments!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 3, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith(f"costcalc: error: {module} is needed for this and is not installed")
    assert result.stderr.endswith("(pip install 'costcalc[plot]')\n")
    assert list(tmp_path.iterdir()) == []
