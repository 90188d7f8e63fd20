"""What a chart takes: a file, its name, and where its table comes from."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FILE = '''
"""The chart of parameters: a bar for each stage."""

from __future__ import annotations

from costcalc.outputs.charts.base import Chart, channel, data, finished
from costcalc.table import Table


def chart(table: Table) -> Chart:
    """A bar for each row of ``table``."""
    rows = [{"name": row["name"], "params": row["params"]} for row in table.rows]
    bars = {"data": data(rows), "mark": {"type": "bar"}, "encoding": {"x": channel("params:Q"), "y": channel("name:N")}}
    return finished(bars, table.title)
'''


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_chart_is_a_file_and_its_table(tmp_path: Path) -> None:
    """`costcalc plot` draws it and offers it by its name."""
    shutil.copytree(ROOT / "costcalc", tmp_path / "costcalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    charts = tmp_path / "costcalc" / "outputs" / "charts"
    (charts / "sizes.py").write_text(FILE.strip() + "\n", encoding="utf-8")
    changed(charts / "__init__.py", 'CHARTS = ("shares", ', 'CHARTS = ("sizes", "shares", ')
    entry = '    "sizes": _one("sizes", tables.shares),\n'
    changed(tmp_path / "costcalc" / "report" / "plots.py", '    "shares": _one', f'{entry}    "shares": _one')
    command = [sys.executable, "-m", "costcalc", "plot", "sizes", "lenet5", "--output", "sizes.svg"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    picture = (tmp_path / "sizes.svg").read_text(encoding="utf-8")
    assert "<svg" in picture
    assert all(f">{stage}<" in picture for stage in ("c1", "s2", "c3", "s4", "c5", "f6"))
