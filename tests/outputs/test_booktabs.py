"""Tables as LaTeX."""

from costcalc.outputs import booktabs
from costcalc.table import Column, Table
from tests.outputs.tables import ODD, SMALL


def test_a_table_has_the_rules_of_booktabs() -> None:
    """Numbers to the right, the total under a rule of its own, title and notes as comments."""
    assert booktabs.render(SMALL) == (
        "% Multiply-accumulates\n"
        "% MACs for one image.\n"
        "\\begin{tabular}{llrr}\n"
        "\\toprule\n"
        "Layer & Output & MACs & Share \\\\\n"
        "\\midrule\n"
        "stem & 32 x 112 x 112 & 10,838,016 & 75.0\\% \\\\\n"
        "linear & 1000 & 1,280,000 & 25.0\\% \\\\\n"
        "\\midrule\n"
        "total &  & 12,118,016 & 100.0\\% \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
    )


def test_what_latex_reads_as_more_is_shown_as_text() -> None:
    """Its ten special characters are escaped in cells and headings, and a title cannot end its comment."""
    name = r"\input{x} 50% a_b #1 $x$ &co ~ ^ <0.1"
    shown = r"\textbackslash input\{x\} 50\% a\_b \#1 \$x\$ \&co \textasciitilde \space \textasciicircum \space $<$0.1"
    text = booktabs.render(Table("T\n\\input{y}", (Column("name", name),), ({"name": name},)))
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        r"% T \input{y}",
        r"\begin{tabular}{l}",
        r"\toprule",
        rf"{shown} \\",
        r"\midrule",
        rf"{shown} \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_two_columns_may_have_one_heading() -> None:
    """Their keys tell them apart."""
    columns = (Column("a", "Count"), Column("b", "Count"))
    text = booktabs.render(Table("T", columns, ({"a": "left", "b": "right"},)))
    assert "Count & Count" in text
    assert "left & right" in text


def test_odd_names_add_no_rows() -> None:
    """A line for each row, between the rules."""
    assert booktabs.render(ODD).count(r"\\") == 1 + len(ODD.rows)
