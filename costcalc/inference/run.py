"""Runs the lines of a model: each line becomes nodes with shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from costcalc import dims
from costcalc.dims import Shape
from costcalc.errors import LayerError, SpecError, UsageError, shown
from costcalc.graph import Graph, Output
from costcalc.inference.building import Builder
from costcalc.inference.conditions import Conditions
from costcalc.inference.merging import check_merge
from costcalc.inference.scope import Body, Call, Decide, ModelValues, Names, Once, Scope, Value, WorkLimit
from costcalc.inference.striding import Region
from costcalc.inference.values import argument_of, times_of
from costcalc.layers import LAYERS, Layer
from costcalc.spec.chains import names_of, steps_of
from costcalc.spec.decode import blaming
from costcalc.spec.expressions import ExpressionError, wrong
from costcalc.spec.link import MAX_NESTING, accepted
from costcalc.spec.model import (
    Argument,
    Back,
    Block,
    Chain,
    Expr,
    KnobValue,
    ModelSpec,
    Reference,
    Repeat,
    Row,
    Source,
    Stages,
    Step,
)

__all__ = ["Run"]

_INSIDE_EXPRESSION = 20
"""The nesting levels that one expression counts for, because evaluating its ``cin`` may run lines."""


class _Stop(Exception):
    """Raised when ``until`` is reached; carries the value."""

    def __init__(self, value: Value | None) -> None:
        self.value = value


class Run:
    """One inference."""

    def __init__(self, decide: Decide) -> None:
        self.decide = decide
        self.budget = WorkLimit()
        self.built = Builder(self.budget)
        self.nodes = self.built.nodes
        self.depth = 0
        self.outside: Call | None = None  # the model's own call of the shared block or model that runs now
        self.fault: str | None = None  # the argument that the last LayerError was about

    def graph(self, spec: ModelSpec, knobs: Mapping[str, KnobValue]) -> Graph:
        """The graph of ``spec``, all of whose ``knobs`` are given. Raises SpecError."""
        try:
            return self._graph(spec, knobs)
        except SpecError as error:
            raise self._seen_from_outside(error) from None

    def _graph(self, spec: ModelSpec, knobs: Mapping[str, KnobValue]) -> Graph:
        model = ModelValues(spec, knobs, self.decide, self.budget)
        scope = Scope(self.budget, self.decide, model, {})
        self.built.input([(expr, expr.evaluate(scope)) for expr in spec.input])
        body = Body(model, model, {}, "", "", None)
        body.top = True
        value = self._model_lines(spec, body, (0,), None)
        if spec.outputs is None:
            outputs = tuple(self.built.outputs(self.nodes[value[0]].stage, value))
        else:
            outputs = tuple(self._named_outputs(spec.outputs, body))
            if not outputs:
                raise spec.outputs[0].node.error("all outputs are dropped")
        outputs = self.built.prune(outputs, spec.warn)
        return Graph(spec.name, spec.title, knobs, tuple(self.nodes), outputs, spec.file)

    def _named_outputs(self, references: Sequence[Reference], body: Body) -> Iterable[Output]:
        for reference in references:
            value = self._resolve(reference, body, dropped=True)
            if value is not None:
                yield from self.built.outputs(reference.name, value)

    def _seen_from_outside(self, error: SpecError) -> SpecError:
        """``error`` at the line of the model's own that called the shared block, or the model, in which it stands."""
        place = self.outside.node(self.fault) if self.outside else None
        if place is None or place.file == error.file:
            return error
        inner = f"in {error.file}:{error.line}:{error.column}"
        return place.error(error.message, f"{error.hint}; {inner}" if error.hint else inner)

    # models, blocks, chains

    def _model_lines(self, spec: ModelSpec, body: Body, value: Value, until: Reference | None) -> Value:
        body.names.values["input"] = value
        depth = self.depth
        try:
            result = self._chain(spec.chain, body, [value], until.name if until else None)
        except _Stop as stop:
            self.depth = depth
            if stop.value is not None:
                return stop.value
        if until is not None:
            raise until.node.error(f"until: {until.name} is dropped here, by its when or by n = 0")
        return result

    def _chain(self, chain: Chain, body: Body, history: list[Value], until: str | None = None) -> Value:
        self.depth += 1
        if self.depth > MAX_NESTING and chain.steps:
            raise chain.steps[0].node.error(f"nested more than {MAX_NESTING} deep, blocks in blocks included")
        conditions = Conditions()
        for step in chain.steps:
            self._step(step, body, history, until, conditions)
        self.depth -= 1
        return history[-1]

    def _step(self, step: Step, body: Body, history: list[Value], until: str | None, conditions: Conditions) -> None:
        self.budget.spend(2 + len(step.sources or ()), step.node)
        received = Once(lambda: self._inputs(step, step.sources, body, history))
        scope = self._scope(body, received)
        nodes = len(self.nodes)
        holds = step.when is None or self._true(step.when, scope)
        cin = self.nodes[received.value[0]].shape[0] if _reads_cin(step.when) and received.value else None
        if step.when is not None and not holds:
            if cin is not None:
                conditions.drop(step, step.when, cin)
            self.built.forget(nodes)
            self._drop(step, body)
            value = None
        elif isinstance(step, Stages):
            self._stages(step, body, history, received, until)
            value = history[-1]
        elif isinstance(step, Repeat):
            value = self._repeat(step, body, history, received, scope)
        else:
            path = _join(body.path, step.label)
            call = Call(step, step.label, received(), path, path if body.top else body.stage)
            check_merge(call, step.sources, body.names, self.built.remnants)
            value = self._call(call, step.arguments, {}, body, body.variables)
            history.append(value)
        if step.when is not None and cin is not None and value is not None:
            conditions.hold(step, step.when, cin, self.nodes[value[0]].shape[0])
        if step.name is not None and not isinstance(step, Stages):
            body.names.values[step.name] = value
            if step.name == until:
                raise _Stop(value)

    def _scope(self, body: Body, received: Callable[[], Value], variables: Mapping[str, Any] | None = None) -> Scope:
        def cin() -> Any:
            self.depth += _INSIDE_EXPRESSION
            inputs = received()
            self.depth -= _INSIDE_EXPRESSION
            return self.nodes[inputs[0]].shape[0]

        def sizes(name: str) -> Shape:
            value = body.names.find(name)
            if value is None:
                raise ExpressionError(f"{name} is dropped here, by its when or by n = 0")
            if len(value) > 1:
                raise ExpressionError(f"{name} has {len(value)} outputs; its size is that of one")
            return self.nodes[value[0]].shape

        own = body.variables if variables is None else variables
        return Scope(self.budget, self.decide, body.visible, own, cin, sizes)

    def _true(self, expr: Expr, scope: Scope) -> bool:
        value = expr.evaluate(scope)
        if isinstance(value, (int, float, str, tuple, type(None))) and not isinstance(value, bool):
            raise expr.node.error(wrong(value, expr.compiled.text, "true or false").message)
        return self.decide(value)

    def _drop(self, step: Step, body: Body) -> None:
        """All that has a name in ``step`` is dropped: itself, the rows of its table, the lines in its merges."""
        for each in steps_of(Chain((step,))):
            body.names.values.update(dict.fromkeys(names_of(each)))

    def _repeat(
        self, step: Repeat, body: Body, history: list[Value], received: Callable[[], Value], scope: Scope
    ) -> Value | None:
        nodes = len(self.nodes)
        times = times_of(step.n, scope, self.decide)
        if times == 0:
            self.built.forget(nodes)
            self._drop(step, body)
            return None
        if step.sources is not None:
            history.append(received())
        outer = body.names.inner.setdefault(step.label, Names(body.names))
        for index in range(1, times + 1):
            self.budget.spend(4, step.node)
            names = outer.inner[str(index)] = Names(body.names)
            path = _join(body.path, f"{step.label}.{index}")
            self._chain(step.chain, body.inside(names, path, path if body.top else body.stage), history)
            outer.values[str(index)] = history[-1]
        return history[-1]

    def _stages(
        self, step: Stages, body: Body, history: list[Value], received: Callable[[], Value], until: str | None
    ) -> None:
        before = len(history)
        if step.sources is not None:
            history.append(received())
        ran = False
        for name, row in zip(names_of(step), step.rows, strict=True):
            result = self._row(step, name, row, body, history, None if ran else step.sources)
            body.names.values[name] = result
            ran = ran or result is not None
            if name == until:
                raise _Stop(result)
        if not ran:
            del history[before:]

    def _row(
        self,
        step: Stages,
        name: str,
        row: Row,
        body: Body,
        history: list[Value],
        entering: tuple[Source, ...] | None,
    ) -> Value | None:
        """What ``row`` gives, None if it is dropped; ``entering`` are the sources of the table, for its first row."""
        nodes = len(self.nodes)
        self.budget.spend(1 + len(row.sources or ()), row.node)
        start = Once(lambda: history[-1] if row.sources is None else self._inputs(step, row.sources, body, history))
        scope = self._scope(body, start)
        times = times_of(row.cells["n"], scope, self.decide) if "n" in row.cells else 1
        if times == 0:
            self.built.forget(nodes)
            return None
        cells = {column: cell.evaluate(scope) for column, cell in row.cells.items() if column != "n"}
        variables = {**body.variables, **cells}
        takes = accepted(step.target)
        passed = {key: value for key, value in cells.items() if key in takes}
        path = _join(body.path, name)
        call = Call(step, name, start(), path, path if body.top else body.stage, row.node)
        sources = row.sources or entering
        if "n" not in row.cells:
            check_merge(call, sources, body.names, self.built.remnants)
            history.append(self._call(call, step.with_, passed, body, variables))
            return history[-1]
        outer = body.names.inner.setdefault(name, Names(body.names))
        for index in range(1, times + 1):
            self.budget.spend(3, row.node)
            if index > 1:
                call = call._replace(inputs=history[-1])
                sources = None
            call = call._replace(label=f"{name}.{index}", path=f"{path}.{index}")
            check_merge(call, sources, body.names, self.built.remnants)
            given = step.with_ if index == 1 else {**step.with_, **step.rest}
            history.append(self._call(call, given, passed, body, variables))
            outer.values[str(index)] = history[-1]
            outer.inner[str(index)] = body.names.inner.pop(call.label, Names())
        return history[-1]

    # what a line receives

    def _inputs(self, step: Step, sources: Sequence[Source] | None, body: Body, history: list[Value]) -> Value:
        if sources is None:
            current = history[-1]
            if len(current) > 1:
                names = ", ".join(self.nodes[index].path for index in current[:5])
                raise step.node.error(f"{step.label}: from must say which of several tensors it takes", names)
            return current
        found: list[int] = []
        for source in sources:
            found.extend(self._source(source, body, history))
        if not found:
            raise step.node.error(f"{step.label}: all its inputs are dropped")
        return tuple(found)

    def _source(self, source: Source, body: Body, history: list[Value]) -> Value:
        if isinstance(source, Reference):
            value = self._resolve(source, body)
            assert value is not None
            return value
        if isinstance(source, Back):
            if source.steps > len(history):
                count = "is 1 tensor" if len(history) == 1 else f"are {len(history)} tensors"
                raise source.node.error(f"-{source.steps} reaches before the start: there {count} so far")
            return history[-source.steps]
        inner = [history[-1]]
        value = self._chain(source, body, inner)
        return () if source.alone and len(inner) == 1 else value

    def _resolve(self, reference: Reference, body: Body, dropped: bool = False) -> Value | None:
        with blaming(reference.node):
            value = body.names.find(reference.name)
        if value is None and not dropped:
            raise reference.node.error(f"{reference.name} is dropped here, by its when or by n = 0")
        return value

    # calls

    def _call(
        self,
        call: Call,
        arguments: Mapping[str, Argument],
        passed: Mapping[str, Any],
        body: Body,
        variables: Mapping[str, Any],
    ) -> Value:
        scope = self._scope(body, lambda: call.inputs, variables)
        values = {**passed, **{key: argument_of(argument, scope) for key, argument in arguments.items()}}
        target = call.step.target
        if not isinstance(target, (Block, ModelSpec)):
            return (self._layer(call, target, values, body.region),)
        enters = self.outside is None and (isinstance(target, ModelSpec) or target.shared)
        if enters:
            self.outside = call
        if isinstance(target, Block):
            result = self._block(call, target, values, body)
        else:
            result = self._used_model(call, target, values, body, scope)
        if enters:
            self.outside = None
        return result

    def _block(self, call: Call, block: Block, values: Mapping[str, Any], body: Body) -> Value:
        names = block.inputs or ("input",)
        if len(call.inputs) != len(names):
            wanted = f"{len(names)} input{'' if len(names) == 1 else 's'}"
            raise call.error(f"{block.name} takes {wanted}, not {len(call.inputs)}")
        self.budget.spend(8 + len(call.inputs), call.node())
        inner = Body(body.model, None if block.shared else body.model, {}, call.path, call.stage, body.region)
        inner.names.values.update({name: (index,) for name, index in zip(names, call.inputs, strict=True)})
        scope = self._scope(inner, lambda: call.inputs)
        for name, default in block.args.items():
            if name in values:
                inner.variables[name] = values[name]
            elif default is not None:
                inner.variables[name] = default.evaluate(scope)
        for name, expr in block.let.items():
            inner.variables[name] = expr.evaluate(scope)
        value = self._chain(block.chain, inner, [call.inputs])
        if block.residual is not None and self._true(block.residual, scope):
            place = block.residual.node
            if len(value) != 1:
                raise place.error(f"{call.path}: a residual needs a block with one output, not {len(value)}")
            addition = Call(call.step, "residual", (*call.inputs, *value), f"{call.path}.residual", call.stage, place)
            value = (self._layer(addition, LAYERS["add"], {}, body.region),)
        if block.outputs is not None:
            found = (self._resolve(reference, inner, dropped=True) for reference in block.outputs)
            value = tuple(index for item in found if item is not None for index in item)
            if not value:
                raise call.error(f"all outputs of {block.name} are dropped")
            self.built.remains(value, len(block.outputs))
        body.names.keep(call, inner.names)
        return value

    def _used_model(self, call: Call, target: ModelSpec, values: Mapping[str, Any], body: Body, scope: Scope) -> Value:
        step = call.step
        if len(call.inputs) != 1:
            raise call.error(f"a model takes 1 input, not {len(call.inputs)}")
        for name, value in values.items():
            try:
                target.knobs[name].check(value)
            except UsageError as error:
                raise call.error(error.message, error.hint, name) from None
        knobs = target.knob_values(values)
        region = body.region
        if step.max_stride is not None:
            region = self._region(step.max_stride, scope, region)
        model = ModelValues(target, knobs, self.decide, self.budget)
        inner = Body(model, model, {}, call.path, call.stage, region)
        inner.top = body.top
        result = self._model_lines(target, inner, call.inputs, step.until)
        if step.until is None and target.outputs is not None:
            result = tuple(output.node for output in self._named_outputs(target.outputs, inner))
            if not result:
                raise call.error(f"all outputs of {target.name} are dropped")
            self.built.remains(result, len(target.outputs))
        body.names.keep(call, inner.names)
        return result

    def _region(self, max_stride: Expr, scope: Scope, around: Region | None) -> Region:
        if around is not None:
            raise max_stride.node.error("max_stride inside a model whose stride is capped already")
        limit = max_stride.evaluate(scope)
        try:
            return Region(dims.size(limit))
        except ValueError as error:
            raise max_stride.node.error(f"max_stride = {shown(limit)}: {error}") from None

    def _layer(self, call: Call, type: type[Layer], values: Mapping[str, Any], region: Region | None) -> int:
        place = (self.outside or call).node()
        try:
            return self.built.layer(
                type, values, call.inputs, path=call.path, stage=call.stage, region=region, place=place
            )
        except LayerError as error:
            self.fault = error.field
            raise call.error(error.message, error.hint, error.field) from None


def _reads_cin(when: Expr | None) -> bool:
    return when is not None and "cin" in when.compiled.names


def _join(path: str, label: str) -> str:
    return f"{path}.{label}" if path else label
