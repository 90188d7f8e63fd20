"""What the settings of a model cost, at one setting or between bounds over many, from closed forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.solver.counting import measured
from costcalc.spec.model import ModelSpec
from costcalc.symbolic.graph import symbolic
from costcalc.symbolic.intervals import Enclosure, Interval, Unbounded

__all__ = ["Counts", "NoGraph", "Pieces", "TooMuch", "Work"]

Counts = tuple[int, ...]
"""Multiply-accumulates and parameters."""

_MAX_WORK = 15_000_000
"""How many operations on bounds a search may do: some 15 seconds."""

_NODE = 4_000
"""How many operations on bounds take as long as the closed forms of one node."""


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


class _Piece:
    """Closed forms of the counts, and the conditions on which they rest."""

    def __init__(self, model: ModelSpec, values: Mapping[str, Any], names: Sequence[str], kind: str, counted: Graph):
        graph = symbolic(model, values, names, counted=counted, folded=False)
        self.symbols = graph.symbols.outer
        self._conditions = len(graph.conditions)
        self._forms = Enclosure([*graph.conditions, *measured(graph.graph, kind)])
        self.length = self._forms.length

    def over(self, box: Mapping[str, Interval]) -> list[Interval] | None:
        """Bounds on the counts over ``box``; None where the conditions are not known to hold all over it."""
        found = self._forms.over({symbol: box[name] for name, symbol in self.symbols.items()})
        if not all(low for low, _ in found[: self._conditions]):
            return None
        return found[self._conditions :]

    def at(self, values: Mapping[str, Any]) -> Counts | None:
        """The counts at the setting ``values``; None where the conditions do not hold."""
        found = self._forms({symbol: values[name] for name, symbol in self.symbols.items()})
        return tuple(found[self._conditions :]) if all(found[: self._conditions]) else None


class Pieces:
    """The closed forms of a model in its knobs ``names``, the others fixed: as many as it has different structures."""

    def __init__(self, model: ModelSpec, point: Mapping[str, Any], names: Sequence[str], kind: str, work: Work) -> None:
        self._model = model
        self._names = list(names)
        self._kind = kind
        self._work = work
        self._pieces: list[_Piece] = []
        with suppress(NoGraph):
            self._new(point)

    def at(self, values: Mapping[str, Any]) -> Counts:
        """The counts at the setting ``values``.

        Raises NoGraph where there is no graph, and TooMuch where there are no closed forms or too many of them.
        """
        for index, piece in enumerate(self._pieces):
            self._work.add(piece.length)
            try:
                found = piece.at(values)
            except (ArithmeticError, ValueError):  # an overflow of floats, a division by zero
                continue
            if found is not None:
                self._pieces.insert(0, self._pieces.pop(index))
                return found
        return self._new(values)

    def over(self, box: Mapping[str, Interval]) -> list[Interval] | None:
        """Bounds on the counts while each knob goes through its interval; None where none are known."""
        for index, piece in enumerate(self._pieces):
            self._work.add(piece.length)
            try:
                found = piece.over(box)
            except Unbounded:
                continue
            if found is not None:
                self._pieces.insert(0, self._pieces.pop(index))
                return found
        return None

    def _new(self, values: Mapping[str, Any]) -> Counts:
        try:
            counted = infer(self._model, values)
        except (CostcalcError, OverflowError) as error:
            self._work.add(_NODE)
            raise NoGraph(str(error)) from None
        self._work.add(_NODE * len(counted.nodes))
        try:
            piece = _Piece(self._model, values, self._names, self._kind, counted)
            found = piece.at(values)
        except (CostcalcError, ArithmeticError, ValueError, TypeError):
            raise TooMuch from None
        if found is None:
            raise TooMuch
        self._pieces.insert(0, piece)
        return found
