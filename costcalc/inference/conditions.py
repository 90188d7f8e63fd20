"""Two lines under one condition on ``cin``: the first may change it and silently drop the second."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from costcalc import dims
from costcalc.errors import shown
from costcalc.spec.expressions import parsed
from costcalc.spec.model import Expr, Step

__all__ = ["Conditions"]


class Conditions:
    """The conditions on ``cin`` that held in one run of a chain, with the input channels before and after the line."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Step, Any, Any]] = {}

    def hold(self, step: Step, when: Expr, before: Any, after: Any) -> None:
        """``step`` ran under ``when``: it took ``before`` channels and gave ``after``."""
        self.held[_meaning(when.compiled.text)] = step, before, after

    def drop(self, step: Step, when: Expr, cin: Any) -> None:
        """``step``, which has ``cin`` input channels, does not run under ``when``.

        Raises SpecError where it would have run before an earlier line under the same condition changed ``cin``.
        """
        meaning = _meaning(when.compiled.text)
        if meaning not in self.held:
            return
        first, before, after = self.held[meaning]
        if _same(cin, after):  # and so before is another number: of one cin, one condition has one value
            message = f"{step.label} is dropped: {first.label} on line {first.node.line}, under the same condition,"
            hint = "name the condition once, with let in a block, and write that name in both lines"
            raise when.node.error(f"{message} changed cin from {shown(before)} to {shown(after)}", hint)


@lru_cache(maxsize=4096)
def _meaning(text: str) -> str:
    """The condition ``text`` in a canonical form: ``e != cin``, ``(cin != e)`` and ``not e == cin``."""
    return ast.dump(_Form().visit(parsed(" ".join(text.split()))))


class _Form(ast.NodeTransformer):
    """Puts the sides of ``==``, ``!=``, ``and`` and ``or`` in one order, and leaves of the other signs < and <=."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        sign, sides = node.ops[0], [node.left, node.comparators[0]]
        if isinstance(sign, (ast.Gt, ast.GtE)):
            sign, sides = ast.Lt() if isinstance(sign, ast.Gt) else ast.LtE(), sides[::-1]
        elif isinstance(sign, (ast.Eq, ast.NotEq)):
            sides.sort(key=ast.dump)
        return ast.Compare(sides[0], [sign], sides[1:])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return ast.BoolOp(node.op, sorted(node.values, key=ast.dump))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare):
            return self.visit_Compare(ast.Compare(inner.left, [_OPPOSITE[type(inner.ops[0])]()], inner.comparators))
        return node


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
}


def _same(one: Any, other: Any) -> bool:
    equal = one == other
    return bool(equal.all() if dims.is_array(equal) else equal)
