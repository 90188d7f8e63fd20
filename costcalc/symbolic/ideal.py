"""The ideal form: widths as they would be without rounding, and the greater of two widths as it is at a point."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from costcalc.symbolic.evaluate import Program
from costcalc.symbols import FloatOperation, Rounding, plain

__all__ = ["Idealiser", "rounds"]


class Idealiser:
    """Leaves the rounding of widths out of expressions, and decides Max and Min of widths at ``point``.

    What holds a symbol of ``spatial`` inside a rounding stays as it is: the sizes of images are always exact.
    ``conditions`` collects what was decided; at a tie the constant is taken. Without a ``point`` nothing is decided.
    """

    def __init__(self, spatial: frozenset[Any], point: Mapping[Any, Fraction] | None = None) -> None:
        self.spatial = spatial
        self.point = point
        self.conditions: dict[Any, None] = {}
        self._known: dict[Any, Any] = {}

    def __call__(self, expression: Any) -> Any:
        """The ideal form of ``expression``, an expression or a relation."""
        known = self._known
        if expression not in known:
            known[expression] = self._ideal(expression)
        return known[expression]

    def _ideal(self, node: Any) -> Any:
        if isinstance(node, sympy.Float):
            return plain(node)
        if not node.args:
            return node
        if self._stands(node) and node.free_symbols & self.spatial:
            return plain(node)
        if isinstance(node, FloatOperation):
            return self(plain(node))
        arguments = [self(argument) for argument in node.args]
        if isinstance(node, Rounding):
            # All round their first argument but a quotient of two.
            return arguments[0] / arguments[1] if node.spec_name == "quotient" else arguments[0]
        if isinstance(node, (sympy.Max, sympy.Min)) and self.point is not None:
            return self._extreme(type(node), arguments)
        return node.func(*arguments)

    @staticmethod
    def _stands(node: Any) -> bool:
        return isinstance(node, (Rounding, sympy.Max, sympy.Min, sympy.floor, sympy.ceiling, sympy.Mod))

    def _extreme(self, kind: Any, arguments: list[Any]) -> Any:
        assert self.point is not None
        values = Program(arguments)(self.point)
        greatest = max(values) if kind is sympy.Max else min(values)
        tied = [argument for argument, value in zip(arguments, values, strict=True) if value == greatest]
        chosen = min(tied, key=lambda argument: (len(argument.free_symbols), str(argument)))
        relation = sympy.Ge if kind is sympy.Max else sympy.Le
        for other in arguments:
            condition = relation(chosen, other)
            if condition is not sympy.true:
                self.conditions[condition] = None
        return chosen


def rounds(expression: Any, spatial: frozenset[Any]) -> list[str]:
    """The names of the roundings that the ideal form of ``expression`` leaves out, sorted."""
    found = {
        "//" if rounding.spec_name == "quotient" else rounding.spec_name
        for rounding in expression.atoms(Rounding)
        if not rounding.free_symbols & spatial
    }
    return sorted(found)
