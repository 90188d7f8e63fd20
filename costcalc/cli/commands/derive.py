"""``costcalc derive``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import PartCommand, command
from costcalc.cli.rules import Excludes, Requires

__all__ = ["derive"]


@command(
    PartCommand,
    Requires(("--kind",), ("--quantity params",)),
    Excludes("--elasticities", ("--exact",), "elasticities are those of the ideal formula, without rounding"),
    Excludes("--elasticities", ("--format latex",), "elasticities are numbers, not formulas"),
)
def derive(
    model: catalogue.ModelOrPart,
    quantity: catalogue.Derived,
    kind: catalogue.Kind,
    wrt: catalogue.WithRespectTo,
    by: catalogue.FormulasBy,
    exact: catalogue.Exact,
    elasticities: catalogue.Elasticities,
    result: catalogue.FormulaFormat,
) -> None:
    """Derive the cost of a model, a block or a layer as an expression in its knobs, with its validity conditions.

    A given value fixes a knob or, if --wrt names the knob, is the point at which conditions are decided.
    """
    from costcalc.symbolic import derive as analysis

    spec, knobs = model
    if elasticities:
        result.table(analysis.elasticities(spec, knobs, wrt=wrt, quantity=quantity, kind=kind, by=by or "stage"))
        return
    table = analysis.derive(spec, knobs, wrt=wrt, quantity=quantity, kind=kind, by=by, exact=exact)
    if result.format == "latex":
        from costcalc.outputs import latex

        result.text(latex.render(table))
    else:
        result.table(table)
