"""What the settings of a model cost, at one setting or between bounds over many, from closed forms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.quantities import Number
from costcalc.solver.costs import Cost, Counts
from costcalc.solver.counting import measured
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.evaluate import as_number
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.intervals import Enclosure, Interval, Unbounded
from costcalc.symbolic.steps import jumps

__all__ = ["NoGraph", "Over", "Pieces", "TooMuch", "Work"]

_MAX_WORK = 2_500_000
"""How many operations on bounds a search may do: some 5 seconds."""

_FORMS, _COUNT = 500, 50
"""How many operations on bounds take as long as the closed forms of one node, and as counting it at one setting."""

_UNKNOWN = (-math.inf, math.inf)


class TooMuch(Exception):
    """The search needs more work than it may do."""


class Work:
    """What a search has done, in operations on bounds."""

    def __init__(self) -> None:
        self._done = 0

    def add(self, amount: int) -> None:
        """Counts ``amount`` more. Raises TooMuch beyond what a search may do."""
        self._done += amount
        if self._done > _MAX_WORK:
            raise TooMuch


class NoGraph(Exception):
    """A setting gives no graph of the model; the message says why."""


class Over(NamedTuple):
    """What is known of a box of settings: ``bounds`` on each cost; ``same``: is the graph the same at all of them?"""

    bounds: Sequence[Interval]
    same: bool


class _Piece:
    """Closed forms of the costs, with what they rest on.

    ``decided`` conditions fail where the model has another structure, ``checks`` where it has no graph at all.
    """

    def __init__(
        self, model: ModelSpec, values: Mapping[str, Any], names: Sequence[str], wanted: Sequence[Cost], counted: Graph
    ) -> None:
        graph = symbolic(model, values, names, counted=counted, folded=False)
        self.graph = graph
        checks = graph.checks
        terms: list[Any] = []
        self._parts: list[tuple[Cost, int, int] | None] = []
        for cost in wanted:
            if not cost.quantity.symbolic:
                self._parts.append(None)
                continue
            own, graph = graph.measured(cost.terms)
            if cost.quantity.peak:
                own = list(dict.fromkeys(own))
            elif cost.quantity.unit != "s":  # sums of floats keep their order
                own = [sum(own)]
            self._parts.append((cost, len(terms), len(terms) + len(own)))
            terms += own
        sizes = [] if None not in self._parts else _numbers(graph.graph)
        decided = [each for each in graph.conditions if each not in checks]
        self.symbols = graph.symbols.outer
        self._decided = decided
        self._ends = len(decided), len(decided) + len(checks), len(decided) + len(checks) + len(sizes)
        self._forms = Enclosure([*decided, *checks, *sizes, *terms])
        self.length = self._forms.length + len(terms)

    def over(self, box: Mapping[str, Interval]) -> Over | set[str]:
        """What is known all over ``box``; where the structure may be another in it, the knobs that decide about it.

        Raises NoGraph where no setting of it has a graph.
        """
        decided, checked, sized = self._ends
        found = self._forms.over({symbol: box[name] for name, symbol in self.symbols.items()})
        open_ = [each for each, (low, _) in zip(self._decided, found, strict=False) if not low]
        if open_:
            symbols = {symbol for each in open_ for symbol in each.free_symbols}
            return {name for name, symbol in self.symbols.items() if symbol in symbols}
        checks = found[decided:checked]
        if not all(high for _, high in checks):
            raise NoGraph("a layer check fails")
        bounds = [
            _UNKNOWN if part is None else _bounds(part[0], found[sized:][part[1] : part[2]]) for part in self._parts
        ]
        same = all(low for low, _ in checks) and all(
            low == high for low, high in (found[checked:sized] if sized > checked else bounds)
        )
        return Over(bounds, same)

    def at(self, values: Mapping[str, Any]) -> list[Number | None] | None:
        """The costs at the setting ``values``, without those that have no closed form; None in another structure.

        Raises NoGraph where there is none.
        """
        decided, checked, sized = self._ends
        found = self._forms({symbol: values[name] for name, symbol in self.symbols.items()})
        if not all(found[:decided]):
            return None
        if not all(found[decided:checked]):
            raise NoGraph("a layer check fails")
        return [None if part is None else _total(part[0], found[sized:][part[1] : part[2]]) for part in self._parts]


def _total(cost: Cost, terms: Sequence[Any]) -> Number:
    number: Number = as_number(max(terms) if cost.quantity.peak else sum(terms))
    return number


def _bounds(cost: Cost, terms: Sequence[Interval]) -> Interval:
    lows, highs = zip(*terms, strict=True)
    low, high = _total(cost, lows), _total(cost, highs)
    if lows != highs and isinstance(low, float):
        # A sum of floats is off by less than this, however it is added up.
        share = len(terms) * 2.0**-52
        return low * (1 - share), high * (1 + share)
    return low, high


def _numbers(graph: Graph) -> list[Any]:
    """The numbers over symbols on which a graph of one structure depends: sizes, counts, arguments of layers."""
    found: dict[Any, None] = {}

    def add(value: Any) -> None:
        if isinstance(value, (tuple, list)):
            for each in value:
                add(each)
        elif dims.is_symbol(value):
            found[value] = None

    for node in graph.nodes:
        add([node.shape, *(node.params[kind] for kind in node.params), *node.ledger.values()])
        add([getattr(node.layer, name) for name in node.layer.fields])
    return list(found)


class Pieces:
    """The closed forms of a model in its knobs ``names``, the others fixed: as many as it has different structures."""

    def __init__(
        self,
        model: ModelSpec,
        points: Iterable[Mapping[str, Any]],
        names: Sequence[str],
        wanted: Sequence[Cost],
        work: Work,
    ) -> None:
        """``points`` are settings to begin with: the first that has a graph gives the first closed forms."""
        self._model = model
        self._names = list(names)
        self._wanted = wanted
        self._work = work
        self._pieces: list[_Piece] = []
        self.unsure: set[str] = set()
        """The knobs that decide which structure the box has that was last looked at, if that is not known."""
        self._known: dict[tuple[Any, ...], Counts | NoGraph] = {}
        for values in points:
            if not self._pieces:
                with suppress(NoGraph):
                    self.at(values)

    def at(self, values: Mapping[str, Any]) -> Counts:
        """The costs at the setting ``values``.

        Raises NoGraph where there is no graph, and TooMuch where there are no closed forms or too many of them.
        """
        key = tuple(values[name] for name in self._names)
        if key not in self._known:
            try:
                self._known[key] = self._at(values)
            except NoGraph as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, NoGraph):
            raise found
        return found

    def _at(self, values: Mapping[str, Any]) -> Counts:
        for index, piece in enumerate(self._pieces):
            self._work.add(piece.length)
            try:
                found = piece.at(values)
            except (ArithmeticError, ValueError):  # an overflow of floats, a division by zero
                continue
            if found is not None:
                self._pieces.insert(0, self._pieces.pop(index))
                break
        else:
            found = self._new(values)
        if None not in found:
            return tuple(found)  # type: ignore[arg-type]
        graph = self._counted(values)
        try:
            return measured(graph, self._wanted)
        except CostcalcError as error:
            raise NoGraph(str(error)) from None

    def over(self, box: Mapping[str, Interval]) -> Over | None:
        """What is known while each knob goes through its interval; None where nothing is: `unsure` says why.

        Raises NoGraph where no setting of ``box`` has a graph.
        """
        self.unsure = set()
        for index, piece in enumerate(self._pieces):
            self._work.add(piece.length)
            try:
                found = piece.over(box)
            except Unbounded:
                continue
            if isinstance(found, Over):
                self._pieces.insert(0, self._pieces.pop(index))
                return found
            self.unsure |= found
        return None

    def jumps(self, name: str, low: float, high: float) -> set[float]:
        """Values of the real knob ``name`` at which a width is known to change."""
        return jumps(self._pieces[0].graph, name, low, high) if self._pieces else set()

    def _counted(self, values: Mapping[str, Any]) -> Graph:
        try:
            graph = infer(self._model, values)
        except (CostcalcError, OverflowError) as error:
            self._work.add(_FORMS)
            raise NoGraph(str(error)) from None
        self._work.add(_COUNT * len(graph.nodes))
        return graph

    def _new(self, values: Mapping[str, Any]) -> list[Number | None]:
        counted = self._counted(values)
        self._work.add(_FORMS * len(counted.nodes))
        try:
            piece = _Piece(self._model, values, self._names, self._wanted, counted)
            found = piece.at(values)
        except (CostcalcError, ArithmeticError, ValueError, TypeError):
            raise TooMuch from None
        if found is None:
            raise TooMuch
        self._pieces.insert(0, piece)
        return found
