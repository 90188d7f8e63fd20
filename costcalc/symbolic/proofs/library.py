"""The theorems by name: the files of ``specs/theorems``, those about every model at once, and a user's own file."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.errors import nearest
from costcalc.spec.read import read_file
from costcalc.spec.shipped import find, shipped, stem
from costcalc.symbolic.proofs.claims import parse
from costcalc.symbolic.proofs.verdict import Theorem, Verdict

__all__ = ["load_theorem", "shipped_theorems"]


def shipped_theorems() -> list[str]:
    """The names of the theorems that costcalc brings, sorted."""
    from costcalc.symbolic.proofs.every import EVERY

    return sorted([*shipped("theorems"), *EVERY])


def load_theorem(name: str) -> Theorem:
    """The theorem called ``name``: a shipped one, or the path of a YAML file.

    Raises UsageError for a name that is neither, SpecError for a file that states none.
    """
    from costcalc.symbolic.proofs.every import EVERY

    if name in EVERY:
        return EVERY[name]
    path, file = find("theorems", "theorem", name, _near)
    statement = parse(read_file(path, file), stem(path))

    def prove() -> Verdict:
        from costcalc.symbolic.proofs.prover import prove

        return prove(statement)

    return Theorem(statement.name, statement.claim, statement.source, statement.conditions, prove)


def _near(name: str, _: Iterable[str]) -> str | None:
    return nearest(name, shipped_theorems())
