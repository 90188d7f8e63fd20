"""What the graphs of a theorem cost, over symbols or at a point, as the environment of its comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc import dims
from costcalc.errors import shown
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.quantities import Setting
from costcalc.spec.expressions import ExpressionError
from costcalc.spec.model import Expr
from costcalc.spec.read import Node
from costcalc.symbolic.proofs.claims import Statement, measures

__all__ = ["Costs"]


class Costs:
    """The values of the names and functions of a theorem where its symbols have ``values``: ints, or sympy symbols.

    Symbols on which nothing that is asked depends need none. Each graph is inferred once, when it is first asked for,
    with ``decide`` for its conditions.
    """

    def __init__(self, statement: Statement, values: Mapping[str, Any], decide: Callable[[Any], bool]) -> None:
        self.statement = statement
        self.names: dict[str, Any] = dict(values)
        self.decide = decide
        for name, expr in statement.let.items():
            if expr.compiled.names <= self.names.keys():
                self.names[name] = self.value_of(expr)
        self.graphs: dict[str, Graph] = {}

    def value_of(self, expr: Expr) -> Any:
        """The number that ``expr`` says. Raises SpecError at its place."""
        try:
            value = expr.evaluate(self)
        except TypeError:
            raise expr.node.error("a graph is no number: ask it for macs(...) or the like") from None
        if isinstance(value, Graph):
            raise expr.node.error("a graph is no number: ask it for macs(...) or the like")
        return value

    def graph(self, name: str) -> Graph:
        """The graph called ``name``."""
        if name not in self.graphs:
            spec = self.statement.graphs[name]
            if spec.inline:
                knobs = {key: _knob(value) for key, value in self.names.items()}
            else:
                knobs = {key: _knob(self.value_of(expr)) for key, expr in spec.knobs.items()}
            self.graphs[name] = infer(spec.model, knobs, decide=self.decide)
        return self.graphs[name]

    def sizes(self) -> list[Any]:
        """What has to be true for the sizes of the graphs to be sizes: whole numbers of at least 1."""
        import sympy

        found: dict[Any, None] = {}
        for graph in self.graphs.values():
            sizes: list[Any] = [size for node in graph.nodes for size in node.shape if dims.is_symbol(size)]
            for size in dict.fromkeys(sizes):
                if not size.is_integer:
                    found[sympy.Eq(sympy.Mod(size, 1), 0)] = None
                found[sympy.Ge(size, 1)] = None
        return [condition for condition in found if condition is not sympy.true]

    # what expressions ask for

    def spend(self, amount: int, place: Node) -> None:
        """Comparisons are short: nothing is counted."""

    def value(self, name: str) -> Any:
        """A symbol, a name of ``let``, or a graph."""
        if name in self.names:
            return self.names[name]
        if name in self.statement.graphs:
            return self.graph(name)
        return {"true": True, "false": False}.get(name, name)

    def size_of(self, name: str, axis: int) -> Any:
        """The size of a graph's one result."""
        graph = self.graph(name)
        if len(graph.outputs) != 1:
            raise ExpressionError(f"{name} has {len(graph.outputs)} results; their sizes may differ")
        shape = graph.nodes[graph.outputs[0].node].shape
        if axis >= len(shape):
            raise ExpressionError(f"{name} gives a vector, which has no height")
        return shape[axis]

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """A measure of a graph, or a limit."""
        if name == "limit":
            return _limit(*arguments)
        (graph,) = arguments
        if not isinstance(graph, Graph):
            raise ExpressionError(f"{name} takes a graph, not {shown(graph)}")
        with dims.deciding(self.decide):
            return measures()[name].value(graph, Setting())


def _knob(value: Any) -> Any:
    """A value as a knob takes it: no Fraction."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def _limit(expression: Any, symbol: Any) -> Any:
    if not dims.is_symbol(symbol):
        raise ExpressionError("a limit has no value at a point")
    import sympy

    inner = sorted(symbol.free_symbols, key=str)
    if len(inner) != 1:
        raise ExpressionError("limit takes an expression and the symbol that grows")
    try:
        found = sympy.limit(sympy.cancel(sympy.together(expression)), inner[0], sympy.oo)
    except (NotImplementedError, ValueError):
        found = None
    if not isinstance(found, sympy.Basic) or found.has(sympy.Limit, sympy.AccumBounds, sympy.oo, sympy.zoo, sympy.nan):
        raise ExpressionError(f"sympy finds no limit of {shown(expression)}")
    return found
