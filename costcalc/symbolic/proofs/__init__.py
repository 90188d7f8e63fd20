"""Named theorems about what things cost, each proved from the layer classes that count, and how to prove another."""

from costcalc.symbolic.proofs.library import load_theorem, shipped_theorems
from costcalc.symbolic.proofs.report import report, statements
from costcalc.symbolic.proofs.verdict import Theorem, Verdict

__all__ = ["Theorem", "Verdict", "load_theorem", "report", "shipped_theorems", "statements"]
