"""Two lines under one condition on ``cin``: the first may change it, and the second is dropped without a word."""

from __future__ import annotations

from typing import Any

from costcalc import dims
from costcalc.errors import shown
from costcalc.spec.model import Expr, Step

__all__ = ["Conditions"]


class Conditions:
    """The conditions on ``cin`` that held in one run of a chain, with the input channels before and after the line."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Step, Any, Any]] = {}

    def hold(self, step: Step, when: Expr, before: Any, after: Any) -> None:
        """``step`` ran under ``when``: it took ``before`` channels and gave ``after``."""
        self.held[when.compiled.text] = step, before, after

    def drop(self, step: Step, when: Expr, cin: Any) -> None:
        """``step``, which has ``cin`` input channels, does not run under ``when``.

        Raises SpecError where it would have run before an earlier line under the same condition changed ``cin``.
        """
        if when.compiled.text not in self.held:
            return
        first, before, after = self.held[when.compiled.text]
        if _same(cin, after):  # and so before is another number: of one cin, one condition has one value
            message = f"{step.label} is dropped: {first.label} on line {first.node.line}, under the same condition,"
            hint = "name the condition once, with let in a block, and write that name in both lines"
            raise when.node.error(f"{message} changed cin from {shown(before)} to {shown(after)}", hint)


def _same(one: Any, other: Any) -> bool:
    equal = one == other
    return bool(equal.all() if dims.is_array(equal) else equal)
