"""What a line can refer to: the variables and tensors of its body, the knobs and definitions of its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc import dims
from costcalc.dims import Shape
from costcalc.errors import SpecError, nearest, shown
from costcalc.inference.striding import Region
from costcalc.spec.expressions import ExpressionError
from costcalc.spec.model import WORDS, Expr, KnobValue, ModelSpec, Stages, Step, Table, node_of
from costcalc.spec.read import Node as Place

__all__ = ["MAX_WORK", "Body", "Call", "Decide", "ModelValues", "Names", "Once", "Scope", "Value", "WorkLimit"]

MAX_WORK = 500_000
"""The limit on the work of one inference: lines run, length of expressions evaluated, inputs and paths of nodes."""

Value = tuple[int, ...]
"""The outputs of a line, as indices of nodes."""

Decide = Callable[[Any], bool]


class WorkLimit:
    """What remains of `MAX_WORK`. Without it, nested repeats or functions that call each other twice might not end."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, amount: int, place: Place) -> None:
        """Counts ``amount`` of work. Raises SpecError at ``place`` when there was too much."""
        self.left -= amount
        if self.left < 0:
            raise place.error(f"the model is too large: more than {MAX_WORK:,} steps of work")


class Once:
    """A value computed on first use."""

    __slots__ = ("make", "value")

    def __init__(self, make: Callable[[], Value]) -> None:
        self.make = make
        self.value: Value | None = None

    def __call__(self) -> Value:
        if self.value is None:
            self.value = self.make()
        return self.value


class Names:
    """The named values of a body. None stands for a dropped line."""

    def __init__(self, parent: Names | None = None) -> None:
        self.parent = parent
        self.values: dict[str, Value | None] = {}
        self.inner: dict[str, Names] = {}

    def keep(self, call: Call, inner: Names) -> None:
        """The names inside ``call``, if it has a name itself by which others reach them."""
        if call.step.name is not None or isinstance(call.step, Stages):
            self.inner[call.label] = inner

    def find(self, path: str) -> Value | None:
        """The value at ``path``, such as ``backbone.stage6.1``; None if it was dropped. Raises ExpressionError."""
        part, *rest = path.split(".")
        names: Names | None = self
        while names is not None and part not in names.values and part not in names.inner:
            names = names.parent
        if names is None:
            raise ExpressionError(f"there is no step named {shown(part)} here")
        for following in rest:
            if names.values.get(part, ()) is None:
                return None
            inner = names.inner.get(part) or Names()
            if following not in inner.values and following not in inner.inner:
                hint = nearest(following, inner.values)
                raise ExpressionError(f"{shown(path)}: {part} has no step named {shown(following)}", hint=hint)
            names, part = inner, following
        if part not in names.values:
            hint = nearest("", names.inner[part].values)
            raise ExpressionError(f"{shown(path)} has no name of its own to refer to", hint=hint)
        return names.values[part]

    def passes(self, path: str) -> int:
        """How often the repeat or table row at ``path`` ran; 0 for any other line."""
        names: Names | None = self
        for number, part in enumerate(path.split(".")):
            while number == 0 and names is not None and part not in names.inner:
                names = names.parent
            names = names.inner.get(part) if names is not None else None
        return 0 if names is None else sum(name.isdigit() for name in names.values)


class ModelValues:
    """A model at given knobs: its knobs and its definitions, each evaluated once."""

    def __init__(self, spec: ModelSpec, knobs: Mapping[str, KnobValue], decide: Decide, budget: WorkLimit) -> None:
        self.spec = spec
        self.values: dict[str, Any] = dict(knobs)
        self.decide = decide
        self.budget = budget

    def value(self, name: str) -> Any:
        """The value of a knob or a definition."""
        if name in self.values:
            return self.values[name]
        definition = self.spec.defines.get(name)
        if definition is None or definition.parameters is not None:
            raise ExpressionError(f"unknown name {shown(name)}")
        self.values[name] = value = self._body(definition.body, Scope(self.budget, self.decide, self, {}))
        return value

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The value of a function that the model defines."""
        definition = self.spec.defines[name]
        self.budget.spend(3, definition.node)
        variables = dict(zip(definition.parameters or (), arguments, strict=True))
        return self._body(definition.body, Scope(self.budget, self.decide, self, variables))

    def _body(self, body: Expr | Table, scope: Scope) -> Any:
        if not isinstance(body, Table):
            return body.evaluate(scope)
        given = body.given.evaluate(scope)
        for key, result in body.cases:
            if self.decide(dims.compare("==", given, key.evaluate(scope))):
                return result.evaluate(scope)
        keys = [shown(key.evaluate(scope)) for key, _ in body.cases]
        rule = f"must be {keys[0]}" if len(keys) == 1 else "must be one of the table's keys"
        hint = nearest(shown(given), keys) if len(keys) > 1 else None
        raise body.given.node.error(f"{shown(body.given.compiled.text)} = {shown(given)}: {rule}", hint)


class Scope:
    """The environment of expressions: own variables, then the model's, then words; and the tensors they may ask of."""

    __slots__ = ("budget", "cin", "decide", "model", "sizes", "variables")

    def __init__(
        self,
        budget: WorkLimit,
        decide: Decide,
        model: ModelValues | None,
        variables: Mapping[str, Any],
        cin: Callable[[], Any] | None = None,
        sizes: Callable[[str], Shape] | None = None,
    ) -> None:
        self.budget = budget
        self.decide = decide
        self.model = model
        self.variables = variables
        self.cin = cin
        self.sizes = sizes

    def spend(self, amount: int, place: Place) -> None:
        """Counts the evaluation of an expression."""
        self.budget.spend(amount, place)

    def value(self, name: str) -> Any:
        """The value of a name, the innermost first."""
        if name in self.variables:
            return self.variables[name]
        if name == "cin" and self.cin is not None:
            return self.cin()
        if self.model is not None:
            spec = self.model.spec
            if name in self.model.values or name in spec.defines:
                return self.model.value(name)
        return WORDS.get(name, name)  # linking made sure that what is nothing else is a reserved word

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The value of a function that the model defines."""
        assert self.model is not None
        return self.model.call(name, arguments)

    def size_of(self, name: str, axis: int) -> Any:
        """The size of a named tensor along ``axis``."""
        assert self.sizes is not None
        shape = self.sizes(name)
        if axis >= len(shape):
            raise ExpressionError(f"{name} is a vector of {shown(shape[0])} features and has no height")
        return shape[axis]


class Body:
    """A block or a model at work: its variables, its names, where its nodes go."""

    __slots__ = ("model", "names", "path", "region", "stage", "top", "variables", "visible")

    def __init__(
        self,
        model: ModelValues,
        visible: ModelValues | None,
        variables: dict[str, Any],
        path: str,
        stage: str,
        region: Region | None,
    ) -> None:
        self.model = model
        self.visible = visible
        self.variables = variables
        self.names = Names()
        self.path = path
        self.stage = stage
        self.region = region
        self.top = False  # are its lines the stages of the graph?

    def inside(self, names: Names, path: str, stage: str) -> Body:
        """The same body, for the lines of a repeat."""
        body = Body(self.model, self.visible, self.variables, path, stage, self.region)
        body.names = names
        return body


class Call(NamedTuple):
    """A line that calls a layer, block or model: what it receives, its part of paths, its path and stage in the graph.

    ``place`` is the row of the table that calls, or another place than the line's.
    """

    step: Step
    label: str
    inputs: Value
    path: str
    stage: str
    place: Place | None = None

    def node(self, argument: str | None = None) -> Place:
        """Where the call stands, or its ``argument`` if that stands by itself."""
        if argument == "max_stride" and self.step.max_stride is not None:
            return self.step.max_stride.node
        given = None if self.place else self.step.arguments.get(argument or "")
        return node_of(given) if given else self.place or self.step.node

    def error(self, message: str, hint: str | None = None, argument: str | None = None) -> SpecError:
        """An error that stands there."""
        return self.node(argument).error(f"{self.path}: {message}", hint)
