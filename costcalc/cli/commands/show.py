"""``costcalc show``."""

from __future__ import annotations

from costcalc.cli import catalogue
from costcalc.cli.command import ModelCommand, command

__all__ = ["show"]


@command(ModelCommand)
def show(model: catalogue.Model, result: catalogue.TreeFormat) -> None:
    """Show a model as a tree of its layers with their shapes, parameters and multiply-accumulates (MACs)."""
    from costcalc.analyses.cost import layers, total_macs
    from costcalc.inference import infer
    from costcalc.outputs.units import work

    graph = infer(*model)
    table = layers(graph)
    table = table._replace(notes=(*table.notes, f"{graph.name} by costcalc's convention: {work(total_macs(graph))}."))
    if result.format == "tree":
        from costcalc.outputs import tree

        rows = [{**row, "layer": node.layer.brief()} for row, node in zip(table.rows, graph.nodes, strict=True)]
        text = tree.render(table._replace(rows=rows), "path", result.terminal(), without={"type", "inputs"})
        result.text(text)
    else:
        result.table(table)
