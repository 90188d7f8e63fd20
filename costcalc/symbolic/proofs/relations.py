"""Whether a comparison of two expressions holds wherever their symbols are at least what they are known to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from costcalc.dims import RELATIONS

__all__ = ["holds"]


def holds(left: Any, sign: str, right: Any, ranges: Mapping[Any, tuple[int, int | None]]) -> bool | None:
    """Is ``left sign right`` true for all values of the symbols? False where it is false for all; None if unknown.

    ``ranges`` holds the least and the greatest value (None: any) of each symbol, all of them whole numbers.
    """
    difference = sympy.cancel(sympy.together(sympy.sympify(left) - sympy.sympify(right)))
    if difference.is_Rational:
        return bool(RELATIONS[sign](sympy.sign(difference), 0))
    if sign in ("==", "!="):
        apart = _positive(difference, ranges) or _positive(-difference, ranges)
        return (sign == "!=") if apart else None
    if sign in ("<", "<="):
        difference = -difference
    strict = sign in ("<", ">")
    if _positive(difference, ranges, strict=strict):
        return True
    if _positive(-difference, ranges, strict=not strict):
        return False
    return None


def _positive(expression: Any, ranges: Mapping[Any, tuple[int, int | None]], *, strict: bool = True) -> bool:
    """Is ``expression`` surely above zero, or with ``strict`` false at least zero, wherever its symbols are?"""
    numerator, denominator = sympy.fraction(expression)
    for _ in range(2):
        if _sign_known(numerator, ranges, strict=strict) and _sign_known(denominator, ranges, strict=True):
            return True
        numerator, denominator = -numerator, -denominator
    return False


def _sign_known(expression: Any, ranges: Mapping[Any, tuple[int, int | None]], *, strict: bool) -> bool:
    symbols = sorted(expression.free_symbols, key=str)
    if any(symbol not in ranges for symbol in symbols) or not expression.is_polynomial(*symbols):
        return False
    if not symbols:
        return bool(expression > 0 if strict else expression >= 0)
    if len(symbols) == 1:
        return _along(sympy.Poly(expression, symbols[0]), *ranges[symbols[0]], strict=strict)
    # With x = least + x' and x' >= 0, no coefficient below zero is enough; strictly, with a constant above zero.
    shifted = sympy.Poly(expression.xreplace({symbol: symbol + ranges[symbol][0] for symbol in symbols}), *symbols)
    coefficients = shifted.as_dict()
    constant = coefficients.get((0,) * len(symbols), 0)
    return all(value >= 0 for value in coefficients.values()) and bool(constant > 0 if strict else constant >= 0)


def _along(polynomial: Any, least: int, most: int | None, *, strict: bool) -> bool:
    """The sign of a polynomial in one symbol over an interval, by the exact number of its real roots there."""
    end = sympy.oo if most is None else most
    at_least = polynomial.eval(least)
    roots = polynomial.count_roots(least, end)
    if roots == 0:
        return bool(at_least > 0)
    if most is not None and most - least <= _MANY:
        values = [polynomial.eval(value) for value in range(least, most + 1)]
        return all(bool(value > 0 if strict else value >= 0) for value in values)
    # A root between two whole numbers, or at one where equality is allowed: whole numbers one by one up to the last.
    last = max((int(sympy.floor(interval[1])) for interval, _ in polynomial.intervals()), default=least) + 1
    if last - least > _MANY:
        return False
    values = [polynomial.eval(value) for value in range(least, last + 1)]
    settled = polynomial.count_roots(last, end) == 0 and bool(polynomial.eval(last) > 0)
    return settled and all(bool(value > 0 if strict else value >= 0) for value in values)


_MANY = 5000
"""How many whole numbers are looked at one by one."""
