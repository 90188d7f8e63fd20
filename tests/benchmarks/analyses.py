"""How time and memory of every analysis grow with the number of layers of a chain.

    python tests/benchmarks/analyses.py [WORD ...]

Each analysis is a command of its own process, from the YAML file to its result as JSON: seconds of processor time
(which other work on the machine changes little) and the peak of resident memory in MB, for three lengths, and how both
grow from the second to the third, which has twice as many layers. Only analyses whose command has every ``WORD`` in it
are measured. One that takes longer than `LIMIT` is ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = (5_000, 10_000, 20_000)
LIMIT = 120
"""Seconds of wall time."""

CONVENTIONS = ("fvcore", "torch", "ptflops", "ptflops-aten", "thop", "torchinfo")

CHAIN, OTHER = "chain.yaml", "other.yaml"
ANALYSES = (
    f"params {CHAIN} --by layer",
    *(f"params {CHAIN} --by layer --convention {name}" for name in ("keras", "tf-slim")),
    f"macs {CHAIN} --by layer",
    f"macs {CHAIN} --by layer --ledger",
    f"macs {CHAIN} --by layer --training",
    *(f"macs {CHAIN} --by layer --convention {name}" for name in CONVENTIONS),
    f"reconcile {CHAIN} --from thop --to torch",
    f"show {CHAIN}",
    f"derive {CHAIN}",
    f"memory {CHAIN}",
    f"memory {CHAIN} --timeline",
    f"memory {CHAIN} --arena",
    f"memory {CHAIN} --order best",
    f"memory {CHAIN} --nested",
    f"memory {CHAIN} --fuse",
    f"memory {CHAIN} --training",
    f"memory {CHAIN} --training --autocast",
    f"memory {CHAIN} --training --checkpoint",
    f"fits {CHAIN} --device 80GB",
    f"compare {CHAIN} {OTHER}",
    f"report {CHAIN} --format markdown",
    f"report {CHAIN} --format html --output page.html",
)

HEAD = "name: {name}\ninput: [8, 16, 16]\nlayers:\n"
LAYERS = "  - conv: {out: 8, kernel: 3}\n  - batch_norm\n  - relu\n"
SHORTER = "  - conv: {out: 8, kernel: 1}\n"


def chain(name: str, length: int, more: str = "") -> str:
    """A spec of ``length`` layers in a line, and ``more``."""
    lines = (LAYERS * (length // 3 + 1)).splitlines(keepends=True)[:length]
    return HEAD.format(name=name) + "".join(lines) + more


class Cost(NamedTuple):
    """Of one command; ``failed`` is the last line that it wrote to standard error, if it failed."""

    seconds: float
    megabytes: float
    failed: str


def cost(command: str, folder: Path) -> Cost:
    """Of ``command`` in ``folder``."""
    words = [sys.executable, "-m", "costcalc", *command.split()]
    if "--format" not in words and "show" not in words:
        words += ["--format", "json"]
    process = subprocess.Popen(
        words, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    assert process.stderr is not None
    errors = process.stderr.read().decode().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    failed = ((errors or [""])[-1] or "ended") if process.returncode else ""
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KIBIBYTES / 1e6, failed)


_KIBIBYTES = 1 if sys.platform == "darwin" else 1024
"""Bytes of the unit of ``ru_maxrss``."""


def main() -> None:
    chosen = [command for command in ANALYSES if all(word in command for word in sys.argv[1:])]
    print(f"{'':64}" + "".join(f"{length:>18,}" for length in LENGTHS) + f"{'growth':>18}")
    with tempfile.TemporaryDirectory() as name:
        folders = []
        for length in LENGTHS:
            folder = Path(name, str(length))
            folder.mkdir()
            (folder / CHAIN).write_text(chain("chain", length), encoding="utf-8")
            (folder / OTHER).write_text(chain("other", length, SHORTER), encoding="utf-8")
            folders.append(folder)
        for command in chosen:
            found = [cost(command, folder) for folder in folders]
            cells = [each.failed[:16] or f"{each.seconds:.2f} s {each.megabytes:.0f} MB" for each in found]
            before, after = found[-2:]
            growth = f"{after.seconds / before.seconds:.2f} {after.megabytes / before.megabytes:.2f}"
            print(f"{command:64}" + "".join(f"{cell:>18}" for cell in (*cells, growth)), flush=True)


if __name__ == "__main__":
    main()
