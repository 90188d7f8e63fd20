"""Which knobs are symbols, and how: a size of the image is ``32 m + r``, so that halving it leaves no floors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import lcm
from typing import Any

import sympy

from costcalc import dims
from costcalc.errors import UsageError, nearest, shown
from costcalc.graph import Graph
from costcalc.inference.scope import Decide, ModelValues, Scope, WorkLimit
from costcalc.spec.model import Knob, ModelSpec
from costcalc.symbolic.evaluate import Program, exactly, linear
from costcalc.symbolic.ideal import Idealiser
from costcalc.symbolic.text import text

__all__ = ["Symbols", "can_vary", "check_names", "domain", "image_size", "least", "total_stride"]


def can_vary(knob: Knob) -> bool:
    """Is it a number, and free to be any?"""
    return knob.choices is None and not isinstance(knob.default, (bool, str))


def check_names(model: ModelSpec, names: Iterable[str], values: Mapping[str, Any]) -> None:
    """Raises UsageError for what is no knob of ``model``, or is one that can be no symbol, and says what it is."""
    for name in names:
        if name not in model.knobs:
            hint = nearest(name, model.knobs)
            raise UsageError(f"{model.name} has no knob {shown(name)}", hint=hint)
        if not can_vary(model.knobs[name]):
            raise UsageError(
                f"{name} of {model.name} cannot be a symbol: it changes the structure and is fixed at"
                f" {shown(values[name])}",
                hint=f"--{name} sets another value",
            )


def domain(knob: Knob) -> Any:
    """The sympy symbol of ``knob``, with what its rules say of its sign."""
    rules: dict[str, bool] = {"integer": True} if isinstance(knob.default, int) else {"real": True}
    low = least(knob)
    if low is not None:
        if low[0] > 0 or (low[0] == 0 and low[1]):
            rules["positive"] = True
        elif low[0] == 0:
            rules["nonnegative"] = True
    return sympy.Symbol(knob.name, **rules)


def least(knob: Knob) -> tuple[Any, bool] | None:
    """The lower bound of ``knob``, and whether it lies above it."""
    bounds = []
    if knob.above is not None:
        bounds.append((sympy.Rational(exactly(knob.above)), True))
    if knob.min is not None:
        bounds.append((sympy.Rational(exactly(knob.min)), False))
    return max(bounds, default=None)


def image_size(model: ModelSpec, knobs: Mapping[str, Any], decide: Decide) -> tuple[Any, ...]:
    """Height and width of the image that ``model`` starts from; nothing where it starts from a vector."""
    budget = WorkLimit()
    scope = Scope(budget, decide, ModelValues(model, knobs, decide, budget), {})
    return tuple(size.evaluate(scope) for size in model.input[1:])


def total_stride(graph: Graph) -> int:
    """A multiple of every stride between the input and another tensor of ``graph``."""
    strides = [1] * len(graph.nodes)
    for index, node in enumerate(graph.nodes):
        own = getattr(node.layer, "stride", 1)
        step = lcm(*own) if isinstance(own, tuple) else own
        before = lcm(*(strides[source] for source in node.inputs)) if node.inputs else 1
        strides[index] = min(before * step, 2**20) if isinstance(step, int) else before
    return lcm(*(stride for stride in strides if stride < 2**20))


class Symbols:
    """The knobs of a model over symbols.

    ``knobs`` is what `infer` gets. An outer symbol is a knob's own; where that is ``period * m + remainder``, ``m`` is
    the inner symbol that stands in the graph. ``point`` has the inner symbols' values.
    """

    def __init__(self, model: ModelSpec, values: Mapping[str, Any], names: Iterable[str]) -> None:
        self.model = model
        self.values = dict(values)
        self.outer = {name: domain(model.knobs[name]) for name in names}
        self.sizes: dict[str, Any] = {}
        self.periods: dict[str, int] = {}
        self._inner: dict[str, tuple[Any, Any]] = {}

    def image_knobs(self) -> dict[str, Any]:
        """The knobs that set height or width of the input, each with the size as an expression in it.

        Raises UsageError where two of them set the same side: only their product would count.
        """
        point = {symbol: self.values[name] for name, symbol in self.outer.items()}
        sides = image_size(
            self.model,
            {**self.values, **self.outer},
            lambda condition: (
                bool(Program([condition])(point)[0]) if dims.is_symbol(condition) else dims.decide(condition)
            ),
        )
        found: dict[str, Any] = {}
        for side in sides:
            inside = [name for name, symbol in self.outer.items() if dims.is_symbol(side) and side.has(symbol)]
            if len(inside) > 1:
                raise UsageError(
                    f"{' and '.join(inside)} together set the image size: only one of them can be a symbol",
                    hint="--wrt names the symbols",
                )
            found.update(dict.fromkeys(inside, side))
        return found

    def fold(self, name: str, period: int, size: Any | None = None) -> None:
        """From now on ``size``, an expression linear in the knob ``name`` (or the knob itself), is period * m + r.

        r is what it is at the point; a period of 1 undoes it. Does nothing where ``size`` is not linear.
        """
        outer = self.outer[name]
        self._inner.pop(name, None)
        self.periods[name] = period
        if period == 1:
            return
        size = outer if size is None else size
        parts = linear(Idealiser(frozenset())(size), outer)
        if parts is None or not parts[1].is_Rational:
            self.periods[name] = 1
            return
        slope, rest = parts
        here = Program([size])({outer: self.values[name]})[0]
        remainder = here % period
        sign = {"nonnegative": True} if remainder else {"positive": True}
        taken = {*self.model.knobs, *(symbol.name for symbol, _ in self._inner.values())}
        letter = next(each for each in ("m", "n", "p", "q", "m_", "n_") if each not in taken)
        inner = sympy.Symbol(letter, integer=True, **sign)
        self.sizes[name] = size
        self._inner[name] = (inner, (period * inner + remainder - rest) / slope)

    @property
    def knobs(self) -> dict[str, Any]:
        """What `infer` gets."""
        return {**self.values, **self.outer, **{name: value for name, (_, value) in self._inner.items()}}

    @property
    def point(self) -> dict[Any, Any]:
        """The values of the symbols that stand in the graph."""
        found = self.at(self.values)
        assert found is not None
        return found

    def at(self, values: Mapping[str, Any]) -> dict[Any, Any] | None:
        """The values of the symbols in the graph where the knobs have ``values``; None where these are none."""
        found: dict[Any, Any] = {}
        for name, outer in self.outer.items():
            found[outer] = values[name]
            if name not in self._inner:
                continue
            size = Program([self.sizes[name]])({outer: values[name]})[0]
            times, rest = divmod(size - self.remainder(name), self.periods[name])
            if rest:
                return None
            found[self._inner[name][0]] = int(times)
        return found

    def remainder(self, name: str) -> int:
        """r of a folded knob."""
        size = Program([self.sizes[name]])({self.outer[name]: self.values[name]})[0]
        return int(size % self.periods[name])

    @property
    def back(self) -> dict[Any, Any]:
        """Each inner symbol as an expression in the knob's own, over the rationals."""
        return {
            inner: (self.sizes[name] - self.remainder(name)) / self.periods[name]
            for name, (inner, _) in self._inner.items()
        }

    @property
    def spatial(self) -> frozenset[Any]:
        """The symbols, outer and inner, of the sizes of the image."""
        names = {*self.image_knobs(), *self._inner}
        return frozenset(
            {self.outer[name] for name in names} | {self._inner[name][0] for name in names if name in self._inner}
        )

    def inner(self, name: str) -> Any:
        """The symbol that stands in the graph for the knob ``name``."""
        return self._inner[name][0] if name in self._inner else self.outer[name]

    def residues(self) -> list[str]:
        """``resolution = 32 m``: the values of folded knobs for which the form holds."""
        found = []
        for name, (inner, _) in self._inner.items():
            remainder = self.remainder(name)
            found.append(
                f"{text(self.sizes[name])} = {self.periods[name]} {inner}{f' + {remainder}' if remainder else ''}"
            )
        return found
