"""Verdicts as a table, and each broken budget as a sentence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from os import PathLike
from typing import Any, NamedTuple

from costcalc.comparison.budgets.read import read
from costcalc.comparison.budgets.verdict import Responsible, Verdict, judge
from costcalc.outputs import units
from costcalc.table import Column, Table

__all__ = ["KEPT", "Checked", "check", "sentence", "table"]

KEPT, BROKEN = "ok", "BROKEN"


class Checked(NamedTuple):
    """A file of budgets: the verdicts, and their table."""

    table: Table
    verdicts: list[Verdict]

    @property
    def broken(self) -> list[Verdict]:
        """Those of the budgets that are exceeded."""
        return [verdict for verdict in self.verdicts if not verdict.holds]


def check(file: str | PathLike[str] = "budgets.yaml", revision: str | None = None) -> Checked:
    """Whether models keep to the budgets in ``file``, and which layers are responsible where they do not.

    With a git ``revision``, these are the layers that changed since. Raises SpecError for a file that is wrong,
    UsageError for a baseline or a revision that is not there.
    """
    file = os.fspath(file)
    verdicts = list(judge(read(file), os.path.dirname(file), revision))
    return Checked(table(verdicts, file), verdicts)


def table(verdicts: Sequence[Verdict], file: str) -> Table:
    """A row for each budget of the file called ``file``; ``about`` says how many are broken."""
    broken = [verdict for verdict in verdicts if not verdict.holds]
    notes = ["Decided on exact numbers, before any rounding. Margin: how much is left; negative if exceeded."]
    named = [layer for verdict in broken for layer in verdict.layers]
    if any(layer.since for layer in named):
        notes.append("Layers with a sign: the largest changes of the quantity.")
    if any(not layer.since and layer.amount is not None for layer in named):
        notes.append("Layers with a share: the largest contributions to the quantity.")
    if any(layer.amount is None for layer in named):
        notes.append("A layer alone: where the peak is reached.")
    return Table(
        title=f"Budgets: {file}",
        columns=(
            Column("verdict", "Verdict"),
            Column("model", "Model"),
            Column("quantity", "Quantity"),
            Column("value", "Value", "count"),
            Column("unit", "Unit"),
            Column("limit", "Limit"),
            Column("base", "Baseline", "count"),
            Column("margin", "Margin", "difference"),
            Column("layers", "Layers"),
        ),
        rows=[_row(verdict) for verdict in verdicts],
        notes=notes,
        about={"file": file, "budgets": len(verdicts), "broken": len(broken)},
    )


def _row(verdict: Verdict) -> dict[str, Any]:
    budget = verdict.budget
    row: dict[str, Any] = {
        "verdict": KEPT if verdict.holds else BROKEN,
        "model": verdict.entry.title,
        "quantity": budget.title,
        "value": _cell(verdict.value),
        "unit": budget.quantity.unit,
        "limit": budget.limit.text,
        "base": None if verdict.base is None else _cell(verdict.base),
        "margin": verdict.margin,
        "layers": _named(verdict),
        "case": f"{budget.title} {budget.limit.text}",
        "failure": None if verdict.holds else sentence(verdict),
    }
    return row


def sentence(verdict: Verdict) -> str:
    """``macs of tiny.yaml = 3,429,312 MACs, must be <= 3M: 429,312 too many (14.3%); conv2 2,654,208 (77.4%)``"""
    budget = verdict.budget
    value = f"{budget.title} of {verdict.entry.title} = {_number(verdict.value)} {budget.quantity.unit}"
    base = "" if verdict.base is None else f" (baseline: {_number(verdict.base)})"
    layers = _named(verdict)
    return f"{value}, must be {budget.limit.text}{base}: {_excess(verdict)}{f'; layers: {layers}' if layers else ''}"


def _excess(verdict: Verdict) -> str:
    upper = verdict.budget.limit.relation in ("<", "<=")
    words = {"==": "off"}.get(verdict.budget.limit.relation, "too much" if upper else "too little")
    bound = verdict.budget.limit.bound(None if verdict.base is None else Fraction(verdict.base))
    part = f" ({units.change(abs(verdict.margin) / float(bound)).lstrip('+')})" if bound > 0 else ""
    return f"{_number(abs(verdict.margin))}{part} {words}"


def _named(verdict: Verdict) -> str:
    return ", ".join(_layer(layer, verdict) for layer in verdict.layers)


def _layer(layer: Responsible, verdict: Verdict) -> str:
    if layer.amount is None:
        return layer.path
    if layer.since:
        return f"{layer.path} {layer.amount:+,}"
    whole = float(verdict.value)
    return f"{layer.path} {layer.amount:,} ({units.share(layer.amount / whole)})"


def _cell(value: Any) -> int | float:
    return value if isinstance(value, (int, float)) else float(value)


def _number(value: Any) -> str:
    return units.cell(_cell(value))
