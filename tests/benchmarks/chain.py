"""How the time to analyse a chain of layers grows with its length; 10,000 layers should take under 2 s.

    python tests/benchmarks/chain.py

Each length is measured from the YAML file to the two tables, in a process of its own, the least of a few runs: once
with every layer a line of the file, once as a repeat.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = (2_500, 5_000, 10_000)
RUNS = 3

ANALYSE = """
import sys, time
sys.path.insert(0, sys.argv[2])
import costcalc
start = time.perf_counter()
graph = costcalc.infer(costcalc.load(sys.argv[1]))
costcalc.params([graph], by="layer")
costcalc.macs([graph], by="layer")
print(time.perf_counter() - start)
"""

HEAD = "name: chain\ninput: [8, 16, 16]\nlayers:\n"
LAYER = "conv: {out: 8, kernel: 3, bias: true}"
SPECS = {
    "a line each": lambda n: HEAD + f"  - {LAYER}\n" * n,
    "a repeat": lambda n: HEAD + f"  - repeat: {{n: {n}, layers: [{LAYER}]}}\n",
}


def seconds(spec: Path) -> float:
    """The least wall time of a few runs."""
    command = [sys.executable, "-c", ANALYSE, str(spec), str(ROOT)]
    return min(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(RUNS))


def main() -> None:
    print("seconds from the YAML file to the tables of params and MACs by layer")
    with tempfile.TemporaryDirectory() as folder:
        for form, spec in SPECS.items():
            times = []
            for length in LENGTHS:
                path = Path(folder, "chain.yaml")
                path.write_text(spec(length), encoding="utf-8")
                times.append(seconds(path))
            row = ", ".join(f"{length:,}: {time:.3f} s" for length, time in zip(LENGTHS, times, strict=True))
            growth = ", ".join(f"{after / before:.2f}" for before, after in pairwise(times))
            print(f"{form:>12}: {row}; growth at each doubling: {growth}")


if __name__ == "__main__":
    main()
