"""``costcalc plot``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.rules import Requires

__all__ = ["plot"]


@command(
    ModelCommand,
    Requires(("--results", "--ceilings"), ("CHART roofline",)),
    Requires(("--results",), ("--ceilings",)),
    Requires(("--ceilings",), ("--results",)),
)
def plot(
    chart: catalogue.Chart,
    models: catalogue.Models,
    results: catalogue.Results,
    ceilings: catalogue.CeilingsOfResults,
    result: catalogue.PictureFormat,
) -> None:
    """Draw a chart for a paper: shares of stages, live memory, published accuracy, the roofline, the graph."""
    from costcalc.inference import infer
    from costcalc.outputs import charts
    from costcalc.report.plots import charted
    from costcalc.report.roofline import measurements

    graphs = [infer(each.model, each.knobs) for each in models]
    drawn = charts.chart(chart, charted(chart, graphs, measurements(results, ceilings)))
    if result.format == "svg":
        result.document(charts.svg(drawn))
    else:
        result.document(charts.png(drawn) if result.format == "png" else charts.pdf(drawn))
