"""infer(): a model and values for its knobs -> a `Graph`. Lines become nodes, shapes and widths become sizes.

Sizes are `Dim`: ints for tables, arrays for sweeps (a condition that is true for some members only raises `dims.Mixed`), symbols
for closed forms (``decide`` says what a condition on symbols is).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from costcalc import dims
from costcalc.dims import Shape
from costcalc.errors import CostcalcError, LayerError, SpecError, nearest, shown
from costcalc.graph import Graph, Node, Output
from costcalc.layers import LAYERS, Layer
from costcalc.layers.base import Input
from costcalc.spec.expressions import ExpressionError
from costcalc.spec.model import (
    Argument,
    Back,
    Block,
    Chain,
    KnobValue,
    ModelSpec,
    Reference,
    Repeat,
    Row,
    Source,
    Stages,
    Step,
    Table,
)
from costcalc.spec.read import Node as Place

__all__ = ["MAX_NODES", "infer"]

MAX_NODES = 100_000
MAX_LINES = 500_000
"""How many lines may be run, those that ``when`` drops included."""

Value = tuple[int, ...]
"""What a line gives: the indices of its nodes, one for each output."""

Decide = Callable[[Any], bool]


def infer(model: ModelSpec, knobs: Mapping[str, KnobValue] | None = None, *, decide: Decide = dims.decide) -> Graph:
    """The graph of ``model`` with ``knobs`` (others at their defaults).

    Raises UsageError for a knob that is unknown or out of range, SpecError where the spec does not describe a graph.
    """
    values = model.knob_values(knobs or {})
    return _Run(decide).graph(model, values)


class _Region:
    """A model whose stride is capped: how far each tensor inside has been strided, and how it is dilated instead."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.states: dict[int, tuple[int, int]] = {}

    def state(self, inputs: Iterable[int]) -> tuple[int, int]:
        states = [self.states.get(index, (1, 1)) for index in inputs]
        return max(stride for stride, _ in states), max(dilation for _, dilation in states)


class _Names:
    """The values that have names in a body. None stands for a line that was dropped."""

    def __init__(self, parent: _Names | None = None) -> None:
        self.parent = parent
        self.values: dict[str, Value | None] = {}
        self.inner: dict[str, _Names] = {}


class _Model:
    """A model at given knobs: its knobs and its definitions, each evaluated once."""

    def __init__(self, spec: ModelSpec, knobs: Mapping[str, KnobValue], decide: Decide) -> None:
        self.spec = spec
        self.values: dict[str, Any] = dict(knobs)
        self.decide = decide

    def value(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        definition = self.spec.defines.get(name)
        if definition is None or definition.parameters is not None:
            raise ExpressionError(f"unknown name {shown(name)}")
        self.values[name] = value = self._body(definition.body, _Scope(self, {}))
        return value

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        definition = self.spec.defines[name]
        return self._body(definition.body, _Scope(self, dict(zip(definition.parameters or (), arguments, strict=True))))

    def _body(self, body: Any, scope: _Scope) -> Any:
        if not isinstance(body, Table):
            return body.evaluate(scope)
        given = body.given.evaluate(scope)
        keys = []
        for key, result in body.cases:
            case = key.evaluate(scope)
            if self.decide(dims.compare("==", given, case)):
                return result.evaluate(scope)
            keys.append(shown(case))
        text = body.given.compiled.text
        raise body.given.node.error(f"{text} = {shown(given)}: must be one of {', '.join(keys)}")


_WORDS = {"true": True, "false": False, "none": None}


class _Scope:
    """The environment of expressions: own variables, then the model's, then words; and the tensors they may ask of."""

    __slots__ = ("cin", "model", "sizes", "variables")

    def __init__(
        self,
        model: _Model | None,
        variables: Mapping[str, Any],
        cin: Callable[[], Any] | None = None,
        sizes: Callable[[str], Shape] | None = None,
    ) -> None:
        self.model = model
        self.variables = variables
        self.cin = cin
        self.sizes = sizes

    def value(self, name: str) -> Any:
        if name in self.variables:
            return self.variables[name]
        if name == "cin" and self.cin is not None:
            return self.cin()
        if self.model is not None:
            spec = self.model.spec
            if name in self.model.values or name in spec.defines:
                return self.model.value(name)
        return _WORDS.get(name, name)  # linking made sure that what is nothing else is a reserved word

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        assert self.model is not None
        return self.model.call(name, arguments)

    def size_of(self, name: str, axis: int) -> Any:
        assert self.sizes is not None
        shape = self.sizes(name)
        if axis >= len(shape):
            raise ExpressionError(f"{name} is a vector of {shown(shape[0])} features and has no height")
        return shape[axis]


class _Body:
    """A block or a model at work: its variables, its names, where its nodes go."""

    __slots__ = ("model", "names", "path", "region", "stage", "top", "variables", "visible")

    def __init__(
        self, model: _Model, visible: _Model | None, variables: dict[str, Any], path: str, stage: str, region: _Region | None
    ) -> None:
        self.model = model
        self.visible = visible
        self.variables = variables
        self.names = _Names()
        self.path = path
        self.stage = stage
        self.region = region
        self.top = False  # are its lines the stages of the graph?

    def inside(self, names: _Names, path: str, stage: str) -> _Body:
        """The same body, for the lines of a repeat."""
        body = _Body(self.model, self.visible, self.variables, path, stage, self.region)
        body.names = names
        return body


class _Stop(Exception):
    """``until`` is reached; carries the value."""

    def __init__(self, value: Value) -> None:
        self.value = value


class _Run:
    """One inference: the nodes so far."""

    def __init__(self, decide: Decide) -> None:
        self.decide = decide
        self.nodes: list[Node] = []
        self.places: list[Place] = []
        self.lines = 0

    def graph(self, spec: ModelSpec, knobs: Mapping[str, KnobValue]) -> Graph:
        model = _Model(spec, knobs, self.decide)
        scope = _Scope(model, {})
        shape = []
        for expr in spec.input:
            value = expr.evaluate(scope)
            try:
                shape.append(dims.size(value))
            except ValueError as error:
                raise expr.node.error(f"input = {shown(value)}: {error}") from None
        source = Input(tuple(shape))
        self.nodes.append(Node("input", "input", source, (), (), source.shape))
        self.places.append(spec.input[0].node)
        body = _Body(model, model, {}, "", "", None)
        body.top = True
        value = self._model_lines(spec, body, (0,), None)
        if not spec.outputs:
            outputs = tuple(Output(self.nodes[index].stage, index) for index in value)
        else:
            outputs = tuple(self._named_outputs(spec.outputs, body))
            if not outputs:
                raise spec.outputs[0].node.error("all outputs are dropped")
        self._check_used(outputs)
        return Graph(spec.name, spec.title, knobs, tuple(self.nodes), outputs)

    def _named_outputs(self, references: Sequence[Reference], body: _Body) -> Iterable[Output]:
        for reference in references:
            value = self._resolve(reference, body, dropped=True)
            if value is None:
                continue
            for index in value:
                path = self.nodes[index].path
                several = len(value) > 1 and path.startswith(f"{reference.name}.")
                yield Output(".".join(path.split(".")[: reference.name.count(".") + 2]) if several else reference.name, index)

    def _check_used(self, outputs: Sequence[Output]) -> None:
        used = {output.node for output in outputs}
        for index in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[index]
            if index not in used:
                what = "the input" if index == 0 else node.path
                raise self.places[index].error(f"{what} is never used", "nothing takes it, and it is no output")
            used.update(node.inputs)

    # models, blocks, chains

    def _model_lines(self, spec: ModelSpec, body: _Body, value: Value, until: str | None) -> Value:
        body.names.values["input"] = value
        try:
            result = self._chain(spec.chain, body, [value], until)
        except _Stop as stop:
            return stop.value
        if until is not None:
            raise spec.node.error(f"{body.path}: until {until}: that step is dropped here")
        return result

    def _chain(self, chain: Chain, body: _Body, history: list[Value], until: str | None = None) -> Value:
        for step in chain.steps:
            self._step(step, body, history, until)
        return history[-1]

    def _step(self, step: Step, body: _Body, history: list[Value], until: str | None) -> None:
        self.lines += 1
        if self.lines > MAX_LINES:
            raise step.node.error(f"more than {MAX_LINES:,} lines to run")
        inputs: list[Value | None] = [None]

        def received() -> Value:
            found = inputs[0]
            if found is None:
                inputs[0] = found = self._inputs(step, step.sources, body, history)
            return found

        scope = self._scope(body, received)
        if step.when is not None and not self._true(step.when, scope):
            self._drop(step, body)
            return
        if isinstance(step, Stages):
            self._stages(step, body, history, received, until)
            return
        if isinstance(step, Repeat):
            value = self._repeat(step, body, history, received, scope)
        else:
            value = self._call(step, step.label, step.arguments, {}, body, received(), body.variables)
            history.append(value)
        if step.name is not None:
            body.names.values[step.name] = value
            if step.name == until:
                raise _Stop(value)

    def _scope(self, body: _Body, received: Callable[[], Value], variables: Mapping[str, Any] | None = None) -> _Scope:
        def cin() -> Any:
            return self.nodes[received()[0]].shape[0]

        def sizes(name: str) -> Shape:
            value = self._find(name, body)
            if value is None:
                raise ExpressionError(f"{name} is dropped here by its when")
            return self.nodes[value[0]].shape

        return _Scope(body.visible, body.variables if variables is None else variables, cin, sizes)

    def _true(self, expr: Any, scope: _Scope) -> bool:
        value = expr.evaluate(scope)
        if isinstance(value, (int, float, str)) and not isinstance(value, bool) or value is None:
            raise expr.node.error(f"{shown(expr.compiled.text)} is {shown(value)}, not true or false")
        return self.decide(value)

    def _drop(self, step: Step, body: _Body) -> None:
        if isinstance(step, Stages):
            for index in range(1, len(step.rows) + 1):
                body.names.values[f"{step.label}{index}"] = None
        elif step.name is not None:
            body.names.values[step.name] = None

    def _repeat(
        self, step: Repeat, body: _Body, history: list[Value], received: Callable[[], Value], scope: _Scope
    ) -> Value | None:
        times = self._count(step.n, scope)
        if step.sources is not None:
            history.append(received())
        outer = body.names.inner.setdefault(step.label, _Names(body.names))
        for index in range(1, times + 1):
            names = outer.inner[str(index)] = _Names(body.names)
            path = _join(body.path, f"{step.label}.{index}")
            self._chain(step.chain, body.inside(names, path, path if body.top else body.stage), history)
            outer.values[str(index)] = history[-1]
        return history[-1] if times else None

    def _count(self, expr: Any, scope: _Scope) -> int:
        value = expr.evaluate(scope)
        try:
            return dims.size(value, 0)
        except ValueError as error:
            raise expr.node.error(f"n = {shown(value)}: {error}") from None

    def _stages(
        self, step: Stages, body: _Body, history: list[Value], received: Callable[[], Value], until: str | None
    ) -> None:
        if step.sources is not None:
            history.append(received())
        for number, row in enumerate(step.rows, 1):
            name = f"{step.label}{number}"

            def row_input(row: Any = row) -> Value:
                if row.sources is None:
                    return history[-1]
                return self._inputs(step, row.sources, body, history)

            scope = self._scope(body, row_input)
            cells = {column: self._argument(cell, scope) for column, cell in row.cells.items() if column != "n"}
            variables = {**body.variables, **cells}
            times = 1
            if "n" in row.cells:
                times = self._count(row.cells["n"], scope)
                outer = body.names.inner.setdefault(name, _Names(body.names))
            if times == 0:
                body.names.values[name] = None
                continue
            for index in range(1, times + 1):
                self.lines += 1
                if self.lines > MAX_LINES:
                    raise row.node.error(f"more than {MAX_LINES:,} lines to run")
                given: dict[str, Argument] = {**step.with_, **(step.rest if index > 1 else {})}
                passed = {key: value for key, value in cells.items() if key in _takes(step.target)}
                label = f"{name}.{index}" if "n" in row.cells else name
                value = row_input() if index == 1 else history[-1]
                result = self._call(step, label, given, passed, body, value, variables, row, name)
                history.append(result)
                if "n" in row.cells:
                    outer.values[str(index)] = result
                    outer.inner[str(index)] = body.names.inner.pop(label, _Names())
            body.names.values[name] = history[-1]
            if name == until:
                raise _Stop(history[-1])

    # what a line receives

    def _inputs(self, step: Step, sources: Sequence[Source] | None, body: _Body, history: list[Value]) -> Value:
        if sources is None:
            current = history[-1]
            if len(current) > 1:
                names = ", ".join(self.nodes[index].path for index in current)
                raise step.node.error(f"{step.label} comes after a line with {len(current)} outputs; from: says which ({names})")
            return current
        found: list[int] = []
        for source in sources:
            found.extend(self._source(source, body, history))
        if not found:
            raise step.node.error(f"{step.label}: all its inputs are dropped")
        return tuple(found)

    def _source(self, source: Source, body: _Body, history: list[Value]) -> Value:
        if isinstance(source, Reference):
            value = self._resolve(source, body)
            assert value is not None
            return value
        if isinstance(source, Back):
            if source.steps > len(history):
                raise source.node.error(f"-{source.steps} reaches before the start: there are {len(history)} tensors so far")
            return history[-source.steps]
        inner = [history[-1]]
        value = self._chain(source, body, inner)
        return () if source.alone and len(inner) == 1 else value

    def _resolve(self, reference: Reference, body: _Body, dropped: bool = False) -> Value | None:
        try:
            value = self._find(reference.name, body)
        except ExpressionError as error:
            raise reference.node.error(error.message, error.hint) from None
        if value is None and not dropped:
            raise reference.node.error(f"{reference.name} is dropped here, by its when or by n = 0")
        return value

    def _find(self, name: str, body: _Body) -> Value | None:
        first, *rest = name.split(".")
        names: _Names | None = body.names
        while names is not None and first not in names.values and first not in names.inner:
            names = names.parent
        if names is None:
            raise ExpressionError(f"there is no step named {shown(first)} here")
        part = first
        for following in rest:
            if names.values.get(part, ()) is None:
                return None
            inner = names.inner.get(part)
            if inner is None or (following not in inner.values and following not in inner.inner):
                known = [*(inner.values if inner else ()), *(inner.inner if inner else ())]
                raise ExpressionError(f"{name}: {part} has no step named {following}", nearest_of(following, known))
            names, part = inner, following
        if part not in names.values:
            raise ExpressionError(f"{name} is no tensor; it has {', '.join(names.inner[part].values)}")
        return names.values[part]

    # calls

    def _call(
        self,
        step: Step,
        label: str,
        arguments: Mapping[str, Argument],
        passed: Mapping[str, Any],
        body: _Body,
        inputs: Value,
        variables: Mapping[str, Any],
        row: Row | None = None,
        stage_label: str | None = None,
    ) -> Value:
        scope = self._scope(body, lambda: inputs, variables)
        values = {**passed, **{key: self._argument(argument, scope) for key, argument in arguments.items()}}
        path = _join(body.path, label)
        stage = _join(body.path, stage_label or label) if body.top else body.stage
        target = step.target
        if isinstance(target, Block):
            return self._block(step, target, values, path, stage, body, inputs, label)
        if isinstance(target, ModelSpec):
            return self._used_model(step, target, values, path, body, inputs, scope, label)
        return (self._layer(step, target, values, path, stage, body, inputs, row.node if row else None),)

    def _argument(self, argument: Argument, scope: _Scope) -> Any:
        if isinstance(argument, tuple):
            return tuple(expr.evaluate(scope) for expr in argument)
        return argument.evaluate(scope)

    def _used_model(
        self,
        step: Step,
        target: ModelSpec,
        values: dict[str, Any],
        path: str,
        body: _Body,
        inputs: Value,
        scope: _Scope,
        label: str,
    ) -> Value:
        if len(inputs) != 1:
            raise step.node.error(f"{path}: a model takes one input, not {len(inputs)}")
        try:
            knobs = target.knob_values(values)
        except CostcalcError as error:
            raise step.node.error(f"{path}: {error.message}", error.hint) from None
        region = body.region
        if step.max_stride is not None:
            limit = step.max_stride.evaluate(scope)
            try:
                region = _Region(dims.size(limit))
            except ValueError as error:
                raise step.max_stride.node.error(f"max_stride = {shown(limit)}: {error}") from None
        model = _Model(target, knobs, self.decide)
        inner = _Body(model, model, {}, path, path, region)
        inner.top = body.top
        result = self._model_lines(target, inner, inputs, step.until.name if step.until else None)
        if step.until is None and target.outputs:
            result = tuple(output.node for output in self._named_outputs(target.outputs, inner))
        body.names.inner[label] = inner.names
        return result

    def _block(
        self,
        step: Step,
        block: Block,
        values: dict[str, Any],
        path: str,
        stage: str,
        body: _Body,
        inputs: Value,
        label: str,
    ) -> Value:
        wanted = len(block.inputs or ("input",))
        if len(inputs) != wanted:
            raise step.node.error(f"{path}: {block.name} takes {wanted} inputs, not {len(inputs)}")
        model = body.model
        visible = None if block.shared else model
        inner = _Body(model, visible, {}, path, stage, body.region)
        if block.inputs is None:
            inner.names.values["input"] = inputs
        else:
            inner.names.values.update({name: (index,) for name, index in zip(block.inputs, inputs, strict=True)})
        scope = self._scope(inner, lambda: (inputs[0],))
        for name, default in block.args.items():
            inner.variables[name] = values[name] if name in values else self._default(default, scope)
        for name, expr in block.let.items():
            inner.variables[name] = expr.evaluate(scope)
        history: list[Value] = [(inputs[0],)] if block.inputs is None or len(inputs) == 1 else [inputs]
        value = self._chain(block.chain, inner, history)
        if block.residual is not None and self._true(block.residual, scope):
            joined = _join(path, "residual")
            add = self._layer(step, LAYERS["add"], {}, joined, stage, inner, (*inputs, *value), block.residual.node)
            value = (add,)
        if block.outputs is not None:
            found = (self._resolve(reference, inner, dropped=True) for reference in block.outputs)
            value = tuple(index for item in found if item is not None for index in item)
        body.names.inner[label] = inner.names
        return value

    def _default(self, default: Any, scope: _Scope) -> Any:
        assert default is not None  # linking made sure that required arguments are given
        return default.evaluate(scope)

    def _layer(
        self,
        step: Step,
        type: type[Layer],
        values: Mapping[str, Any],
        path: str,
        stage: str,
        body: _Body,
        inputs: Value,
        place: Place | None = None,
    ) -> int:
        if len(self.nodes) >= MAX_NODES:
            raise step.node.error(f"more than {MAX_NODES:,} layers")
        shapes = tuple(self.nodes[index].shape for index in inputs)
        try:
            layer, state = self._make(type, values, inputs, body.region)
            least, most = type.arity
            if len(inputs) < least or (most is not None and len(inputs) > most):
                raise LayerError(f"{type.type} takes {_several(least, most)}, not {len(inputs)}")
            shape = layer.out_shape(*shapes)
            self._check_shape(layer, shape)
        except LayerError as error:
            raise self._placed(error, step, path, place) from None
        if body.region is not None and state is not None:
            body.region.states[len(self.nodes)] = state
        self.nodes.append(Node(path, stage, layer, inputs, shapes, shape))
        self.places.append(place or step.node)
        return len(self.nodes) - 1

    def _make(
        self, type: type[Layer], values: Mapping[str, Any], inputs: Value, region: _Region | None
    ) -> tuple[Layer, tuple[int, int] | None]:
        """The layer; where strides are capped, with its stride turned into dilation of what follows."""
        layer = type(**values)
        if region is None:
            return layer, None
        if type.resizes:
            raise LayerError(f"max_stride {region.limit}: {type.type} changes the image's size, and not by a stride")
        total, dilation = region.state(inputs)
        changed: dict[str, Any] = {}
        if dilation > 1 and "dilation" in type.fields:
            changed["dilation"] = tuple(item * dilation for item in layer.__dict__["dilation"])
            padding = layer.__dict__["padding"]
            if isinstance(padding, tuple):
                changed["padding"] = tuple(item * dilation for item in padding)
        if "stride" in type.fields:
            vertical, horizontal = layer.__dict__["stride"]
            if vertical != horizontal:
                raise LayerError("max_stride needs equal strides on both axes", field="stride")
            if total * vertical > region.limit:
                if region.limit % total:
                    raise LayerError(f"max_stride {region.limit} cannot be kept: the stride so far is {total}")
                changed["stride"] = 1
                dilation *= vertical
            else:
                total *= vertical
        if changed:
            if "dilation" not in type.fields and dilation > 1 and any(item != 1 for item in layer.__dict__["kernel"]):
                raise LayerError(f"max_stride {region.limit}: {type.type} cannot be dilated")
            layer = type(**{**{name: layer.__dict__[name] for name in type.fields}, **changed})
        return layer, (total, dilation)

    def _check_shape(self, layer: Layer, shape: Shape) -> None:
        names = ("channels", "height", "width") if len(shape) == 3 else ("features",)
        for name, value in zip(names, shape, strict=True):
            try:
                dims.size(value)
            except ValueError:
                raise LayerError(f"the output's {name} falls to {shown(value)}", hint="the input is too small") from None

    def _placed(self, error: LayerError, step: Step, path: str, place: Place | None) -> SpecError:
        argument = step.arguments.get(error.field or "")
        if place is None and argument is not None:
            node = argument.node if not isinstance(argument, tuple) else argument[0].node
        else:
            node = place or step.node
        return node.error(f"{path}: {error.message}", error.hint)


def nearest_of(name: str, known: Iterable[str]) -> str | None:
    """A hint for a step name that is not there."""
    return nearest(name, known)


def _takes(target: Any) -> Iterable[str]:
    if isinstance(target, Block):
        return target.args
    if isinstance(target, ModelSpec):
        return target.knobs
    fields: Mapping[str, Any] = target.fields
    return fields


def _several(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} inputs"
    return "one input" if least == most == 1 else f"{least} to {most} inputs"


def _join(path: str, label: str) -> str:
    return f"{path}.{label}" if path else label
