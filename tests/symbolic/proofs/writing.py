"""Theorems that tests write in place."""

from costcalc.spec.read import read_text
from costcalc.symbolic.proofs.claims import Statement, parse
from costcalc.symbolic.proofs.prover import prove
from costcalc.symbolic.proofs.verdict import Verdict

__all__ = ["proof", "theorem"]

CONV = "graphs: {conv: {input: [c, h, h], layers: [conv: {out: d, kernel: 3}]}}\n"
"""A graph that most theorems here are about, over c, d and h."""


def theorem(text: str) -> Statement:
    """The theorem in ``text``, with a claim and a source if it has none."""
    head = "".join(f"{key}: of a test\n" for key in ("claim", "source") if f"{key}:" not in text)
    return parse(read_text(head + text, "theorem.yaml"), "theorem")


def proof(text: str, symbols: str = "{c: 1, d: 1, h: 1}", graphs: str = CONV) -> Verdict:
    """The verdict on one comparison about `CONV`, or on what follows ``prove:`` in ``text``."""
    claims = text if text.startswith("prove:") else f"prove: [{text!r}]\n"
    return prove(theorem(f"symbols: {symbols}\n{graphs}{claims}"))
