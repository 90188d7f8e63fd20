"""Sizes, and the few operations on them that plain operators cannot express.

A formula is written once, with ``+ - * //`` only, over a `Dim`: a Python int (exact at any size), a numpy int64 array
(a sweep; overflow is an error, see `int_array`) or a sympy expression (a closed form). This file alone knows which is
which, and it imports neither library: a value can only be an array or a symbol if its library is loaded already.

The type checker sees ``Dim`` as ``int``, so that it refuses what the three algebras do not share: ``/``, ``math.ceil``,
float literals.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from typing import Any, TypeAlias

from costcalc.errors import LayerError, shown

__all__ = [
    "ARITHMETIC",
    "MAX_BITS",
    "RELATIONS",
    "Dim",
    "Mixed",
    "Shape",
    "arithmetic",
    "assumptions",
    "ceil_div",
    "check_divides",
    "check_divisor",
    "compare",
    "decide",
    "deciding",
    "floor_div",
    "gcd",
    "holds_anywhere",
    "int_array",
    "is_array",
    "is_exact_int",
    "is_symbol",
    "make_divisible",
    "maximum",
    "minimum",
    "product",
    "ratio",
    "rounded",
    "size",
    "truncated",
]

Dim: TypeAlias = int
Shape: TypeAlias = tuple[Dim, ...]

MAX_BITS = 256
"""Longer numbers are refused: no architecture needs them, and printing them would take too long."""


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""The operations and relations of numbers, by their signs in the spec language."""


class Mixed(Exception):
    """A condition on arrays that holds for some members only; ``mask`` says which. The caller splits and goes on."""

    def __init__(self, mask: Any) -> None:
        super().__init__("a condition holds for some members of the sweep and not for others")
        self.mask = mask


# Which algebra a value belongs to


def is_exact_int(value: object) -> bool:
    """Is it a Python int (and not a bool)?"""
    return isinstance(value, int) and not isinstance(value, bool)


def is_array(value: object) -> bool:
    """Is it a numpy array?"""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_symbol(value: object) -> bool:
    """Is it a sympy expression (relations and sympy's numbers included)?"""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Basic)


@cache
def _checked_int64() -> type:
    import numpy

    class CheckedInt64(numpy.ndarray):
        """An int64 array whose ``+ - *`` and powers raise OverflowError where numpy would wrap.

        The check is the same operation in float64: its error is far below 2**62, so that a result whose float is under
        2**62 is exact in int64, and a greater one is refused.
        """

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            plain = tuple(i.view(numpy.ndarray) if isinstance(i, CheckedInt64) else i for i in inputs)
            out = kwargs.pop("out", ())
            result = getattr(ufunc, method)(*plain, **kwargs)
            if ufunc in growing and result.dtype == numpy.int64:
                floats = [numpy.asarray(i, dtype=numpy.float64) for i in plain]
                bound = numpy.abs(getattr(ufunc, method)(*floats, **kwargs))
                if bound.size and bound.max() >= 2.0**62:
                    raise OverflowError("a number of the sweep leaves the range of 64-bit integers")
            if out:
                numpy.copyto(out[0], result, casting="same_kind")
                return out[0]
            return tuple(checked(part) for part in result) if isinstance(result, tuple) else checked(result)

    def checked(result: Any) -> Any:
        return result.view(CheckedInt64) if getattr(result, "dtype", None) == numpy.int64 else result

    growing = {numpy.add, numpy.subtract, numpy.multiply, numpy.power, numpy.square, numpy.matmul}
    return CheckedInt64


def int_array(values: Iterable[int]) -> Any:
    """``values`` as an int64 array on which every formula runs, and on which an overflow is an OverflowError."""
    import numpy

    return numpy.array(list(values), dtype=numpy.int64).view(_checked_int64())


# Arithmetic


def arithmetic(sign: str, a: Any, b: Any) -> Any:
    """``a sign b`` of two values at least one of which is a symbol, for ``+ - * / // %``, as a spec computes it.

    Unlike the plain operator it keeps the order of operations in which floats are rounded. Raises ZeroDivisionError.
    """
    from costcalc.symbols import arithmetic

    return arithmetic(sign, a, b)


def ratio(a: Any, b: Any) -> Any:
    """``a / b`` over the rationals: a Fraction, an array of them, or a symbol. Raises ZeroDivisionError.

    Where it is not known that a symbol is nonzero, that is assumed (see `assumptions`).
    """
    if is_symbol(a) or is_symbol(b):
        check_divisor(b)
        return a / b
    from fractions import Fraction

    if is_array(a) or is_array(b):
        import numpy

        return numpy.frompyfunc(lambda a, b: Fraction(int(a), int(b)), 2, 1)(a, b)
    return Fraction(a) / Fraction(b)


def check_divisor(divisor: Any) -> None:
    """Raises ZeroDivisionError for 0. Where it is not known that a symbol is nonzero, that is assumed."""
    if divisor == 0:
        raise ZeroDivisionError
    if is_symbol(divisor) and not divisor.is_nonzero:
        import sympy

        _assume(sympy.Ne(divisor, 0))


def floor_div(a: Dim, b: Dim) -> Dim:
    """floor(a / b)."""
    return a // b


def ceil_div(a: Dim, b: Dim) -> Dim:
    """ceil(a / b)."""
    return -(-a // b)


def gcd(a: Dim, b: Dim) -> Dim:
    """The greatest common divisor of two sizes."""
    if is_symbol(a) or is_symbol(b):
        from costcalc.symbols import Gcd

        symbolic: Dim = Gcd(a, b)
        return symbolic
    if is_array(a) or is_array(b):
        import numpy

        pairwise: Dim = numpy.gcd(a, b)
        return pairwise
    return math.gcd(a, b)


def product(factors: Iterable[Dim]) -> Dim:
    """The product of ``factors``; 1 of none."""
    return math.prod(factors)


def check_divides(divisor: Dim, number: Dim, what: str, *, field: str | None = None) -> Dim:
    """``number / divisor``, which must be whole.

    Raises LayerError naming ``what`` where it is not; on symbols the quotient stands as it is, and that it is whole is
    assumed (see `assumptions`).
    """
    if is_symbol(number) or is_symbol(divisor):
        import sympy

        ratio = sympy.sympify(number) / divisor
        if not ratio.is_integer:
            _assume(sympy.Eq(sympy.Mod(number, divisor), 0))
        quotient: Dim = ratio
        return quotient
    remainder = number % divisor
    if bool(remainder.any()) if is_array(remainder) else remainder != 0:  # type: ignore[attr-defined]
        raise LayerError(f"{what}: {shown(divisor)} does not divide {shown(number)}", field=field)
    return number // divisor


def _extreme(pick: Callable[..., Any], numpy_name: str, sympy_name: str, values: tuple[Any, ...]) -> Any:
    if any(is_symbol(value) for value in values):
        import sympy

        return getattr(sympy, sympy_name)(*values)
    if any(is_array(value) for value in values):
        import numpy

        ufunc = getattr(numpy, numpy_name)
        return reduce(ufunc, values)
    return pick(values)


def maximum(*values: Any) -> Any:
    """The largest of ``values``."""
    return _extreme(max, "maximum", "Max", values)


def minimum(*values: Any) -> Any:
    """The smallest of ``values``."""
    return _extreme(min, "minimum", "Min", values)


def truncated(value: Any) -> Any:
    """``int(value)``: towards zero, as the implementations round widths. On symbols a function that stands."""
    if is_symbol(value):
        from costcalc.symbols import Truncated

        return Truncated(value)
    if is_array(value):
        import numpy

        return int_array(numpy.trunc(value).astype(numpy.int64).ravel().tolist())
    return int(value)


def rounded(value: Any) -> Any:
    """``round(value)``: to the nearest whole number, halves to even, as Python does. On symbols a function as well."""
    if is_symbol(value):
        from costcalc.symbols import Rounded

        return Rounded(value)
    if is_array(value):
        import numpy

        return int_array(numpy.rint(value).astype(numpy.int64).ravel().tolist())
    return round(value)


def make_divisible(value: Any, divisor: Any = 8) -> Any:
    """The multiple of ``divisor`` nearest to ``value``, at least ``divisor``, and never below 90 % of ``value``.

    Source: `_make_divisible` of TF-slim's mobilenet.py and of torchvision, floats and all: for the same float it gives
    the same width. On symbols a function that stands.
    """
    if is_symbol(value) or is_symbol(divisor):
        from costcalc.symbols import MakeDivisible

        return MakeDivisible(value, divisor)
    if is_array(value):
        return int_array(make_divisible(item, divisor) for item in value.ravel().tolist())
    result = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return result + divisor if result < 0.9 * value else result


# Decisions and checks


_assumed: ContextVar[list[Any] | None] = ContextVar("assumed", default=None)


@contextmanager
def assumptions() -> Iterator[list[Any]]:
    """Collects what checks on symbols assumed, as sympy relations: each is a condition of the closed form."""
    found: list[Any] = []
    token = _assumed.set(found)
    try:
        yield found
    finally:
        _assumed.reset(token)


def _assume(condition: Any) -> None:
    found = _assumed.get()
    if found is not None:
        found.append(condition)


def compare(sign: str, a: Any, b: Any) -> Any:
    """``a sign b`` for one of `RELATIONS`: a bool, an array of bools, or a sympy relation."""
    if is_symbol(a) or is_symbol(b):
        import sympy

        return sympy.Rel(a, b, sign)
    return RELATIONS[sign](a, b)


_decider: ContextVar[Callable[[Any], bool] | None] = ContextVar("decider", default=None)


@contextmanager
def deciding(decider: Callable[[Any], bool]) -> Iterator[None]:
    """Lets ``decider`` answer, and record, the conditions on symbols that formulas `decide`."""
    token = _decider.set(decider)
    try:
        yield
    finally:
        _decider.reset(token)


def decide(condition: Any) -> bool:
    """The truth of ``condition``; raises `Mixed` where it differs between the members of an array.

    On symbols `deciding` says who decides; without it, raises TypeError for what sympy does not know.
    """
    if is_array(condition):
        if condition.all():
            return True
        if not condition.any():
            return False
        raise Mixed(condition)
    decider = _decider.get()
    if decider is not None and is_symbol(condition):
        return decider(condition)
    return bool(condition)


def holds_anywhere(condition: Any) -> bool:
    """Is ``condition`` known to hold, for one member of an array at least? For checks, which `decide` would split.

    On symbols an undecided condition does not: that the check passes is assumed (see `assumptions`).
    """
    if is_array(condition):
        return bool(condition.any())
    if is_symbol(condition):
        import sympy

        if condition is not sympy.true and condition is not sympy.false:
            _assume(sympy.Not(condition))
        return condition is sympy.true
    return bool(condition)


def size(value: Any, least: int = 1) -> Dim:
    """``value``, if it is a whole number of at least ``least`` in any algebra.

    Raises ValueError with the rule that it breaks. A float is refused even where it is whole: the spec says how it
    rounds.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if value < least:
            raise ValueError(f"must be at least {least}")
        return value
    if is_array(value) and value.dtype.kind == "i":
        if (value < least).any():
            raise ValueError(f"must be at least {least} for every member of the sweep")
        checked: Dim = value
        return checked
    if is_symbol(value):
        symbolic: Dim = value
        return symbolic
    if isinstance(value, float):
        raise ValueError("must be a whole number; int(), round() or make_divisible() say how it rounds")
    raise ValueError("must be a whole number")
