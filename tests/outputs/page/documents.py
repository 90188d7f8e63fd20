"""A document with a part of every kind, and with names that some form would read as more than a name."""

from costcalc.outputs.page.document import Card, Document, Folded, Formula, Notes, Picture, Section, Text
from tests.outputs.charts.tables import CHARTED, EVIL
from tests.outputs.tables import ODD, SMALL

NAME = EVIL[0]

LONG = SMALL._replace(title=f"Long {NAME}", rows=[{**SMALL.rows[n % 2], "macs": n} for n in range(40)])

DOCUMENT = Document(
    f"What {NAME} costs",
    [
        Section(
            "first",
            f"First {EVIL[1]}",
            [
                Card(f"Card {NAME}", "alpha <1>", [("MACs", "1,000", ""), ("Depth", "3", "layers & more")]),
                Text(f"A sentence {NAME}."),
                Notes([f"A note {NAME}."]),
                ODD._replace(title=NAME, notes=(EVIL[1],)),
                LONG,
            ],
        ),
        Section(
            "second",
            "Second",
            [
                *(Picture(chart, table, f"{chart} {NAME}") for chart, table in CHARTED.items()),
                Picture("graph", CHARTED["graph"], f"folded {NAME}", folded=True),
                Folded(f"Folded {NAME}", ODD),
                Formula(
                    f"MACs of {NAME}", r"\frac{3 \alpha^{2} \mathrm{num\_classes}}{2}", "3*alpha^2<x>/2", [EVIL[1]]
                ),
            ],
        ),
    ],
    f"costcalc report '{NAME}' `x` ``y``",
    "1.2.3",
)
