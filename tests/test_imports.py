"""The import order that pyproject.toml declares holds, and each of its contracts can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict on the package in ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_imports_lower_ranks_only():
    """The import order holds in the whole package."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("dims.py", "import costcalc.table", "A file imports its own rank and lower ones only"),
        ("layers/conv.py", "def late():\n    import costcalc.spec", "A file imports its own rank and lower ones only"),
        ("errors.py", "def late():\n    import costcalc.words", "No circles within a rank"),
        ("new_file.py", "", "A file imports its own rank and lower ones only"),
        ("memory/arena.py", "import costcalc.solver", "A file imports its own rank and lower ones only"),
        ("outputs/markdown.py", "import costcalc.dims", "Outputs know tables and nothing else"),
        (
            "cli/main.py",
            "def late():\n    import torch.nn",
            "torch and the counters that need it are imported in measure alone",
        ),
        ("dims.py", "import fvcore.nn", "torch and the counters that need it are imported in measure alone"),
        (
            "symbolic/closed.py",
            "def late():\n    import costcalc.solver",
            "A file imports its own rank and lower ones only",
        ),
        ("analyses/cost.py", "def late():\n    import sympy", "sympy is imported by what is about symbols alone"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(tmp_path: Path, file: str, line: str, contract: str):
    """An import against the order, at the top or inside a function, is found and its contract named."""
    shutil.copytree(ROOT / "costcalc", tmp_path / "costcalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "costcalc" / file).open("a", encoding="utf-8") as stream:
        stream.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    if file != "new_file.py":
        assert f"{contract} BROKEN" in result.stdout
    else:
        assert "new_file" in result.stdout
