"""Tables that are hard to print."""

from costcalc.table import Column, Table

COLUMNS = (
    Column("name", "Layer"),
    Column("shape", "Output", "shape"),
    Column("macs", "MACs", "macs"),
    Column("share", "Share", "share"),
)

SMALL = Table(
    title="Multiply-accumulates",
    columns=COLUMNS,
    rows=(
        {"name": "stem", "shape": (32, 112, 112), "macs": 10838016, "share": 0.75},
        {"name": "linear", "shape": (1000,), "macs": 1280000, "share": 0.25},
    ),
    total={"name": "total", "macs": 12118016, "share": 1.0},
    notes=("MACs for one image.",),
    about={"model": "tiny", "knobs": {"alpha": 1.0}},
)

NAMES = (
    "a|b",
    "`code`",
    "<b>&amp;",
    "two\nlines",
    "\x1b[31mred",
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "[bold]x[/]",
    "_em_ *b* a_b",
)
"""Names that some form would read as more than a name."""

ODD = Table(
    title="Odd | <names>",
    columns=(Column("name", "Na|me"), Column("count", "Count", "count")),
    rows=tuple({"name": name, "count": index} for index, name in enumerate(NAMES)),
)
