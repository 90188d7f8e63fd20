"""What a run of costcalc costs as a whole process, beside two yardsticks measured in the same run.

    python tests/benchmarks/startup.py [--runs N]

The first is about the smallest typer program that prints a rich table; the second counts the same model, written out in
torch, with fvcore. CPU time (user and system) of whole child processes, the runs interleaved so that a busy machine
slows all alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

COSTCALC = "import sys; from costcalc.cli import main; sys.exit(main())"

SMALLEST = """
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer()

@app.command()
def params(model: str, alpha: float = 1.0):
    table = Table(title=model)
    table.add_column("stage")
    table.add_column("params")
    table.add_row("total", str(alpha))
    Console().print(table)

app()
"""

FVCORE = """
import sys

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

def width(channels, alpha):
    value = channels * alpha
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded

def conv(cin, out, kernel=1, stride=1, groups=1, act=True):
    layers = [
        nn.Conv2d(cin, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    ]
    return nn.Sequential(*layers, nn.ReLU6()) if act else nn.Sequential(*layers)

class Block(nn.Module):
    def __init__(self, cin, out, t, stride):
        super().__init__()
        inner = cin * t
        expand = [] if t == 1 else [conv(cin, inner)]
        self.body = nn.Sequential(
            *expand, conv(inner, inner, 3, stride, inner), conv(inner, out, act=False)
        )
        self.residual = stride == 1 and cin == out

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)

def mobilenetv2(alpha):
    rows = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
    ]
    cin = width(32, alpha)
    layers = [conv(3, cin, 3, 2)]
    for t, c, n, s in rows:
        for i in range(n):
            layers.append(Block(cin, width(c, alpha), t, s if i == 0 else 1))
            cin = width(c, alpha)
    head = width(1280, max(1.0, alpha))
    layers += [conv(cin, head), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(head, 1000)]
    return nn.Sequential(*layers)

model = mobilenetv2(float(sys.argv[3])).eval()
counts = FlopCountAnalysis(model, torch.zeros(1, 3, 224, 224))
print(sum(p.numel() for p in model.parameters()), counts.by_operator()["conv"] + counts.by_operator()["linear"])
"""

BUDGETS = """
budgets:
  - model: mobilenetv2
    macs: <= 301M
    params: <= 3.6M
  - model: mobilenetv2
    knobs: {alpha: 0.75}
    macs: <= 210M
    bytes(fp16): <= 80 MB
"""

SMALL, TORCH = "smallest typer and rich", "torch and fvcore"
PROGRAMS = {
    "params": ["-c", COSTCALC, "params", "mobilenetv2", "--alpha", "0.75"],
    "compare": ["-c", COSTCALC, "compare", "mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b"],
    "check": ["-c", COSTCALC, "check"],
    SMALL: ["-c", SMALLEST, "mobilenetv2", "--alpha", "0.75"],
    TORCH: ["-c", FVCORE, "mobilenetv2", "--alpha", "0.75"],
}
TARGETS = {
    ("params", SMALL): "at most 1.5",
    ("params", TORCH): "at most 0.1",
    ("compare", SMALL): "at most 1.6",
    ("check", SMALL): "at most 1.6",
}


def cpu_seconds(arguments: list[str], folder: str) -> float:
    """CPU seconds, user and system, of one run of Python as a child process in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    with tempfile.TemporaryFile("w+") as printed:
        child = subprocess.Popen(
            [sys.executable, *arguments], stdout=printed, stderr=printed, env=environment, cwd=folder
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            printed.seek(0)
            raise SystemExit(f"{' '.join(arguments[2:])}: exit status {child.returncode}\n{printed.read()}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU time of costcalc's commands, beside two yardsticks")
    parser.add_argument("--runs", type=int, default=15, help="runs of each program, after one to warm the caches")
    runs = parser.parse_args().runs
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "budgets.yaml").write_text(BUDGETS, encoding="utf-8")
        for arguments in PROGRAMS.values():
            cpu_seconds(arguments, folder)
        for _ in range(runs):
            for name, arguments in PROGRAMS.items():
                seconds[name].append(cpu_seconds(arguments, folder))

    print(f"CPU time as a whole process, {runs} interleaved runs of each")
    for name, times in seconds.items():
        print(f"{name:>24}: median {statistics.median(times):.3f} s, least {min(times):.3f} s")
    for (name, yardstick), target in TARGETS.items():
        ours, theirs = seconds[name], seconds[yardstick]
        median = statistics.median(ours) / statistics.median(theirs)
        print(f"{name} / {yardstick}: {median:.3f} by medians, {min(ours) / min(theirs):.3f} by the least ({target})")


if __name__ == "__main__":
    main()
