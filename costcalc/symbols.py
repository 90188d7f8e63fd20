"""What closed forms need and sympy lacks: rounding as functions that stand, and arithmetic in the order of the floats.

Floating-point arithmetic is not associative: ``int(100 * 0.29)`` is 28, and only the same operations in the same order
say so. What a spec computes from a knob that is no whole number therefore keeps its operations as they were written
(`FloatOperation`) until something rounds it, and then stands as the argument of a `Rounding`. `costcalc.symbolic`
evaluates both as Python does, or replaces them by what they stand for.

`costcalc.dims` imports this file where a size is a symbol already; nothing else makes these functions.
"""

from __future__ import annotations

from typing import Any

import sympy

__all__ = [
    "FloatOperation",
    "Gcd",
    "MakeDivisible",
    "Quotient",
    "Rounded",
    "Rounding",
    "Truncated",
    "arithmetic",
    "plain",
]


def _raised(exponent: str | None) -> str:
    return "" if exponent is None else f"^{{{exponent}}}"


class _Standing(sympy.Function):  # type: ignore[misc]
    """A function that sympy leaves unevaluated, printed by its name in the spec language."""

    spec_name: str

    def _sympystr(self, printer: Any) -> str:
        return f"{self.spec_name}({', '.join(printer._print(argument) for argument in self.args)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = self.spec_name.replace("_", r"\_")
        arguments = ", ".join(printer._print(argument) for argument in self.args)
        return rf"\operatorname{{{name}}}{_raised(exp)}\left({arguments}\right)"


class Rounding(_Standing):
    """A whole number near its first argument: what an ideal form leaves out."""

    is_integer = True


class Truncated(Rounding):
    """``int(x)``, towards zero."""

    spec_name = "int"

    @classmethod
    def eval(cls, x: Any) -> Any:
        whole = _whole(x)
        if whole is not None:
            return whole
        return sympy.Integer(int(x)) if x.is_Rational else None


class Rounded(Rounding):
    """``round(x)``, halves to even."""

    spec_name = "round"

    @classmethod
    def eval(cls, x: Any) -> Any:
        if x.is_integer:
            return x
        # What is whole but for the errors of its floats is far nearer to that than one half.
        whole = plain(x)
        if whole.is_integer:
            return whole
        return sympy.Integer(round(x)) if x.is_Rational else None


class MakeDivisible(Rounding):
    """``make_divisible(x, divisor)``: see `costcalc.dims.make_divisible`."""

    spec_name = "make_divisible"
    is_positive = True

    @classmethod
    def eval(cls, x: Any, divisor: Any) -> Any:
        whole = _whole(x)
        return whole if whole is not None and whole.is_positive and (whole / divisor).is_integer else None


class Quotient(Rounding):
    """``x // y`` as a spec says it, of sizes that are no image's: the rounding of a width."""

    spec_name = "quotient"

    def _sympystr(self, printer: Any) -> str:
        return f"floor({printer._print(self.args[0] / self.args[1])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return f"{printer._print(sympy.floor(self.args[0] / self.args[1]))}{_raised(exp)}"


class Gcd(_Standing):
    """The greatest common divisor, left as it stands until both are numbers (sympy's own is of polynomials)."""

    spec_name = "gcd"
    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        if a == 1 or b == 1:
            return sympy.Integer(1)
        return sympy.igcd(a, b) if a.is_Integer and b.is_Integer else None


class FloatOperation(sympy.Function):  # type: ignore[misc]
    """``left sign right``, to be done as floats do it."""

    is_real = True
    sign: str

    def _sympystr(self, printer: Any) -> str:
        return f"({printer._print(plain(self, inside=True))})"


class _FloatSum(FloatOperation):
    sign = "+"


class _FloatDifference(FloatOperation):
    sign = "-"


class _FloatProduct(FloatOperation):
    sign = "*"


class _FloatRatio(FloatOperation):
    sign = "/"


class _FloatQuotient(FloatOperation):
    sign = "//"


class _FloatRemainder(FloatOperation):
    sign = "%"


_EXACT: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: sympy.floor(a / b),
    "%": lambda a, b: sympy.Mod(a, b),
}

_FLOATS = {
    cls.sign: cls for cls in (_FloatSum, _FloatDifference, _FloatProduct, _FloatRatio, _FloatQuotient, _FloatRemainder)
}


def arithmetic(sign: str, a: Any, b: Any) -> Any:
    """``a sign b`` for one of ``+ - * / // %`` as a spec computes it, at least one of the two being a symbol.

    Whole numbers are exact in any order; everything else keeps its order. Raises ZeroDivisionError.
    """
    a, b = sympy.sympify(a), sympy.sympify(b)
    if sign in ("/", "//", "%") and b.is_zero:
        raise ZeroDivisionError
    if not (a.is_integer and b.is_integer) or sign == "/":
        return _FLOATS[sign](a, b)
    result = _EXACT[sign](a, b)
    return Quotient(a, b) if sign == "//" and result.has(sympy.floor) else result


def _whole(x: Any) -> Any:
    """The whole number that ``x`` is as floats compute it too, if that is known; else None.

    Where every fraction in it has a power of two below the line, floats lose nothing (up to 2**53).
    """
    if x.is_integer:
        return x
    whole = plain(x)
    numbers = x.atoms(sympy.Rational) | {plain(number) for number in x.atoms(sympy.Float)}
    return whole if whole.is_integer and all(number.q & (number.q - 1) == 0 for number in numbers) else None


def plain(expression: Any, *, inside: bool = False) -> Any:
    """``expression`` with its operations done over the rationals: ``0.1`` is one tenth, and order does not matter.

    The arguments of roundings keep their order, on which their values depend; ``inside`` does them too, for people.
    """
    if isinstance(expression, FloatOperation):
        left, right = (plain(argument, inside=inside) for argument in expression.args)
        return _EXACT[expression.sign](left, right)
    if isinstance(expression, sympy.Float):
        return sympy.Rational(repr(float(expression)))
    if isinstance(expression, Rounding) and not inside:
        return expression
    if not expression.args or not expression.has(FloatOperation, sympy.Float):
        return expression
    return expression.func(*(plain(argument, inside=inside) for argument in expression.args))
