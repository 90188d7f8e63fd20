"""Named theorems about what things cost, each proved from the layer classes that count, and how to prove another."""

from costcalc.theorems.library import load_theorem, shipped_theorems
from costcalc.theorems.report import report, statements
from costcalc.theorems.verdict import Theorem, Verdict

__all__ = ["Theorem", "Verdict", "load_theorem", "report", "shipped_theorems", "statements"]
