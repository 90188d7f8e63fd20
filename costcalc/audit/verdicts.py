"""Verdicts on claims: the derived value, its match with the printed figure, and the recorded verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.audit.derive import Derived, Deriver
from costcalc.audit.document import Claim, Document
from costcalc.audit.quantities import Quantity
from costcalc.figures import Figure

__all__ = ["Finding", "audit", "fits", "number"]


class Finding(NamedTuple):
    """The audit of one claim.

    ``others``: its other derivations by role: explanation, slip, also, rejected, tried. ``faults``: recorded statements
    that do not hold; empty if all hold.
    """

    document: Document
    claim: Claim
    figure: Figure
    derived: Derived
    others: tuple[tuple[str, Derived], ...]
    verdict: str
    faults: tuple[str, ...]

    @property
    def id(self) -> str:
        """The claim's unique name across documents."""
        return f"{self.document.name}/{self.claim.id}"


def audit(documents: Iterable[Document], quantities: Mapping[str, Quantity] | None = None) -> list[Finding]:
    """Rederive and judge every claim of ``documents``. ``quantities`` extend those that claims may use.

    Raises SpecError, at its place in the document, for a derivation that has no value.
    """
    deriver = Deriver(quantities)
    return [_judged(document, claim, deriver) for document in documents for claim in document.claims]


def fits(figure: Figure, derived: Derived) -> bool:
    """Does ``derived`` give the printed ``figure``? Cut off only where truncation is the convention that it names."""
    fit = figure.fit(derived.number)
    return fit in ("exact", "rounds") or (fit == "cut off" and "truncated" in derived.derivation.conventions)


def number(value: Fraction) -> int | float:
    """``value`` as an int if it is integral."""
    return int(value) if value.denominator == 1 else float(value)


def _judged(document: Document, claim: Claim, deriver: Deriver) -> Finding:
    figure = _figure(claim, deriver)
    derived = deriver.derive(claim.value)
    others = tuple((role, deriver.derive(each)) for role, several in claim.others.items() for each in several)
    fit = figure.fit(derived.number)
    explained = any(role == "explanation" and fits(figure, each) for role, each in others)
    verdict = fit if fit in ("exact", "rounds") else "explained" if explained else "does not follow"
    return Finding(document, claim, figure, derived, others, verdict, tuple(_faults(claim, figure, verdict, others)))


def _figure(claim: Claim, deriver: Deriver) -> Figure:
    """What is printed; of a formula, its value, which is exact."""
    if claim.figure is not None:
        return claim.figure
    assert claim.formula is not None
    value = deriver.derive(claim.formula).number
    return Figure(claim.printed, value, value, Fraction(0))


def _faults(claim: Claim, figure: Figure, verdict: str, others: Iterable[tuple[str, Derived]]) -> Iterator[str]:
    if claim.verdict is None and verdict == "does not follow":
        yield "does not follow, but no verdict is recorded"
    elif claim.verdict not in (None, verdict):
        yield f"recorded: {claim.verdict}; now: {verdict}"
    for role, each in others:
        if role in ("explanation", "slip") and verdict in ("exact", "rounds"):
            yield f"{role}, and it follows without one: {each.derivation.what}; what fits too stands under also"
        gives = fits(figure, each)
        if role == "tried" and gives:
            yield f"tried, and it gives the figure: {each.derivation.what}"
        elif role != "tried" and not gives:
            yield f"{role} does not give the figure: {each.derivation.what}"
