"""Findings as tables: per document, all claims, a summary, and one claim step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.audit.coverage import Coverage
from costcalc.audit.derive import Derived
from costcalc.audit.document import VERDICTS, Derivation, Document, Subject
from costcalc.audit.library import documents, shipped_documents
from costcalc.audit.verdicts import Finding, audit, number
from costcalc.errors import shown
from costcalc.table import Column, Table

__all__ = ["WORDS", "Audited", "audit_documents", "findings_table", "steps_table", "summary_table", "verdicts_table"]

WORDS = {"exact": "exact", "rounds": "rounds to it", "explained": "explained", "does not follow": "does not follow"}
"""Display names of the verdicts."""

_COLUMNS = (
    Column("id", "Claim"),
    Column("place", "Place"),
    Column("verdict", "Verdict"),  # before long columns, so that it is visible without scrolling
    Column("printed", "Printed"),
    Column("derived", "Derived", "count"),
    Column("how", "How"),
    Column("what", "What"),
)


class Audited(NamedTuple):
    """What became of the claims of documents, and a table of their verdicts."""

    table: Table
    findings: list[Finding]

    @property
    def failed(self) -> list[Finding]:
        """Those whose recorded verdict does not hold."""
        return [finding for finding in self.findings if finding.faults]


def audit_documents(names: Sequence[str] | None = None) -> Audited:
    """Derive every figure again that the documents ``names`` print: shipped ones or files; all shipped ones by default.

    Raises UsageError for a document that is not there, SpecError for one that is wrong.
    """
    chosen = documents(shipped_documents() if names is None else names)
    findings = audit(chosen)
    return Audited(verdicts_table(chosen, findings), findings)


def findings_table(document: Document, findings: Sequence[Finding]) -> Table:
    """The claims of ``document``, one per row, for people."""
    notes = [f"{_counted(findings)}."]
    notes += [f"{finding.claim.id}: {finding.claim.note}" for finding in findings if finding.claim.note]
    notes += [f"FAILED {finding.claim.id}: {fault}." for finding in findings for fault in finding.faults]
    return Table(
        title=f"{document.title} ({document.authors})",
        columns=_COLUMNS,
        rows=[{**_row(finding), "derived": _told(finding.figure.text, finding.derived.number)} for finding in findings],
        notes=notes,
        about={"document": document.name, "source": document.source},
    )


def verdicts_table(
    documents: Sequence[Document], findings: Sequence[Finding], covered: Coverage | None = None
) -> Table:
    """All claims in one table of raw numbers, for machines."""
    return Table(
        title="Audit",
        columns=(
            Column("document", "Document"),
            *_COLUMNS[:1],
            Column("recorded", "Recorded verdict"),
            Column("holds", "Holds"),
            *_COLUMNS[1:],
            Column("expression", "Expression"),
            Column("gives", "Explanation or slip gives", "count"),
            Column("text", "Quotation"),
            Column("note", "Note"),
            Column("faults", "Faults"),
        ),
        rows=[
            {
                **_row(finding),
                "document": finding.document.name,
                "recorded": finding.claim.verdict,
                "holds": not finding.faults,
                "derived": number(finding.derived.number),
                "expression": finding.claim.value.expression.text,
                "gives": _gives(finding),
                "text": finding.claim.text,
                "note": finding.claim.note or None,
                "faults": "; ".join(finding.faults) or None,
            }
            for finding in findings
        ],
        notes=(f"{_counted(findings)}.",),
        about={
            "audit": {
                document.name: {
                    "title": document.title,
                    "authors": document.authors,
                    "source": document.source,
                    "published": len(document.published),
                    "coverage": document.coverage,
                }
                for document in documents
            },
            **({} if covered is None else {"coverage": {**covered.counts, "missing": len(covered.missing)}}),
        },
    )


def summary_table(documents: Sequence[Document], findings: Sequence[Finding], covered: Coverage | None = None) -> Table:
    """The number of claims of each document by verdict, and the coverage of its numbers.

    ``covered``: the coverage of the text of a single document.
    """
    columns = [Column("document", "Document"), Column("claims", "Claims", "count")]
    columns += [Column(verdict, WORDS[verdict].capitalize(), "count") for verdict in VERDICTS]
    columns.append(Column("published", "Not derivable", "count"))
    notes = ["Not derivable: accuracies, errors and times, recorded as data."]
    if covered is not None or any(document.coverage is not None for document in documents):
        columns += [
            Column("numbers", "Numbers in its text", "count"),
            Column("numbers_claims", "In claims", "count"),
            Column("numbers_published", "In such data", "count"),
            Column("numbers_listed", "In no claim", "count"),
        ]
        notes.append("Numbers in the text: those in no claim define the model or are not costs.")
    columns.append(Column("failed", "Failed", "count"))
    notes.append("Failed: a recorded verdict, explanation or slip no longer holds.")
    if covered is not None:
        notes.append(_covered(covered))
    rows = []
    for document in documents:
        own = [finding for finding in findings if finding.document is document]
        row: dict[str, Any] = {"document": document.name, "claims": len(own)}
        row |= {verdict: sum(finding.verdict == verdict for finding in own) for verdict in VERDICTS}
        row["published"] = len(document.published)
        counts = document.coverage if covered is None else covered.counts
        if counts is not None:
            row["numbers"] = sum(counts.values()) + len(covered.missing if covered else ())
            row |= {f"numbers_{kind}": count for kind, count in counts.items()}
        row["failed"] = sum(bool(finding.faults) for finding in own)
        rows.append(row)
    total = {column.key: sum(row.get(column.key, 0) for row in rows) for column in columns[1:]}
    return Table(
        title="Audit",
        columns=columns,
        rows=rows,
        total={"document": "total", **total} if len(rows) > 1 else None,
        notes=notes,
    )


def steps_table(finding: Finding) -> Table:
    """The arithmetic of one claim: every quantity and expression, its value and its fit to the figure."""
    claim = finding.claim
    rows = []
    for role, derived in (("value", finding.derived), *finding.others):
        for term in derived.terms:
            rows.append({"step": role, "what": term.name, "of": _subject(term.subject), "gives": number(term.number)})
        text = derived.derivation.expression.text
        fit = finding.figure.fit(derived.number)
        rows.append(
            {
                "step": role,
                "what": text,
                "of": derived.derivation.what or "derived",
                "gives": number(derived.number),
                "fit": {"exact": "exact", "rounds": "rounds to it", "cut off": "cut off"}.get(fit, "no"),
            }
        )
    notes = [f"Verdict: {WORDS[finding.verdict]}."]
    if claim.text:
        notes.append(f"Quotation: {claim.text}")
    if claim.note:
        notes.append(claim.note)
    notes += [f"FAILED: {fault}." for fault in finding.faults]
    subjects = {
        each: None for derived in (finding.derived,) for each in map(_command, derived.derivation.subjects.values())
    }
    notes += [f"Term by term: {command}" for command in subjects]
    return Table(
        title=f"{finding.id}: {claim.printed}, {claim.place}",
        columns=(
            Column("step", "Step"),
            Column("what", "What"),
            Column("of", "Of"),
            Column("gives", "Gives", "count"),
            Column("fit", "Fit"),
        ),
        rows=rows,
        notes=notes,
        about={"document": finding.document.name, "claim": claim.id, "verdict": finding.verdict},
    )


def _covered(covered: Coverage) -> str:
    counts = covered.counts
    total = sum(counts.values()) + len(covered.missing)
    parts = [f"{counts['claims']:,} in claims", f"{counts['published']:,} in published figures"]
    parts += [f"{counts['listed']:,} listed", f"{len(covered.missing):,} not covered"]
    return f"The text has {total:,} numbers: {', '.join(parts)}."


def _counted(findings: Sequence[Finding]) -> str:
    counts = [(sum(finding.verdict == verdict for finding in findings), WORDS[verdict]) for verdict in VERDICTS]
    told = ", ".join(f"{count} {words}" for count, words in counts if count)
    return f"{len(findings)} claim{'' if len(findings) == 1 else 's'}: {told}" if findings else "No claims"


def _row(finding: Finding) -> dict[str, Any]:
    claim = finding.claim
    return {
        "id": claim.id,
        "place": claim.place,
        "printed": claim.printed,
        "what": _what(claim.value),
        "verdict": WORDS[finding.verdict],
        "how": _how(finding) or None,
    }


def _how(finding: Finding) -> str:
    """The explanation of the figure, the origin of the slip, or what was tried."""
    figure = finding.figure.text
    parts = []
    for role, lead in (
        ("explanation", ""),
        ("slip", "slip: "),
        ("also", "also fits: "),
        ("rejected", "fits, but not its neighbours: "),
        ("tried", "tried: "),
    ):
        told = [_way(figure, each) for each in _role(finding, role)]
        if told:
            parts.append(lead + "; ".join(told))
    return ". ".join(parts)


def _role(finding: Finding, role: str) -> Iterable[Derived]:
    return (derived for name, derived in finding.others if name == role)


def _gives(finding: Finding) -> int | float | None:
    for role, derived in finding.others:
        if role in ("explanation", "slip"):
            return number(derived.number)
    return None


def _way(figure: str, derived: Derived) -> str:
    return f"{derived.derivation.what} ({_told(figure, derived.number)})"


def _told(printed: str, value: Fraction) -> str:
    """``value`` formatted like the ``printed`` figure: in percent if that is, otherwise in full."""
    if printed.endswith("%"):
        return f"{float(100 * value):.4g}%"
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.6g}"


def _what(derivation: Derivation) -> str:
    """The expression and the meaning of its names."""
    text = derivation.expression.text
    if not derivation.subjects:
        return text
    if set(derivation.subjects) == {""}:
        return f"{text} of {_subject(derivation.subjects[''])}"
    return f"{text}; {'; '.join(f'{name}: {_subject(subject)}' for name, subject in derivation.subjects.items())}"


def _subject(subject: Subject) -> str:
    knobs = ", ".join(f"{name} {shown(node.text)}" for name, node in subject.knobs.items())
    words = [f"{subject.model} ({knobs})" if knobs else subject.model]
    words.append(subject.part or "")
    words.append(f"{subject.only} alone" if subject.only else "")
    words.append(f"at {subject.at}" if subject.at else "")
    words.append(f"without {', '.join(subject.without)}" if subject.without else "")
    return ", ".join(filter(None, words))


def _command(subject: Subject) -> str:
    knobs = "".join(f" --set {name}={node.text}" for name, node in subject.knobs.items())
    return f"costcalc show {subject.model}{knobs}"
