"""What closed forms, proofs and the audit cost as whole processes: CPU time (user and system), and wall time.

    python tests/benchmarks/forms.py [--runs N]

`derive mobilenetv2` and `audit` are to stay under 3 s of CPU time, and all of `prove` under 60 s of wall time on two
cores.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = (
    ("derive", "mobilenetv2"),
    ("derive", "mobilenetv2", "--exact", "--by", "stage"),
    ("derive", "nasnet-large"),
    ("solve", "mobilenetv2", "--macs", "300M", "--wrt", "alpha"),
    ("solve", "mobilenetv1", "--macs", "300M", "--alpha", "0.1..100"),
    ("solve", "mobilenetv1", "--macs", "300M", "--alpha", "1e-320..1e60"),
    ("solve", "mobilenetv1", "--macs", "300M", "--resolution", "1..1000000000000000"),
    ("solve", str(ROOT / "tests/benchmarks/two_knobs.yaml"), "--macs", "100M", "--a", "0.1..2", "--n", "1..200"),
    ("solve", "ssdlite-mobilenetv1", "--macs", "1G", "--alpha", "0.2..1.2", "--num_classes", "60..80/5"),
    ("audit",),
    ("memory", "nasnet-mobile", "--order", "best"),
    ("prove",),
)


def seconds(command: tuple[str, ...]) -> tuple[float, float]:
    """CPU and wall time of ``costcalc COMMAND``, which must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "costcalc", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Print the least of the runs of each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    for command in COMMANDS:
        times = [seconds(command) for _ in range(1 if command == ("prove",) else runs)]
        cpu, wall = min(times)
        print(f"{cpu:6.2f} s CPU {wall:6.2f} s wall  costcalc {' '.join(command)}")


if __name__ == "__main__":
    main()
