"""A table as LaTeX with the rules of the package booktabs. Whatever a name holds is shown as text."""

from __future__ import annotations

from costcalc.extras import require
from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table) -> str:
    """A ``tabular`` of ``table``, its title and notes as comments; needs the LaTeX package booktabs.

    Numbers stand to the right, with separators of thousands as people read them; a total is the last row. Raises
    MissingError without the extra [plot]: pandas writes LaTeX with Jinja2.
    """
    require("jinja2", "plot")
    columns = table.columns
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    frame = table._replace(rows=[{}] * len(rows)).to_pandas().astype("object")
    for column in columns:
        frame[column.key] = [units.cell(row.get(column.key), column.unit) for row in rows]
    frame.columns = [units.line(units.heading(column)) for column in columns]
    text: str = frame.to_latex(
        index=False,
        escape=True,
        column_format="".join("r" if units.is_number(column) else "l" for column in columns),
    )
    text = text.replace("<", "$<$").replace(">", "$>$")
    lines = [f"% {units.line(line)}" for line in (table.title, *table.notes)] + text.splitlines()
    if table.total is not None:
        lines.insert(-3, r"\midrule")
    return "\n".join(lines) + "\n"
