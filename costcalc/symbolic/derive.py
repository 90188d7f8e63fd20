"""Closed forms and elasticities of a model as tables: what it costs as an expression in its knobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.dims import Dim
from costcalc.errors import shown
from costcalc.grouping import GROUPINGS
from costcalc.memory.inference import Inference, meaning
from costcalc.quantities import KINDS, QUANTITIES, Setting
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.closed import ClosedForms, Form
from costcalc.symbolic.graph import SymbolicGraph, symbolic
from costcalc.symbolic.text import abbreviated, latex, source, text
from costcalc.table import Column, Table
from costcalc.words import one_of

__all__ = ["SYMBOLIC", "derive", "derived", "elasticities"]

SYMBOLIC = tuple(key for key, each in QUANTITIES.items() if each.derivable)
"""The quantities that have closed forms; ``memory`` is short for ``peak_memory``."""


def derive(
    model: ModelSpec,
    knobs: Mapping[str, Any] | None = None,
    *,
    wrt: Sequence[str] | None = None,
    quantity: str = "macs",
    kind: str = "trainable",
    by: str | None = None,
    exact: bool = False,
) -> Table:
    """The closed form of ``quantity`` (one of `SYMBOLIC`; params of ``kind``) of ``model`` in the knobs ``wrt``.

    ``knobs`` are the values of the others, and of ``wrt`` the point at which conditions are decided and the form is
    compared with the count. ``exact`` keeps the rounding of widths. Each row has the form as text; ``about`` has it
    as LaTeX and as sympy's ``srepr`` too. Raises UsageError for a symbol that is no knob or cannot be one.
    """
    return _derived(_forms(model, knobs, wrt, quantity, kind), by, exact)


def derived(graph: SymbolicGraph, key: str) -> Table:
    """The closed form of the quantity ``key`` of the whole of ``graph``, as `derive` has it."""
    return _derived(ClosedForms(graph, QUANTITIES[key]), None, False)


def _derived(forms: ClosedForms, by: str | None, exact: bool) -> Table:
    parts = _parts(forms, by)
    total = forms.form("total")
    every = [*parts, total]
    expressions = [form.exact if exact else form.ideal for form in every]
    shorter, letters = _short(forms, expressions) if exact else (expressions, [])
    values = [Fraction(form.counted) if exact else form.value for form in every]
    columns = [Column("name", (by or "").capitalize())]
    if forms.quantity.peak:
        columns.append(Column("place", "Where"))
    columns.append(Column("count", "Count", forms.quantity.as_column("count").unit))
    if not exact:
        columns.append(Column("ideal", "Ideal", forms.quantity.as_column("count").unit))
        columns.append(Column("error", "Error", "share"))
    columns.append(Column("form", forms.quantity.title))
    rows = [
        {
            "name": form.name,
            "place": form.place,
            "count": form.counted,
            "ideal": round(value),
            "error": _error(value, form.counted),
            "form": text(expression),
        }
        for form, expression, value in zip(every, shorter, values, strict=True)
    ]
    validity = forms.validity(exact=exact)
    return Table(
        title=f"{'Exact' if exact else 'Closed'} form: {forms.quantity.heading(Setting())} of {_title(forms)}",
        columns=columns,
        rows=rows[:-1] or rows,
        total=rows[-1] if parts else None,
        notes=[*(f"{letter} = {text(meaning)}" for letter, meaning in letters), *_notes(forms, every, exact, validity)],
        about={
            **_about(forms, by),
            "exact": exact,
            "validity": validity,
            "letters": {
                str(letter): {"latex": latex(meaning), "srepr": source(meaning)} for letter, meaning in letters
            },
            "forms": {
                form.name: {"latex": latex(expression), "srepr": source(expression)}
                for form, expression in zip(every, shorter, strict=True)
            },
        },
    )


def elasticities(
    model: ModelSpec,
    knobs: Mapping[str, Any] | None = None,
    *,
    wrt: Sequence[str] | None = None,
    quantity: str = "macs",
    kind: str = "trainable",
    by: str = "stage",
) -> Table:
    """What one percent of each knob buys: by how many percent each part's cost changes, and how much that is.

    From the ideal form, at the point that ``knobs`` name. Raises UsageError as `derive` does.
    """
    forms = _forms(model, knobs, wrt, quantity, kind)
    every = [*_parts(forms, by), forms.form("total")]
    names = list(forms.symbols.outer)
    unit = forms.quantity.as_column("count").unit
    columns = [Column("name", by.capitalize()), Column("count", "Count", unit)]
    for name in names:
        columns.append(Column(f"{name}.elasticity", f"{name}: elasticity", "elasticity"))
        columns.append(Column(f"{name}.percent", f"1% of {name}", unit))
    rows = []
    for form in every:
        row: dict[str, Any] = {"name": form.name, "count": form.counted}
        for name in names:
            percent = forms.elasticity(form, name)
            row[f"{name}.elasticity"] = None if percent is None else float(round(percent, 3))
            row[f"{name}.percent"] = None if percent is None else round(percent * form.value / 100)
        rows.append(row)
    return Table(
        title=f"Elasticities: {forms.quantity.heading(Setting())} of {_title(forms)}",
        columns=columns,
        rows=rows[:-1],
        total=rows[-1],
        notes=[
            "Elasticity: percent growth of the row's cost per percent growth of the knob.",
            f"1%: the corresponding change in {forms.quantity.title}; the largest value is where the knob saves most.",
            *_notes(forms, every, False, forms.validity(exact=False)),
        ],
        about={**_about(forms, by), "validity": forms.validity(exact=False)},
    )


def _forms(
    model: ModelSpec, knobs: Mapping[str, Any] | None, wrt: Sequence[str] | None, name: str, kind: str
) -> ClosedForms:
    key = "peak_memory" if name == "memory" else one_of("quantity =", name, SYMBOLIC)
    if key == "params":
        key = KINDS[one_of("kind =", kind, KINDS)]
    return ClosedForms(symbolic(model, knobs, wrt), QUANTITIES[key])


def _parts(forms: ClosedForms, by: str | None) -> list[Form]:
    if by is None:
        return []
    group = GROUPINGS[one_of("by =", by, GROUPINGS)]
    names = dict.fromkeys(group(node) for node in forms.graph.counted.nodes[1:])
    return [forms.form(name, lambda node, name=name: group(node) == name) for name in names]  # type: ignore[misc]


def _short(forms: ClosedForms, expressions: list[Any]) -> tuple[list[Any], list[tuple[Any, Any]]]:
    import sympy

    shorter, letters = abbreviated(expressions, set(forms.symbols.model.knobs))
    return [sympy.expand(expression) for expression in shorter], letters


def _title(forms: ClosedForms) -> str:
    values = forms.symbols.values
    names = ", ".join(forms.symbols.outer) or "no symbol"
    point = ", ".join(f"{name} {shown(value)}" for name, value in values.items())
    return f"{forms.symbols.model.name} in {names}" + (f" (at {point})" if point else "")


def _notes(forms: ClosedForms, every: Sequence[Form], exact: bool, validity: Sequence[str]) -> list[str]:
    notes = []
    roundings = forms.roundings(every)
    if exact:
        there = " and while the peak is at this layer" if forms.quantity.peak else ""
        notes.append(f"Exact: equal to the count within its validity{there}.")
    elif roundings:
        notes.append(f"Ideal: widths are not rounded ({', '.join(roundings)} omitted); image sizes are exact.")
    else:
        notes.append("Also exact: no width is rounded.")
    notes.append(f"Valid for {'; '.join(validity)}." if validity else "Valid unconditionally.")
    fixed = [
        f"{name} {shown(value)}" for name, value in forms.symbols.values.items() if name not in forms.symbols.outer
    ]
    if fixed:
        notes.append(f"Fixed: {', '.join(fixed)}.")
    if forms.quantity.peak:
        notes += meaning(Inference())
        notes.append(
            "Where: the layer at which the peak is reached at this point. At another point the peak may be at another "
            "layer, and the form is a lower bound."
        )
    return notes


def _about(forms: ClosedForms, by: str | None) -> dict[str, Any]:
    return {
        "model": forms.symbols.model.name,
        "knobs": dict(forms.symbols.values),
        "symbols": list(forms.symbols.outer),
        "quantity": forms.quantity.key,
        "title": forms.quantity.title,
        "by": by,
    }


def _error(value: Fraction, counted: Dim) -> float | None:
    if not counted:
        return None if value else 0.0
    return float(abs(value - counted) / counted)
