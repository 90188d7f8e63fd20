"""The verdicts on theorems as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from costcalc.symbolic.proofs.verdict import PROVED, Theorem, Verdict
from costcalc.table import Column, Table

__all__ = ["report", "statements"]


def report(
    theorems: Sequence[Theorem], progress: Callable[[Theorem, Verdict], None] = lambda theorem, verdict: None
) -> Table:
    """A row for each of ``theorems`` with its verdict; ``progress`` is told of each as it is done.

    ``about`` has what each of them says. Raises CostcalcError for a theorem that makes no sense.
    """
    rows = []
    for theorem in theorems:
        verdict = theorem.prove()
        progress(theorem, verdict)
        rows.append({"name": theorem.name, "verdict": verdict.status, "detail": verdict.detail})
    proved = sum(row["verdict"] == PROVED for row in rows)
    return Table(
        title="Theorems",
        columns=(Column("name", "Theorem"), Column("verdict", "Verdict"), Column("detail", "How")),
        rows=rows,
        notes=[f"{proved} of {len(rows)} proved, from the formulas of the layers."],
        about={
            "proved": proved,
            "theorems": {each.name: {key: getattr(each, key) for key in _PARTS} for each in theorems},
        },
    )


_PARTS = ("claim", "conditions", "source")


def statements(theorems: Sequence[Theorem]) -> Table:
    """What ``theorems`` claim, without proof. Raises CostcalcError for one that cannot be read."""
    return Table(
        title="Theorems",
        columns=(Column("name", "Theorem"), *(Column(key, key.capitalize()) for key in _PARTS)),
        rows=[{"name": each.name, **{key: getattr(each, key) for key in _PARTS}} for each in theorems],
    )
