"""Verdicts: what a claim is told, and when what is recorded no longer holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from costcalc.audit import Finding, audit, document, shipped_documents
from costcalc.layers.conv import Conv
from costcalc.spec.shipped import shipped_file

V2 = "model: mobilenetv2, value: params"  # 3,504,872; weights 3,469,760; stored 3,538,984


def judged(folder: Path, claim: str) -> Finding:
    """The finding of one claim."""
    path = folder / "own.yaml"
    path.write_text(f"title: T\nauthors: A\nsource: S\nclaims: [{{id: a, place: p, {claim}}}]\n", encoding="utf-8")
    return audit([document(str(path))])[0]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (f"printed: '3,504,872', {V2}", "exact"),
        (f"printed: 3.5M, {V2}", "rounds"),
        (f"printed: 3.50M, {V2}", "rounds"),
        (f"printed: '3,538,984', {V2}, explanation: {{by: stored, value: stored}}", "explained"),
        (f"printed: 3.4M, {V2}, explanation: {{by: [weights, truncated], value: weights}}", "explained"),
        (f"printed: 3.54M, {V2}", "does not follow"),
        ("printed: 300M, model: mobilenetv2, value: macs", "does not follow"),  # 300,774,272 is cut off
        ("printed: 300M, model: mobilenetv2, value: macs, explanation: {by: truncated}", "explained"),
        ("formula: {value: 32 * 3 * 3 * 3}, model: mobilenetv2, part: stem.conv, value: weights", "exact"),
        ("formula: {value: 32 * 3 * 3}, model: mobilenetv2, part: stem.conv, value: weights", "does not follow"),
    ],
)
def test_the_verdict_of_a_claim(tmp_path: Path, claim: str, verdict: str) -> None:
    """A recorded one that agrees has no faults; one that differs has."""
    assert judged(tmp_path, claim).verdict == verdict
    assert judged(tmp_path, f"{claim}, verdict: {verdict}").faults == ()
    other = "rounds" if verdict != "rounds" else "exact"
    assert judged(tmp_path, f"{claim}, verdict: {other}").faults == (f"recorded: {other}; now: {verdict}",)


def test_a_claim_without_a_recorded_verdict_must_follow(tmp_path: Path) -> None:
    """Whoever writes a first claim need not know the words."""
    assert judged(tmp_path, f"printed: 3.5M, {V2}").faults == ()
    assert judged(tmp_path, f"printed: 3.6M, {V2}").faults == ("does not follow, but no verdict is recorded",)


@pytest.mark.parametrize(
    ("rest", "fault"),
    [
        ("slip: {what: a slip, value: 3600000}", None),
        ("slip: {what: a slip, value: 3700000}", "slip does not give the figure: a slip"),
        ("rejected: [{what: a chance, value: 3600001}]", None),
        ("rejected: [{what: a chance, value: params}]", "rejected does not give the figure: a chance"),
        (
            "also: [{by: stored, value: stored}]",
            "also does not give the figure: parameters including the running statistics ",
        ),
        ("tried: [{what: a try, value: stored}]", None),
        ("tried: [{what: a try, value: 3600000}]", "tried, and it gives the figure: a try"),
    ],
)
def test_what_is_said_of_a_claim_is_checked_too(tmp_path: Path, rest: str, fault: str | None) -> None:
    """A slip must give the figure, and what was tried must not."""
    faults = judged(tmp_path, f"printed: 3.6M, {V2}, verdict: does not follow, {rest}").faults
    assert [each.startswith(fault or "-") for each in faults] == ([True] if fault else [])


@pytest.mark.parametrize("role", ["explanation: {by: stored, value: stored}", "slip: {what: a slip, value: 3500000}"])
def test_what_follows_needs_no_explanation_and_has_no_slip(tmp_path: Path, role: str) -> None:
    """3,504,872 is 3.5M when rounded, whatever else is too: a reader must not take that for the reason."""
    finding = judged(tmp_path, f"printed: 3.5M, {V2}, {role}")
    assert finding.verdict == "rounds"
    assert finding.faults[0].startswith(f"{role.partition(':')[0]}, and it follows without one: ")
    assert judged(tmp_path, f"printed: 3.5M, {V2}, also: [{{by: stored, value: stored}}]").faults == ()


def test_an_explanation_that_gives_another_number_explains_nothing(tmp_path: Path) -> None:
    """It is named, and the claim fails."""
    claim = f"printed: 3.6M, {V2}, verdict: explained, explanation: {{by: stored, value: stored}}"
    finding = judged(tmp_path, claim)
    assert finding.verdict == "does not follow"
    assert finding.faults[0] == "recorded: explained; now: does not follow"
    assert finding.faults[1].startswith("explanation does not give the figure: ")


def test_every_shipped_claim_holds_and_has_a_recorded_verdict() -> None:
    """The audit is the project's own regression test."""
    findings = audit(map(document, shipped_documents()))
    assert [(finding.id, finding.faults) for finding in findings if finding.faults] == []
    assert [finding.id for finding in findings if finding.claim.verdict is None] == []
    assert len({finding.id for finding in findings}) == len(findings) > 480


def test_a_formula_that_is_off_by_one_flips_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each convolution one multiply-accumulate more: the claims that print every digit notice."""
    true = Conv.ledger

    def ledger(self, inputs, output):
        counts = dict(true(self, inputs, output))
        return {**counts, "macs": counts["macs"] + 1}

    monkeypatch.setattr(Conv, "ledger", ledger)
    flipped = {finding.id for finding in audit([document("dominguez-same-but-better")]) if finding.faults}
    # all twenty rows of the table: exact ones, and those that a slip explains to the last digit
    assert flipped >= {f"dominguez-same-but-better/a2-macs{row}" for row in range(1, 21)}
    assert not any("filter" in each or "a1" in each for each in flipped)


def test_a_weight_too_many_flips_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every convolution one channel more than it has: no total of parameters survives."""
    true = Conv.params

    def params(self, inputs, output):
        return {kind: count + 1 for kind, count in true(self, inputs, output).items()}

    monkeypatch.setattr(Conv, "params", params)
    flipped = {finding.id for finding in audit([document("torchvision"), document("keras")]) if finding.faults}
    assert "torchvision/mobilenetv2-params" in flipped
    assert {"keras/mobilenet-params", "keras/mobilenetv2-params"} <= flipped
    assert sum(each.endswith("-params") for each in flipped) == 11


@pytest.mark.parametrize(
    ("name", "line", "wrong", "ids"),
    [
        ("torchvision", "printed: '3,504,872'", "printed: '3,504,873'", ["mobilenetv2-params"]),
        ("mobilenetv1", "printed: 4866M", "printed: 4865M", ["table4-conv-macs"]),
        ("mobilenetv2", "printed: 14.8M", "printed: 14.9M", ["table5-ssd-params"]),
        ("mobilenetv2", "printed: 50.7M", "printed: 50.8M", ["table6-yolov2-params"]),
        ("keras", "printed: '3,538,984'", "printed: '3,538,948'", ["mobilenetv2-params"]),
    ],
)
def test_one_changed_digit_flips_that_claim_alone(
    tmp_path: Path, name: str, line: str, wrong: str, ids: list[str]
) -> None:
    """Whether it is exact, rounded, explained, or does not follow for a slip that gives it."""
    text = Path(shipped_file("papers", name)[0]).read_text(encoding="utf-8")
    assert text.count(line) == 1
    path = tmp_path / f"{name}.yaml"
    path.write_text(text.replace(line, wrong), encoding="utf-8")
    assert [finding.claim.id for finding in audit([document(str(path))]) if finding.faults] == ids
