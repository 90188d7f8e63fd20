"""Files of benchmarks: what was measured, where, and the statistics of it. Reading them needs no torch.

`read` gives the rows of a results file (``costcalc.bench/1``, JSON lines), `read_ceilings` what a machine can do at
best (``costcalc.ceilings/1``).
"""

from costcalc.device.results.ceilings import read_ceilings
from costcalc.device.results.reading import Results, read
from costcalc.device.results.records import Ceilings, Cell, Environment, Header, Policy, Rate, Subject, Turn
from costcalc.device.results.statistics import Summary, ratio, summary

__all__ = [
    "Ceilings",
    "Cell",
    "Environment",
    "Header",
    "Policy",
    "Rate",
    "Results",
    "Subject",
    "Summary",
    "Turn",
    "ratio",
    "read",
    "read_ceilings",
    "summary",
]
