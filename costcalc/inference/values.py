"""Values of expressions: the argument of a call, the number of repetitions."""

from __future__ import annotations

from typing import Any

from costcalc import dims
from costcalc.errors import shown
from costcalc.inference.scope import Decide, Scope
from costcalc.spec.model import Argument, Expr

__all__ = ["argument_of", "times_of"]


def argument_of(argument: Argument, scope: Scope) -> Any:
    """The value of an argument, or of both items of a pair."""
    if isinstance(argument, tuple):
        return tuple(expr.evaluate(scope) for expr in argument)
    return argument.evaluate(scope)


def times_of(expr: Expr, scope: Scope, decide: Decide) -> int:
    """The number of repetitions. An array of different numbers goes to ``decide``. Raises SpecError for a symbol."""
    value = expr.evaluate(scope)
    try:
        size = dims.size(value, 0)
    except ValueError as error:
        raise expr.node.error(f"n = {shown(value)}: {error}") from None
    if dims.is_array(size):
        first = size.flat[0]  # type: ignore[attr-defined]
        decide(size == first)
        return int(first)
    if dims.is_symbol(size) and not size.is_Integer:  # type: ignore[attr-defined]
        raise expr.node.error(f"n = {shown(size)}: how often must be a number")
    return int(size)
