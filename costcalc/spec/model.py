"""What a spec says, as plain data: a model, its knobs, its blocks and their lines. Made by `costcalc.spec.parse`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from costcalc.dims import int_array, is_array, is_exact_int, is_symbol
from costcalc.errors import SpecError, UsageError, did_you_mean, shown
from costcalc.layers import LAYERS, Layer
from costcalc.spec.expressions import Environment, Expression, ExpressionError
from costcalc.spec.read import Mapping as Entries
from costcalc.spec.read import Node

__all__ = [
    "WORDS",
    "Argument",
    "Back",
    "Block",
    "Chain",
    "Definition",
    "Expr",
    "Knob",
    "KnobValue",
    "ModelSpec",
    "Reference",
    "Repeat",
    "Source",
    "Stages",
    "Step",
    "Table",
    "node_of",
]

KnobValue: TypeAlias = Any
"""int, float, bool, None or a word; an array or a symbol where a sweep or a closed form sets it."""

WORDS: Mapping[str, KnobValue] = {"true": True, "false": False, "none": None}
"""The words that stand for something else than themselves."""


class Budgeted(Environment, Protocol):
    """An environment that counts the work done in it."""

    def spend(self, amount: int, place: Node) -> None:
        """Counts ``amount`` of work for ``place``. Raises SpecError when there was too much."""


class Expr:
    """An expression at its place in the spec."""

    __slots__ = ("compiled", "cost", "node")

    def __init__(self, compiled: Expression, node: Node) -> None:
        self.compiled = compiled
        self.node = node
        self.cost = 1 + len(compiled.text) // 16

    def evaluate(self, environment: Budgeted) -> Any:
        """The value. Raises SpecError at this place."""
        environment.spend(self.cost, self.node)
        try:
            return self.compiled.evaluate(environment)
        except ExpressionError as error:
            raise self.node.error(error.message, error.hint) from None


Argument: TypeAlias = Expr | tuple[Expr, ...]
"""The value of a field: one expression, or a pair of them."""


def node_of(argument: Argument) -> Node:
    """Where an argument stands: its expression, or the list of them."""
    if isinstance(argument, tuple):
        first = argument[0].node
        return first.parent or first
    return argument.node


class Reference(NamedTuple):
    """The name of a value: ``stem``, ``backbone.stage6.1.expand``."""

    name: str
    node: Node


class Back(NamedTuple):
    """A count backwards along the chain: -1 is the current tensor, -2 the one before it."""

    steps: int
    node: Node


class Chain(NamedTuple):
    """Steps one after the other, each receiving what the one before it gave. No steps are the identity.

    ``alone``: it is written as one step, not as a list; dropped, it is no input at all.
    """

    steps: tuple[Step, ...]
    alone: bool = False


Source: TypeAlias = Reference | Back | Chain


class Step:
    """A line of a chain: what is done, to what, under which name and condition.

    ``target`` is the layer class, block or model that it calls. ``label`` is its part of the paths in the graph: its
    name, or its type with a number.
    """

    __slots__ = ("arguments", "label", "max_stride", "name", "node", "sources", "target", "type", "until", "when")

    def __init__(self, node: Node, type: str) -> None:
        self.node = node
        self.type = type
        self.name: str | None = None
        self.label = type
        self.when: Expr | None = None
        self.sources: tuple[Source, ...] | None = None
        self.target: Any = None
        self.arguments: dict[str, Argument] = {}
        self.until: Reference | None = None
        self.max_stride: Expr | None = None


class Repeat(Step):
    """``repeat``: a chain, ``n`` times."""

    __slots__ = ("chain", "n")

    n: Expr
    chain: Chain


class Stages(Step):
    """``stages``: a table whose rows each call the same layer or block, ``n`` times where there is a column ``n``."""

    __slots__ = ("columns", "rest", "rows", "with_")

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    with_: dict[str, Expr]
    rest: dict[str, Expr]


class Row(NamedTuple):
    """A row of a ``stages`` table: its cells by column, and where it takes its input from, if it says."""

    node: Node
    cells: dict[str, Expr]
    sources: tuple[Source, ...] | None


class Definition(NamedTuple):
    """An entry of ``define``: a value, a function of ``parameters``, or a lookup table."""

    node: Node
    parameters: tuple[str, ...] | None
    body: Expr | Table


class Table(NamedTuple):
    """A lookup table: ``{given: groups, 1: 144, 2: 200}``. Other keys are refused."""

    node: Node
    given: Expr
    cases: tuple[tuple[Expr, Expr], ...]


class Block:
    """A block: arguments with their defaults, inputs, values, lines, residual, outputs.

    Its lines call the layers, blocks and models of ``model``. A ``shared`` block comes from a file of its own and sees
    its arguments and ``let`` only; a model's own block sees the model's knobs and defines too.
    """

    __slots__ = ("args", "chain", "inputs", "let", "model", "name", "node", "outputs", "residual", "shared")

    def __init__(self, name: str, node: Node, model: ModelSpec, shared: bool) -> None:
        self.name = name
        self.node = node
        self.model = model
        self.shared = shared
        self.args: dict[str, Expr | None] = {}
        self.inputs: tuple[str, ...] | None = None
        self.let: dict[str, Expr] = {}
        self.chain = Chain(())
        self.residual: Expr | None = None
        self.outputs: tuple[Reference, ...] | None = None


_LEADING_ZERO = re.compile("[-+]?0[0-9]")


class Knob(NamedTuple):
    """A number, flag or word that a user may set. Its default decides its type."""

    name: str
    default: KnobValue
    help: str = ""
    choices: tuple[KnobValue, ...] | None = None
    above: float | None = None
    min: float | None = None
    max: float | None = None

    def check(self, value: KnobValue) -> KnobValue:
        """``value``, if this knob may have it; a choice as the spec writes it.

        Raises UsageError with the rule that it breaks.
        """
        if is_array(value):
            return self._members(value)
        if hasattr(value, "dtype"):  # one number of numpy's
            value = value.item()
        rule, hint = self._broken_rule(value)
        if rule:
            raise UsageError(f"{self.name} = {shown(value)}: {rule}", hint=hint)
        return next((choice for choice in self.choices or () if _same(value, choice)), value)

    def _members(self, values: Any) -> Any:
        """The values of a sweep: whole numbers on which an overflow is an error, or floats."""
        members = [self.check(member) for member in values.ravel().tolist()]
        return int_array(members) if all(map(is_exact_int, members)) else values

    def parse(self, text: str) -> KnobValue:
        """The value that ``text`` of a command line or spec says. Raises UsageError with the rule that it breaks."""
        word = text.strip()
        value: KnobValue = WORDS.get(word, word)
        if value is word and word.isascii() and "_" not in word and not _LEADING_ZERO.match(word):
            for number in (int, float):
                try:
                    value = number(word)
                    break
                except ValueError:
                    continue
        return self.check(value)

    def _broken_rule(self, value: KnobValue) -> tuple[str | None, str | None]:
        if self.choices is not None:
            if any(_same(value, choice) for choice in self.choices):
                return None, None
            words = [shown(choice) for choice in self.choices]
            hint = did_you_mean(shown(value), words) if len(words) > 1 else None
            return f"must be one of {', '.join(words)}", hint
        if isinstance(self.default, bool):
            return (None if isinstance(value, bool) else "must be true or false"), None
        if not (is_exact_int(value) or isinstance(value, float) or is_symbol(value)):
            zeros = isinstance(value, str) and _LEADING_ZERO.match(value)
            return "must be a number", "without zeros before it" if zeros else None
        if isinstance(value, float):
            if not math.isfinite(value):
                return "must be a finite number", None
            if isinstance(self.default, int):
                return "must be a whole number", None
        elif isinstance(value, int) and value.bit_length() > 64:
            return "must have at most 64 bits", None
        if isinstance(value, (int, float)):
            if self.above is not None and not value > self.above:
                return f"must be above {self.above:g}", None
            if self.min is not None and not value >= self.min:
                return f"must be at least {self.min:g}", None
            if self.max is not None and not value <= self.max:
                return f"must be at most {self.max:g}", None
        return None, None


def _same(value: KnobValue, choice: KnobValue) -> bool:
    """Is ``value`` this choice? 1.0 is 1, but true is not."""
    return bool(value == choice) and isinstance(value, bool) is isinstance(choice, bool)


class ModelSpec:
    """A model: what ``costcalc.load`` returns and ``costcalc.infer`` takes.

    ``file`` is its name in messages; ``examples`` are knob settings that ``validate`` checks besides the default one;
    ``optional`` are knobs that are no symbols of a closed form unless somebody asks for them.
    ``blocks`` are its own, ``shared`` those of the files that it uses. ``input_only`` are the knobs that reach nothing
    but its input, and so nothing at all where another model uses it. What nothing uses is a warning, or, in a
    ``strict`` model, an error.
    """

    def __init__(self, name: str, node: Entries, strict: bool = False) -> None:
        self.name = name
        self.strict = strict
        self._warnings: dict[str, SpecError] = {}
        self.node = node
        self.file = node.file
        self.title = name
        self.source = ""
        self.knobs: dict[str, Knob] = {}
        self.defines: dict[str, Definition] = {}
        self.words: frozenset[str] = frozenset()
        self.blocks: dict[str, Block] = {}
        self.shared: dict[str, Block] = {}
        self.input_only: frozenset[str] = frozenset()
        self.models: dict[str, ModelSpec] = {}
        self.input: tuple[Expr, ...] = ()
        self.chain = Chain(())
        self.outputs: tuple[Reference, ...] | None = None
        self.examples: tuple[Mapping[str, KnobValue], ...] = ()
        self.optional: frozenset[str] = frozenset()

    @property
    def warnings(self) -> tuple[SpecError, ...]:
        """What is unused in the spec, and in the graphs that were inferred from it so far: each once."""
        return tuple(self._warnings.values())

    def warn(self, warning: SpecError) -> None:
        """Adds to the `warnings`. Raises the ``warning`` itself where the model is strict."""
        if self.strict:
            raise warning
        self._warnings.setdefault(str(warning), warning)

    def knob_values(self, given: Mapping[str, KnobValue]) -> dict[str, KnobValue]:
        """All knobs with the values ``given`` or their defaults.

        Raises UsageError for one that is unknown or out of range.
        """
        for name in given:
            if name not in self.knobs:
                known = ", ".join(self.knobs) or "none"
                near = did_you_mean(name, self.knobs) if len(self.knobs) > 1 else None
                hint = " ".join(part for part in (near, f"its knobs: {known}") if part)
                raise UsageError(f"{self.name} has no knob {shown(name)}", hint=hint)
        return {name: knob.check(given.get(name, knob.default)) for name, knob in self.knobs.items()}

    def choosers(self, word: str) -> Iterator[tuple[str, str]]:
        """The knobs that have the choice ``word``, each after its model: this one's, then those of models it uses."""
        for knob in self.knobs.values():
            if word in (knob.choices or ()):
                yield self.name, knob.name
        for used in self.models.values():
            yield from used.choosers(word)

    def target(self, type: str, shared: bool = False) -> type[Layer] | Block | ModelSpec | None:
        """What a line of this type calls: a block of this model, a layer, a shared block, or another model.

        A line of a ``shared`` block sees those of the model's own blocks that replace a shared one, and no others: a
        block that bears the name of a layer stays the model's own affair.
        """
        own = self.blocks.get(type) if not shared or type in self.shared else None
        return own or LAYERS.get(type) or self.shared.get(type) or self.models.get(type)
