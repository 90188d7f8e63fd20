"""A model over symbols: its graph, and the conditions under which other values of the knobs give the same graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from math import lcm
from typing import Any, TypeVar

import sympy

from costcalc import dims
from costcalc.errors import CostcalcError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.conditions import Decisions
from costcalc.symbolic.evaluate import Program
from costcalc.symbolic.knobs import Symbols, can_vary, check_names, total_stride

__all__ = ["SymbolicGraph", "numbers", "one_for_each_side", "symbolic"]

_ROUNDS = 6
"""How often folding a knob may show the floors of the next layer."""

_MAX_PERIOD = 4096

_T = TypeVar("_T")


class SymbolicGraph:
    """What inference over symbols gave.

    ``counted`` is the graph at the chosen point, over ints; ``graph`` the same over symbols; ``conditions`` are true
    there, and wherever they are true ``graph`` has the model's shapes and layers. Those of them that are ``checks``
    fail where the model has no graph at all, if the others hold.
    """

    def __init__(
        self, symbols: Symbols, counted: Graph, graph: Graph, conditions: Sequence[Any], checks: Set[Any] = frozenset()
    ) -> None:
        self.symbols = symbols
        self.counted = counted
        self.graph = graph
        self.conditions = tuple(conditions)
        self.checks = checks
        self._holds: Program | None = None

    def at(self, values: Mapping[str, Any]) -> dict[Any, Any] | None:
        """The values of the graph's symbols where the knobs have ``values``; None where the graph is another."""
        inner = self.symbols.at(values)
        if inner is None:
            return None
        if self._holds is None:
            self._holds = Program(self.conditions)
        return inner if all(self._holds(inner)) else None

    def measured(self, measure: Callable[[Graph], _T]) -> tuple[_T, SymbolicGraph]:
        """``measure`` of the graph over symbols, and this graph with the conditions that its formulas rest on."""
        decide = Decisions(self.symbols.point)
        with dims.assumptions() as assumed, dims.deciding(decide):
            value = measure(self.graph)
        new = [each for each in (*decide.found, *assumed) if each is not sympy.true]
        conditions = dict.fromkeys([*self.conditions, *new])
        return value, SymbolicGraph(self.symbols, self.counted, self.graph, [*conditions], self.checks)


def symbolic(
    model: ModelSpec,
    values: Mapping[str, Any] | None = None,
    names: Iterable[str] | None = None,
    *,
    counted: Graph | None = None,
    folded: bool = True,
) -> SymbolicGraph:
    """``model`` over the knobs ``names`` as symbols, the others at ``values``, where conditions are decided, too.

    Without ``names``: over every knob that was given no value, can be a symbol and is not optional; of several that set
    the same side of the image, the first whole number. ``counted`` is the graph at that point, if there is one already.
    Raises UsageError for a name that is no knob, or one that changes the structure.
    """
    point = model.knob_values(values or {})
    counted = infer(model, point) if counted is None else counted
    if names is not None:
        asked = list(names)
        check_names(model, asked, point)
        return _over(model, point, asked, counted, folded)
    kept = {*(values or {}), *model.optional}
    free = one_for_each_side(model, point, [name for name in numbers(model) if name not in kept])
    try:
        return _over(model, point, free, counted)
    except CostcalcError:
        varying = [name for name in free if not _is_structural(model, point, name, counted)]
        return _over(model, point, varying, counted)


def numbers(model: ModelSpec) -> list[str]:
    """The knobs of ``model`` that are numbers, and free to be any."""
    return [name for name, knob in model.knobs.items() if can_vary(knob)]


def one_for_each_side(model: ModelSpec, point: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """``names`` without those that set a side of the image which another one sets at ``point``, too."""
    kept = list(names)
    while True:
        try:
            Symbols(model, point, kept).image_knobs()
            return kept
        except UsageError:
            images = [name for name in kept if Symbols(model, point, [name]).image_knobs()]
            fractions = [name for name in images if isinstance(model.knobs[name].default, float)]
            kept.remove((fractions or images)[-1])


def _is_structural(model: ModelSpec, point: Mapping[str, Any], name: str, counted: Graph) -> bool:
    try:
        _over(model, point, [name], counted)
    except CostcalcError:
        return True
    return False


def _over(
    model: ModelSpec, point: Mapping[str, Any], names: Sequence[str], counted: Graph, folded: bool = True
) -> SymbolicGraph:
    symbols = Symbols(model, point, names)
    if not names:
        return SymbolicGraph(symbols, counted, counted, ())
    period = total_stride(counted)
    for name, size in symbols.image_knobs().items() if folded else ():
        symbols.fold(name, period, size)
    try:
        inferred = _inferred(symbols)
        for _ in range(_ROUNDS if folded else 0):
            if not _fold_more(symbols, inferred[0]):
                break
            inferred = _inferred(symbols)
        if _unfold(symbols, inferred[0]):
            inferred = _inferred(symbols)
    except CostcalcError as error:
        if len(names) == 1:
            fixed = f"{names[0]} changes the structure of {model.name} and is fixed at {point[names[0]]}"
            raise UsageError(fixed, hint=f"--{names[0]} sets another value; {error.message}") from None
        for name in names:
            if _is_structural(model, point, name, counted):
                return _over(model, point, [name], counted)  # raises, and says which
        raise
    return SymbolicGraph(symbols, counted, *inferred)


def _inferred(symbols: Symbols) -> tuple[Graph, list[Any], Set[Any]]:
    """The graph over ``symbols``, its conditions, and those of them that are checks."""
    decide = Decisions(symbols.point)
    with dims.assumptions() as assumed:
        graph = infer(symbols.model, symbols.knobs, decide=decide)
        for node in graph.nodes:
            _touch(node)
    conditions = {**decide.found, **dict.fromkeys(assumed)}
    for size in _sizes(graph):
        positive = sympy.Ge(size, 1)
        if positive is not sympy.true:
            conditions[positive] = None
    kept = [condition for condition in conditions if condition is not sympy.true]
    return graph, kept, dict.fromkeys(each for each in kept if each not in decide.found).keys()


def _touch(node: Any) -> None:
    """Formulas check too: what they take for granted is a condition."""
    _ = node.params, node.ledger


def _sizes(graph: Graph) -> dict[Any, None]:
    """The sizes of ``graph`` that are symbols."""
    return {
        size: None
        for node in graph.nodes
        if node.layer.type != "flatten"  # whose size is a product of sizes
        for size in node.shape
        if dims.is_symbol(size)
    }


def _floors(graph: Graph) -> set[Any]:
    return {floor for size in _sizes(graph) for floor in size.atoms(sympy.floor)}


def _fold_more(symbols: Symbols, graph: Graph) -> bool:
    """Folds the knobs that would free a floor of it; says whether there were any."""
    wanted: dict[str, int] = {}
    for floor in _floors(graph):
        (argument,) = floor.args
        for name in symbols.outer:
            inner = symbols.inner(name)
            slope = sympy.expand(argument).coeff(inner)
            if inner.is_integer and slope.is_Rational and not slope.is_Integer:
                wanted[name] = lcm(wanted.get(name, 1), int(slope.q))
    changed = False
    for name, factor in wanted.items():
        period = symbols.periods.get(name, 1) * factor
        if period <= _MAX_PERIOD and symbols.outer[name].is_integer:
            symbols.fold(name, period, symbols.sizes.get(name))
            changed = True
    return changed


def _unfold(symbols: Symbols, graph: Graph) -> bool:
    """Takes back the folding of knobs that still stand in floors; says whether there were any."""
    left = {symbol for floor in _floors(graph) for symbol in floor.free_symbols}
    names = [name for name in symbols.outer if symbols.inner(name) in left and symbols.periods.get(name, 1) > 1]
    for name in names:
        symbols.fold(name, 1)
    return bool(names)
