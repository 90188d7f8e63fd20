import subprocess
import sys

import pytest

from costcalc.errors import MissingError
from costcalc.measure.extras import reason, require

BLOCKED = """
import sys
sys.modules["{package}"] = None  # as if it were not installed
from costcalc.errors import MissingError
{before}
try:
    import {module}
except MissingError as error:
    print(error.exit_code, error)
"""


@pytest.mark.parametrize(
    ("package", "module", "before"),
    [
        ("torch", "costcalc.measure.build", ""),
        ("torch", "costcalc.measure.validate", ""),
        ("fvcore", "costcalc.measure.validate", "import costcalc.measure.build"),
    ],
)
def test_without_the_package_the_error_says_how_to_install_it(package: str, module: str, before: str) -> None:
    """And what needs torch alone works without fvcore."""
    program = BLOCKED.format(package=package, module=module, before=before)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout.startswith(f"3 {package} is needed"), run.stderr
    assert run.stdout.rstrip().endswith("(pip install 'costcalc[torch]')")


def test_a_part_of_a_package_is_asked_for_by_the_name_of_the_package() -> None:
    """That is the name that installs it."""
    with pytest.raises(MissingError, match=r"^no_such_package is needed"):
        require("no_such_package.part")


def test_of_a_long_message_the_first_line_is_told() -> None:
    """torch appends stack traces; an error without a message tells its type."""
    assert reason(RuntimeError("sizes do not fit\nframe #0: c10::Error")) == 'torch says "sizes do not fit"'
    assert reason(RuntimeError()) == 'torch says "RuntimeError"'
