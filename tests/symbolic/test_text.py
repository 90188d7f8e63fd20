"""Closed forms as people, LaTeX and sympy read them."""

import sympy

from costcalc.symbolic.text import abbreviated, latex, source, text
from costcalc.symbols import Gcd, MakeDivisible, Quotient, arithmetic

alpha = sympy.Symbol("alpha", positive=True)
c, k = sympy.symbols("c num_classes", integer=True, positive=True)
width = MakeDivisible(arithmetic("*", 16, alpha), 8)


def test_text_is_what_people_write() -> None:
    """Powers by ^, equations by =, remainders as divisibility."""
    assert text(3 * alpha**2 * k) == "3*alpha^2*num_classes"
    assert text(sympy.Eq(c, k)) == "c = num_classes"
    assert text(sympy.Eq(sympy.Mod(width, 3), 0)) == "3 divides make_divisible(16*alpha, 8)"
    assert text(c >= k) == "c >= num_classes"


def test_latex_sets_long_names_upright() -> None:
    """And Greek ones as letters."""
    assert latex(alpha * k) == r"\alpha \mathrm{num\_classes}"
    assert latex(c + width) == r"c + \operatorname{make\_divisible}\left(16 \alpha, 8\right)"


def test_sympy_reads_its_source_again() -> None:
    """Roundings are functions of their names, quotients floors."""
    for expression in (3 * alpha**2 + k, width * c, Quotient(c, 4), Gcd(c, k)):
        read = sympy.sympify(source(expression))
        assert str(read) == text(expression).replace("^", "**")
        assert {symbol.name for symbol in read.free_symbols} == {each.name for each in expression.free_symbols}


def test_a_letter_with_a_number_has_an_index_in_latex() -> None:
    """As the letters of rounded widths have; a word is a word."""
    assert latex(sympy.Symbol("w12") * sympy.Symbol("cin")) in (r"\mathrm{cin} w_{12}", r"w_{12} \mathrm{cin}")


def test_rounded_widths_get_letters() -> None:
    """One each, that no knob is called, in the order in which they come."""
    other = sympy.Max(8, c)
    (first, second), letters = abbreviated([width * c + width, other**2], {"alpha", "c"})
    assert (str(first), str(second)) == ("c*w1 + w1", "w2**2")
    assert [(str(letter), meaning) for letter, meaning in letters] == [("w1", width), ("w2", other)]
    assert str(abbreviated([width], {"w1"})[0][0]) == "u1"
