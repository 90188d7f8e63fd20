"""Closed forms as text: for people, as LaTeX, and as what sympy reads again."""

from __future__ import annotations

import re
from typing import Any

import sympy

from costcalc.symbols import Gcd, Rounding, plain

__all__ = ["SIGNS", "abbreviated", "latex", "source", "text"]

SIGNS = {sympy.Eq: "==", sympy.Ne: "!=", sympy.Lt: "<", sympy.Le: "<=", sympy.Gt: ">", sympy.Ge: ">="}
"""The sign of each kind of relation in the spec language."""


def text(expression: Any) -> str:
    """An expression or a relation as people write it: ``^`` for powers, ``=`` for equations."""
    expression = plain(expression, inside=True)
    if isinstance(expression, sympy.Eq) and isinstance(expression.lhs, sympy.Mod) and expression.rhs == 0:
        number, divisor = expression.lhs.args
        return f"{text(divisor)} divides {text(number)}"
    if expression.is_Relational:
        sign = SIGNS[expression.func]
        return f"{text(expression.lhs)} {'=' if sign == '==' else sign} {text(expression.rhs)}"
    return str(expression).replace("**", "^")


def latex(expression: Any) -> str:
    """An expression as LaTeX; names of several letters upright."""
    expression = plain(expression, inside=True)
    names = {
        symbol: _upright(symbol.name)
        for symbol in expression.free_symbols
        if len(symbol.name) > 1 and symbol.name not in _GREEK and not _INDEXED.fullmatch(symbol.name)
    }
    written: str = sympy.latex(expression, symbol_names=names)
    return written


_GREEK = ("alpha", "rho")

_INDEXED = re.compile("[a-z][0-9]+")
"""A letter with an index, as `abbreviated` makes them: sympy writes it so."""


def _upright(name: str) -> str:
    return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"


def source(expression: Any) -> str:
    """An expression as ``sympy.sympify`` reads it: sympy's own ``srepr``, roundings being functions of their names."""
    written: str = sympy.srepr(_undefined(plain(expression, inside=True)))
    return written


def _undefined(expression: Any) -> Any:
    if not expression.args:
        return expression
    arguments = [_undefined(argument) for argument in expression.args]
    if isinstance(expression, (Rounding, Gcd)):
        if expression.spec_name == "quotient":
            return sympy.floor(arguments[0] / arguments[1])
        return sympy.Function(expression.spec_name)(*arguments)
    return expression.func(*arguments)


def abbreviated(expressions: list[Any], taken: set[str]) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """``expressions`` with a letter for each rounded width and each Max or Min, and what the letters stand for.

    ``taken`` are names that no letter may be.
    """
    letter = next(each for each in "wuvxyz" if not any(name[:1] == each and name[1:].isdigit() for name in taken))
    names: dict[Any, Any] = {}

    def shorter(node: Any) -> Any:
        if isinstance(node, (Rounding, Gcd, sympy.Max, sympy.Min)):
            if node not in names:
                names[node] = sympy.Symbol(f"{letter}{len(names) + 1}", integer=True, positive=True)
            return names[node]
        if not node.args or not node.has(Rounding, Gcd, sympy.Max, sympy.Min):
            return node
        return node.func(*(shorter(argument) for argument in node.args))

    short = [shorter(expression) for expression in expressions]
    return short, [(name, node) for node, name in names.items()]
