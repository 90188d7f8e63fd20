"""The value of a closed form at a point: by Python's own ints and floats, and by the functions that count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from costcalc import dims
from costcalc.symbolic.text import SIGNS
from costcalc.symbols import FloatOperation, Gcd, MakeDivisible, Quotient, Rounded, Truncated

__all__ = ["Number", "Program", "as_number", "exactly", "linear"]

Number = int | float | Fraction
"""What a symbol may stand for. A Fraction makes all that is computed of it exact."""


def _power(base: Any, exponent: Any) -> Any:
    return Fraction(base) ** exponent if exponent < 0 else base**exponent


def _gcd(a: Any, b: Any) -> Any:
    """Also of fractions: the greatest number that divides both a whole number of times."""
    a, b = Fraction(a), Fraction(b)
    return Fraction(math.gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


_FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    sympy.Add: lambda *terms: sum(terms[1:], terms[0]),
    sympy.Mul: lambda *factors: math.prod(factors),
    sympy.Pow: _power,
    sympy.Max: dims.maximum,
    sympy.Min: dims.minimum,
    sympy.Mod: lambda a, b: a % b,
    sympy.floor: math.floor,
    sympy.ceiling: math.ceil,
    sympy.And: lambda *parts: all(parts),
    sympy.Or: lambda *parts: any(parts),
    sympy.Not: lambda part: not part,
    Truncated: dims.truncated,
    Rounded: dims.rounded,
    MakeDivisible: dims.make_divisible,
    Quotient: lambda a, b: a // b,
    Gcd: _gcd,
}


class Program:
    """Expressions, compiled once into steps over Python numbers; a part that they share is computed once.

    Raises TypeError for a part that has no value of its own, such as a derivative.
    """

    def __init__(self, expressions: Iterable[Any]) -> None:
        self._slots: dict[Any, int] = {}
        self._constants: list[Any] = []
        self._symbols: list[tuple[int, Any]] = []
        self._steps: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        self._results = [self._slot(sympy.sympify(expression)) for expression in expressions]

    def _slot(self, node: Any) -> int:
        if node in self._slots:
            return self._slots[node]
        arguments: tuple[int, ...] = ()
        function: Callable[..., Any] | None = None
        value: Any = None
        if node.is_Symbol:
            pass
        elif node.is_Integer:
            value = int(node)
        elif node.is_Rational:
            value = Fraction(int(node.p), int(node.q))
        elif node.is_Float:
            value = float(node)
        elif node in (sympy.true, sympy.false):
            value = bool(node)
        else:
            function = _function(node)
            arguments = tuple(self._slot(argument) for argument in node.args)
        slot = len(self._constants)
        self._slots[node] = slot
        self._constants.append(value)
        if node.is_Symbol:
            self._symbols.append((slot, node))
        elif function is not None:
            self._steps.append((slot, function, arguments))
        return slot

    def __call__(self, values: Mapping[Any, Number]) -> list[Any]:
        """The values of the expressions where each symbol has its value. Raises KeyError for a symbol without one."""
        cells = list(self._constants)
        for slot, symbol in self._symbols:
            cells[slot] = values[symbol]
        for slot, function, arguments in self._steps:
            cells[slot] = function(*[cells[argument] for argument in arguments])
        return [as_number(cells[slot]) for slot in self._results]


def _function(node: Any) -> Callable[..., Any]:
    if isinstance(node, FloatOperation):
        return dims.ARITHMETIC[node.sign]
    if node.is_Relational:
        return dims.RELATIONS[SIGNS[node.func]]
    if node.func not in _FUNCTIONS:
        raise TypeError(f"no value: {node}")
    return _FUNCTIONS[node.func]


def as_number(value: Any) -> Any:
    """A whole Fraction as an int, anything else as it is."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def linear(expression: Any, symbol: Any) -> tuple[Any, Any] | None:
    """``slope`` and ``rest`` of an expression that is ``slope * symbol + rest``; None for any other.

    The slope is a rational number and not 0; the rest does not hold the symbol.
    """
    expanded = sympy.expand(expression)
    slope = expanded.coeff(symbol)
    rest = sympy.expand(expanded - slope * symbol)
    return None if not slope.is_Rational or not slope or symbol in rest.free_symbols else (slope, rest)


def exactly(value: Any) -> Fraction:
    """The fraction that ``value`` is written as: 0.35 is 7/20, although the float is not."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
