"""``costcalc prove``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.cli import catalogue, streams
from costcalc.cli.command import PlainCommand, command
from costcalc.errors import CheckFailed

if TYPE_CHECKING:
    from costcalc.symbolic.proofs import Theorem, Verdict

__all__ = ["prove"]


@command(PlainCommand)
def prove(names: catalogue.Theorems, list: catalogue.List, result: catalogue.Format) -> None:
    """Prove theorems about costs from the layer formulas: proved, refuted with a counterexample, or undecided.

    The exit status is 1 unless all are proved.
    """
    from costcalc.symbolic.proofs import load_theorem, report, shipped_theorems, statements

    theorems = [load_theorem(each) for each in dict.fromkeys(names or shipped_theorems())]
    if list:
        result.table(statements(theorems))
        return
    done = 0

    def tell(theorem: Theorem, verdict: Verdict) -> None:
        nonlocal done
        done += 1
        streams.tell(f"[{done}/{len(theorems)}] {theorem.name}: {verdict.status}")

    table = report(theorems, tell)
    result.table(table)
    failed = [row for row in table.rows if row["verdict"] != "proved"]
    if failed:
        first = f"{failed[0]['name']} is {failed[0]['verdict']}: {failed[0]['detail']}"
        raise CheckFailed(f"{len(failed)} of {len(theorems)} theorems not proved; {first}")
