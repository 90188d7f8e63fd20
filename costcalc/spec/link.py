"""Names to what they mean: every line of a model finds what it calls, and every name is known where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from costcalc.errors import closest, did_you_mean, nearest, shown
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import REQUIRED
from costcalc.spec.chains import MODEL_CALL_KEYS, STEP, names_of, places_of, steps_of
from costcalc.spec.expressions import FUNCTIONS, TENSOR_FUNCTIONS
from costcalc.spec.model import (
    Argument,
    Back,
    Block,
    Chain,
    Definition,
    Expr,
    ModelSpec,
    Reference,
    Repeat,
    Source,
    Stages,
    Step,
    Table,
    node_of,
)
from costcalc.spec.read import Mapping as Entries
from costcalc.spec.read import Node, Scalar
from costcalc.spec.shipped import providers
from costcalc.spec.values import reserved_words

__all__ = ["MAX_NESTING", "accepted", "link"]

MAX_DEFINITIONS = 20
"""How deep definitions may depend on each other; one whose expression nests n deep counts 1 + n // 5."""

MAX_NESTING = 50
"""How deep chains may stand in each other: merges, repeats, blocks and models that call blocks."""


def link(model: ModelSpec) -> None:
    """Resolves and checks all of ``model``, whose blocks and used models are in place. Raises SpecError."""
    _Linker(model).run()


class _Names:
    """The names of a body, in the order in which they come to be; a repeat's body is inside the surrounding one."""

    def __init__(
        self, later: Mapping[str, Node], parent: _Names | None = None, inputs: Iterable[str] = ("input",)
    ) -> None:
        self.later = later
        self.parent = parent
        self.known = set(inputs)

    def check(self, name: str, node: Node) -> None:
        first = name.split(".", 1)[0]
        scope: _Names | None = self
        everything: set[str] = set()
        while scope is not None:
            if first in scope.known:
                return
            if first in scope.later:
                line = scope.later[first].line
                message = f"{shown(first)} is defined at or after this line, on line {line}: a graph has no cycles"
                raise node.error(message)
            everything |= scope.known
            scope = scope.parent
        hint = f"a chain of the layer alone is [{name}]" if name in LAYERS else nearest(first, everything)
        raise node.error(f"there is no step named {shown(first)} here", hint)


class _Linker:
    def __init__(self, model: ModelSpec) -> None:
        self.model = model
        chosen = {choice for knob in model.knobs.values() for choice in knob.choices or () if isinstance(choice, str)}
        for used in model.models.values():
            chosen |= used.words
        self.words = reserved_words() | chosen
        model.words = frozenset(self.words)
        self.functions = {name: entry for name, entry in model.defines.items() if entry.parameters is not None}
        values = {name for name, entry in model.defines.items() if entry.parameters is None}
        self.globals = frozenset({*model.knobs, *values})
        self.done: set[Block] = set()
        self.calling: list[Block] = []
        self.depth = 0
        self.stops: dict[ModelSpec, set[str]] = {}
        self.used: set[str] = set()  # names in expressions, and blocks that lines call
        self.reached: set[str] = set()  # names in expressions of lines and blocks

    def run(self) -> None:
        model = self.model
        for name in model.knobs:
            self._variable(name, self._place("knobs", name))
        for name, entry in model.defines.items():
            self._variable(name, entry.node)
        self._defines()
        for size in model.input:
            self._expression(size, self.globals, None)
        for block in model.blocks.values():
            self._block(block)
        names = _Names(_explicit(model.chain))
        self._chain(model.chain, self.globals | {"cin"}, names, shared=False)
        for output in model.outputs or ():
            names.check(output.name, output.node)
        self._check_used()
        self._input_only()

    def _input_only(self) -> None:
        """The knobs that no line depends on, be it through definitions."""
        waiting = list(self.reached)
        while waiting:
            entry = self.model.defines.get(waiting.pop())
            for expr in _expressions(entry) if entry else ():
                behind = {*expr.compiled.names, *(name for name, _ in expr.compiled.calls)} - self.reached
                self.reached |= behind
                waiting += behind
        self.model.input_only = (frozenset(self.model.knobs) & self.used) - self.reached

    def _check_used(self) -> None:
        """Warns of a knob, definition or block that nothing uses, unless it is one of a base."""
        places = [("knob", name, self._place("knobs", name)) for name in self.model.knobs]
        places += [("definition", name, entry.node) for name, entry in self.model.defines.items()]
        places += [("block", name, self._place("blocks", name)) for name in self.model.blocks]
        for what, name, node in places:
            if (f"block {name}" if what == "block" else name) in self.used or node is self.model.node:
                continue
            if node.file != self.model.file:  # what replaced the base's lines has no use for its knob
                if what != "knob":
                    continue
                self.model.knobs.pop(name, None)
                kept = [{key: value for key, value in each.items() if key != name} for each in self.model.examples]
                self.model.examples = tuple(kept)
            else:
                near = did_you_mean(name, {n for n in self.used if not n.startswith("block ")})
                self.model.warn(node.error(f"unused {what} '{shown(name)}'", near))

    def _place(self, section: str, name: str) -> Node:
        """Where the model has ``name``, or the model itself where `load_document` gave it a knob of that name."""
        entries = self.model.node.items.get(section, self.model.node)
        return entries.keys.get(name, self.model.node) if isinstance(entries, Entries) else entries

    # define: no cycles, and functions that call each other end

    def _defines(self) -> None:
        depths: dict[str, int] = {}  # 0 while its own names are being followed

        def follow(name: str, user: Node) -> int:
            if name not in self.model.defines:
                return 0
            if name in depths:
                if depths[name] == 0:
                    raise user.error(f"define {name} depends on itself")
                return depths[name]
            depths[name] = 0
            entry = self.model.defines[name]
            parameters = frozenset(entry.parameters or ())
            visible = self.globals | parameters
            deepest = 0
            for expr in _expressions(entry):
                self._expression(expr, visible, None)
                others = [
                    *sorted(expr.compiled.names - parameters),
                    *(called for called, _ in sorted(expr.compiled.calls)),
                ]
                inner = max((follow(other, expr.node) for other in others), default=0)
                deepest = max(deepest, inner + 1 + expr.compiled.depth // 5)
            if deepest > MAX_DEFINITIONS:
                message = f"a chain of more than {MAX_DEFINITIONS} definitions, deep expressions counted several times"
                raise entry.node.error(message)
            depths[name] = deepest
            return deepest

        for name, entry in self.model.defines.items():
            for parameter in entry.parameters or ():
                self._variable(parameter, entry.node)
            follow(name, entry.node)

    # blocks

    def _block(self, block: Block) -> None:
        if block in self.calling:
            chain = " calls ".join(b.name for b in [*self.calling[self.calling.index(block) :], block])
            raise block.node.error(f"a block must not contain itself: {chain}")
        if block in self.done:
            return
        self.calling.append(block)
        visible: set[str] = {"cin"} if block.shared else {"cin", *self.globals}
        inputs = block.inputs or ("input",)
        for name in block.inputs or ():
            self._variable(name, block.node, block.shared)
        none = _Names({}, None, inputs)
        own: set[str] = set()
        for name, default in block.args.items():
            self._variable(name, default.node if default else block.node, block.shared)
            if default is not None:
                self._expression(default, visible, none, block.shared)
            visible.add(name)
            own.add(name)
        for name, value in block.let.items():
            self._variable(name, value.node, block.shared)
            if name in own:
                raise value.node.error(f"duplicate name {name}: it is an argument of the block")
            self._expression(value, visible, none, block.shared)
            visible.add(name)
        names = _Names(_explicit(block.chain), None, inputs)
        self._chain(block.chain, frozenset(visible), names, block.shared)
        if block.residual is not None:
            if block.inputs is not None and len(block.inputs) > 1:
                raise block.residual.node.error("a residual needs a block with one input")
            self._expression(block.residual, visible, names, block.shared)
        for output in block.outputs or ():
            names.check(output.name, output.node)
        self.calling.pop()
        self.done.add(block)

    # lines

    def _chain(self, chain: Chain, visible: frozenset[str], names: _Names, shared: bool) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING and chain.steps:
            raise chain.steps[0].node.error(f"nested more than {MAX_NESTING} deep, blocks in blocks included")
        for step in chain.steps:
            self._step(step, visible, names, shared)
        self.depth -= 1

    def _step(self, step: Step, visible: frozenset[str], names: _Names, shared: bool) -> None:
        self._sources(step.sources, visible, names, shared)
        if step.name is not None:
            self._variable(step.name, step.node, shared)
        if step.when is not None:
            self._expression(step.when, visible, names, shared)
        if isinstance(step, Repeat):
            self._expression(step.n, visible, names, shared)
            inner = _Names(_explicit(step.chain), names, ())
            self._chain(step.chain, visible, inner, shared)
        else:
            self._target(step, shared)
            if isinstance(step, Stages):
                self._stages(step, visible, names, shared)
            else:
                self._call(step, visible, names, shared)
        if step.name is not None and not isinstance(step, Stages):
            names.known.add(step.name)

    def _sources(self, sources: Iterable[Source] | None, visible: frozenset[str], names: _Names, shared: bool) -> None:
        for source in sources or ():
            if isinstance(source, Reference):
                names.check(source.name, source.node)
            elif not isinstance(source, Back):
                self._chain(source, visible, names, shared)

    def _target(self, step: Step, shared: bool) -> None:
        target = self.model.target(step.type, shared)
        if target is None:
            known = [*LAYERS, *self.model.shared, *self.model.models, *self.model.blocks]
            if not isinstance(step, Stages):
                known += ["stages", "repeat"]
            raise step.node.error(f"unknown layer or block {shown(step.type)}", _near_target(step.type, known))
        if isinstance(target, Block):
            self.used.add(f"block {step.type}")
            self._block(target)
        step.target = target

    def _call(self, step: Step, visible: frozenset[str], names: _Names, shared: bool) -> None:
        self._accepts(step, step.arguments)
        for argument in step.arguments.values():
            for expr in argument if isinstance(argument, tuple) else (argument,):
                self._expression(expr, visible, names, shared)
        is_model = isinstance(step.target, ModelSpec)
        for key, argument in step.arguments.items() if isinstance(step.target, ModelSpec) else ():
            if key in step.target.input_only:
                message = f"{key} sets the input of {step.type} by itself; here that is the tensor before this line"
                raise node_of(argument).error(message)
        for key, given in (("until", step.until), ("max_stride", step.max_stride)):
            if given is not None and not is_model:
                raise given.node.error(f"{key} is for models; {step.type} is none")
        if step.max_stride is not None:
            self._expression(step.max_stride, visible, names, shared)
        if step.until is not None:
            stops = self._stops(step.target)
            if step.until.name not in stops:
                message = f"until: {step.type} has no step named {shown(step.until.name)}"
                raise step.until.node.error(message, nearest(step.until.name, stops))

    def _stops(self, used: ModelSpec) -> set[str]:
        """Where a model that is used may stop: at the lines of its own chain."""
        if used not in self.stops:
            self.stops[used] = {name for line in used.chain.steps for name in names_of(line)}
        return self.stops[used]

    def _stages(self, step: Stages, visible: frozenset[str], names: _Names, shared: bool) -> None:
        in_row = visible | {column for column in step.columns if column != "from"}
        for name in (*step.columns, *step.with_, *step.rest):
            self._variable(name, step.node, shared)
        given = {**step.with_, **step.rest}
        helpers = {name for expr in given.values() for name in expr.compiled.names}
        takes = accepted(step.target)
        columns = [c for c in step.columns if c not in ("n", "from") and (c in takes or c not in helpers)]
        for often in (step.with_.get("n"), step.rest.get("n")):
            if often is not None:
                raise often.node.error("n, how often, is a column")
        self._accepts(step, {**dict.fromkeys(columns, None), **given})
        for expr in (*step.with_.values(), *step.rest.values()):
            self._expression(expr, in_row, names, shared)
        for name, row in zip(names_of(step), step.rows, strict=True):
            self._sources(row.sources, visible, names, shared)
            for cell in row.cells.values():
                self._expression(cell, visible, names, shared)
            names.known.add(name)

    def _accepts(self, step: Step, given: Mapping[str, Argument | None]) -> None:
        takes = accepted(step.target)
        for key in given:
            if key not in takes:
                argument = given[key]
                place = node_of(argument) if argument else step.node
                own = STEP if not isinstance(step, Stages) else ()
                keys = (*takes, *own, *(MODEL_CALL_KEYS if isinstance(step.target, ModelSpec) else ()))
                what = "knob" if isinstance(step.target, ModelSpec) else "argument"
                raise place.error(f"{step.type} has no {what} {shown(key)}", nearest(key, keys))
        for key, required in takes.items():
            if required and key not in given:
                raise step.node.error(f"{step.type} needs {key}")

    # names in expressions

    def _variable(self, name: str, node: Node, shared: bool = False) -> None:
        if not shared and name in self.words:
            # A variant that is used may have dropped the knob itself.
            model, knob = next(self.model.choosers(name), (self.model.name, "of a base"))
            whose = "" if model == self.model.name else f" of {model}"
            raise node.error(f"{name}: the knob {knob}{whose} has a choice of this name")

    def _expression(self, expr: Expr, visible: Iterable[str], names: _Names | None, shared: bool = False) -> None:
        compiled = expr.compiled
        found = {*compiled.names, *(name for name, _ in compiled.calls)}
        self.used |= found
        if names is not None:
            self.reached |= found
        words = reserved_words() if shared else self.words
        for name in sorted(compiled.names):
            if name not in visible and name not in words:
                if isinstance(expr.node, Scalar) and expr.node.empty:
                    raise expr.node.error(f"{name} has no value", f"{{{name}}} alone passes on the variable {name}")
                hint = nearest(name, {*visible, *words}) or nearest(name, visible)
                if name in self.functions and not shared:
                    hint = f"{name} is a function, with arguments in brackets"
                elif name == "cin":
                    hint = "only a line of a chain has an input"
                raise expr.node.error(f"unknown name {shown(name)}", hint)
        functions: Mapping[str, Definition] = {} if shared else self.functions
        for name, count in sorted(compiled.calls):
            if name not in functions:
                known = {*functions, *FUNCTIONS, *TENSOR_FUNCTIONS}
                hint = f"{name} is a value, without brackets" if name in visible else nearest(name, known)
                raise expr.node.error(f"unknown function {shown(name)}", hint)
            wanted = len(functions[name].parameters or ())
            if count != wanted:
                raise expr.node.error(f"{name} takes {wanted} argument{'' if wanted == 1 else 's'}, not {count}")
        for name in sorted(compiled.tensors):
            if names is None:
                raise expr.node.error(f"there is no tensor {shown(name)} here")
            names.check(name, expr.node)


def _near_target(name: str, known: Iterable[str]) -> str | None:
    """A hint to what a line that calls ``name`` was to call: one of ``known``, or a block of a shipped file."""
    files = providers()
    if name in files:
        return f"use: [{files[name]}] brings it"
    found = closest(name, [*known, *files])
    if found is None or found in known:
        return nearest(name, known)
    return f"did you mean {found}? use: [{files[found]}] brings it"


def _expressions(entry: Definition) -> list[Expr]:
    if isinstance(entry.body, Table):
        return [entry.body.given, *(expr for case in entry.body.cases for expr in case)]
    return [entry.body]


def accepted(target: type[Layer] | Block | ModelSpec) -> dict[str, bool]:
    """The arguments that ``target`` takes, and whether each is required."""
    if isinstance(target, Block):
        return {name: default is None for name, default in target.args.items()}
    if isinstance(target, ModelSpec):
        return dict.fromkeys(target.knobs, False)
    return {name: field.default is REQUIRED for name, field in target.fields.items()}


def _explicit(chain: Chain) -> dict[str, Node]:
    """The explicit names of a body, and where they stand."""
    return {name: place for step in steps_of(chain) for name, place in places_of(step)}
