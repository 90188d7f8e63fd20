"""Nodes to plain data: the structure of a spec. What names mean is checked by `costcalc.spec.link` afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from costcalc.dims import is_exact_int
from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.expressions import FUNCTIONS, TENSOR_FUNCTIONS, ExpressionError, compile_text
from costcalc.spec.model import (
    Argument,
    Back,
    Block,
    Chain,
    Definition,
    Expr,
    Knob,
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
from costcalc.spec.read import Mapping, Node, Scalar, Sequence

__all__ = ["MODEL_KEYS", "BLOCK_KEYS", "KNOB_KEYS", "STEP_KEYS", "parse_block", "parse_model", "parse_names"]

MODEL_KEYS = (
    "name",
    "title",
    "source",
    "extends",
    "knobs",
    "input",
    "use",
    "define",
    "blocks",
    "layers",
    "outputs",
    "examples",
)
BLOCK_KEYS = ("args", "inputs", "let", "layers", "residual", "outputs")
KNOB_KEYS = ("default", "choices", "above", "min", "max", "help")
STEP_KEYS = ("name", "from", "when")
STAGES_KEYS = ("block", "columns", "rows", "with", "rest")
REPEAT_KEYS = ("n", "layers")
MODEL_CALL_KEYS = ("until", "max_stride")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_SIGNATURE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(([A-Za-z0-9_, ]*)\)")

N = TypeVar("N", Mapping, Sequence, Scalar)


def _as(node: Node, kind: type[N], what: str) -> N:
    if isinstance(node, kind):
        return node
    raise node.error(f"{what} must be a {kind.kind}, not {_described(node)}")


def _described(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"the text {shown(node.text)}" if node.text else "nothing"
    return f"a {node.kind}"


def _keys(node: Mapping, allowed: Iterable[str], what: str) -> None:
    allowed = tuple(allowed)
    for key, place in node.keys.items():
        if key not in allowed:
            raise place.error(f"{what} has no key {shown(key)}", nearest(key, allowed))


def _text(node: Node, what: str) -> str:
    return _as(node, Scalar, what).text


def variable(node: Scalar, what: str) -> str:
    """The name of a variable, which must not be one that the language has already."""
    name = node.text
    if not _NAME.fullmatch(name):
        raise node.error(f"{what} {shown(name)!r}: a name has letters, digits and _ only, and no digit first")
    if name in FUNCTIONS or name in TENSOR_FUNCTIONS or name == "cin":
        raise node.error(f"{what} {name}: the language has a meaning for this name")
    return name


def expression(node: Node, what: str = "a value") -> Expr:
    """The expression that ``node`` holds. Raises SpecError at its place."""
    scalar = _as(node, Scalar, what)
    if not scalar.text.strip():
        raise node.error(f"{what} is missing")
    try:
        return Expr(compile_text(scalar.text.strip()), node)
    except ExpressionError as error:
        raise node.error(error.message, error.hint) from None


def _argument(key: str, node: Node) -> Argument:
    if isinstance(node, Sequence):
        return tuple(expression(item, key) for item in node.items)
    if isinstance(node, Scalar) and node.empty:  # `{out}` passes on the variable of that name
        return Expr(compile_text(key), node)
    return expression(node, key)


def parse_names(node: Node, what: str) -> list[Scalar]:
    """A list of names, or one."""
    items = node.items if isinstance(node, Sequence) else [node]
    return [_as(item, Scalar, what) for item in items]


# Chains and their lines


def reference(node: Node) -> Reference:
    """The name of a value."""
    name = _text(node, "a name")
    if not _REFERENCE.fullmatch(name):
        raise node.error(f"{shown(name)!r} is not the name of a step", "names are joined by dots: backbone.stage6.1.expand")
    return Reference(name, node)


def _source(node: Node) -> Source:
    if isinstance(node, Sequence):
        return _chain(node)
    if isinstance(node, Mapping):
        return Chain((_step(node),), alone=True)
    text = _text(node, "an input").strip()
    if re.fullmatch(r"[-+]?[0-9]+", text):
        if not text.startswith("-") or text.strip("-0") == "" or len(text) > 6:
            raise node.error(f"from: {shown(text)} counts backwards: -1 is the current tensor, -2 the one before it")
        return Back(-int(text), node)
    return reference(node)


def _sources(node: Node) -> tuple[Source, ...]:
    if isinstance(node, Sequence):
        if not node.items:
            raise node.error("from: an empty list of inputs")
        return tuple(_source(item) for item in node.items)
    return (_source(node),)


def _chain(node: Node) -> Chain:
    return Chain(tuple(_step(item) for item in _as(node, Sequence, "layers").items))


def _step(node: Node) -> Step:
    if isinstance(node, Scalar):
        if not node.text:
            raise node.error("an empty line: expected a layer, such as relu or conv: {out: 64}")
        return Step(node, node.text)
    if isinstance(node, Sequence):
        raise node.error("expected a layer, such as relu or conv: {out: 64}, not a list")
    entries = _as(node, Mapping, "a layer")
    if len(entries.items) != 1:
        second = list(entries.keys.values())[1:2]
        if not second:
            raise node.error("an empty mapping: expected a layer, such as conv: {out: 64}")
        first = next(iter(entries.keys))
        raise second[0].error(
            f"{shown(second[0].text)} is a second key beside {shown(first)}: a line has one layer",
            f"put it inside: {shown(first)}: {{{shown(second[0].text)}: ...}}",
        )
    type, body = next(iter(entries.items.items()))
    place = entries.keys[type]
    if type == "stages":
        return _stages(place, _as(body, Mapping, "stages"))
    if type == "repeat":
        return _repeat(place, _as(body, Mapping, "repeat"))
    step = Step(place, type)
    if isinstance(body, Sequence):
        step.sources = _sources(body)
        return step
    if isinstance(body, Scalar) and body.empty:
        return step
    if not isinstance(body, Mapping):
        raise body.error(f"what {shown(type)} takes must be a mapping such as {{name: value}}, not {_described(body)}")
    _common(step, body)
    for key, value in body.items.items():
        if key == "until":
            step.until = reference(value)
        elif key == "max_stride":
            step.max_stride = expression(value, key) if not (isinstance(value, Scalar) and value.empty) else None
            if step.max_stride is None:
                step.max_stride = Expr(compile_text(key), value)
        elif key not in STEP_KEYS:
            if isinstance(value, Mapping):
                raise value.error(f"{shown(key)} of {shown(type)} must be a value or a pair, not a mapping")
            step.arguments[key] = _argument(key, value)
    return step


def _common(step: Step, body: Mapping) -> None:
    if "name" in body.items:
        place = body.items["name"]
        name = _text(place, "name")
        if not _STEP_NAME.fullmatch(name):
            raise place.error(f"name {shown(name)!r}: a name has letters, digits, _ and - only")
        if name == "input":
            raise place.error("name input: the block's own input is called so already")
        step.name = step.label = name
    if "from" in body.items:
        step.sources = _sources(body.items["from"])
    if "when" in body.items:
        step.when = expression(body.items["when"], "when")


def _repeat(place: Node, body: Mapping) -> Repeat:
    _keys(body, (*STEP_KEYS, *REPEAT_KEYS), "repeat")
    step = Repeat(place, "repeat")
    _common(step, body)
    for key in REPEAT_KEYS:
        if key not in body.items:
            raise place.error(f"repeat needs {key}")
    step.n = _required(_argument("n", body.items["n"]), body.items["n"], "n")
    step.chain = _chain(body.items["layers"])
    _label(step.chain)
    return step


def _required(argument: Argument, node: Node, what: str) -> Expr:
    if isinstance(argument, tuple):
        raise node.error(f"{what} must be one value, not a list")
    return argument


def _stages(place: Node, body: Mapping) -> Stages:
    _keys(body, (*STEP_KEYS, *STAGES_KEYS), "stages")
    step = Stages(place, "stages")
    _common(step, body)
    for key in ("block", "columns", "rows"):
        if key not in body.items:
            raise place.error(f"stages needs {key}")
    step.label = step.name or "stage"
    step.type = _text(body.items["block"], "block")
    columns = parse_names(_as(body.items["columns"], Sequence, "columns"), "a column")
    names = [item.text if item.text == "from" else variable(item, "column") for item in columns]
    for index, item in enumerate(columns):
        if names[index] in names[:index]:
            raise item.error(f"duplicate column {names[index]}")
    step.columns = tuple(names)
    step.with_ = _expressions(body.items.get("with"), "with")
    step.rest = _expressions(body.items.get("rest"), "rest")
    rows = []
    for row in _as(body.items["rows"], Sequence, "rows").items:
        cells = _as(row, Sequence, "a row").items
        if len(cells) != len(names):
            raise row.error(f"a row of {len(cells)} values under {len(names)} columns ({', '.join(names)})")
        by_name = dict(zip(names, cells, strict=True))
        start = by_name.pop("from", None)
        sources = None if start is None else _sources(start)
        rows.append(Row(row, {name: expression(cell, name) for name, cell in by_name.items()}, sources))
    if not rows:
        raise body.items["rows"].error("stages without rows")
    step.rows = tuple(rows)
    return step


def _expressions(node: Node | None, what: str) -> dict[str, Expr]:
    if node is None:
        return {}
    entries = _as(node, Mapping, what)
    for place in entries.keys.values():
        variable(place, what)
    return {key: expression(value, f"{what} {key}") for key, value in entries.items.items()}


def _steps(chain: Chain) -> Iterable[Step]:
    """All lines of a body, those inside merges included, those of repeats not: they have a scope of their own."""
    for step in chain.steps:
        for source in step.sources or ():
            if isinstance(source, Chain):
                yield from _steps(source)
        if isinstance(step, Stages):
            for row in step.rows:
                for source in row.sources or ():
                    if isinstance(source, Chain):
                        yield from _steps(source)
        yield step


def _label(chain: Chain, reserved: Iterable[str] = ()) -> None:
    """Gives every line of a body its part of a path: its name; or its type, numbered where there are several."""
    steps = list(_steps(chain))
    taken: dict[str, Node] = {}
    for step in steps:
        names = [(step.name, step.node)] if step.name is not None else []
        if isinstance(step, Stages):
            names = [(f"{step.label}{index}", row.node) for index, row in enumerate(step.rows, 1)]
        for name, place in names:
            assert name is not None
            if name in taken:
                raise place.error(f"duplicate name {name}, first on line {taken[name].line}")
            taken[name] = place
    for name in reserved:
        if name in taken:
            raise taken[name].error(f"name {name}: the block's own addition is called so")
    unnamed: dict[str, list[Step]] = {}
    for step in steps:
        if step.name is None and not isinstance(step, Stages):
            unnamed.setdefault(step.type, []).append(step)
    used = {*taken, *reserved}
    for type, group in unnamed.items():
        number = 0
        for step in group:
            label = type
            if len(group) > 1 or label in used:
                number += 1
                while f"{type}{number}" in used:
                    number += 1
                label = f"{type}{number}"
            used.add(label)
            step.label = label


# Blocks and models


def parse_block(name: str, node: Node, model: ModelSpec, *, shared: bool) -> Block:
    """The block that ``node`` describes. Raises SpecError for keys and structure that are wrong."""
    body = _as(node, Mapping, f"block {name}")
    _keys(body, BLOCK_KEYS, f"block {name}")
    block = Block(name, node, model, shared)
    if "args" in body.items:
        args = body.items["args"]
        if isinstance(args, Mapping):
            for key, value in args.items.items():
                empty = isinstance(value, Scalar) and value.empty
                block.args[variable(args.keys[key], "argument")] = None if empty else expression(value, key)
        else:
            for item in parse_names(args, "an argument"):
                if item.text in block.args:
                    raise item.error(f"duplicate argument {item.text}")
                block.args[variable(item, "argument")] = None
        for key in (*STEP_KEYS, *MODEL_CALL_KEYS):
            if key in block.args:
                raise args.error(f"argument {key}: every line has a key of this name")
    if "inputs" in body.items:
        inputs = parse_names(_as(body.items["inputs"], Sequence, "inputs"), "an input")
        names = [variable(item, "input") for item in inputs]
        if not names or len(set(names)) != len(names):
            raise body.items["inputs"].error("inputs must be different names, at least one")
        block.inputs = tuple(names)
    if "let" in body.items:
        block.let = _expressions(body.items["let"], "let")
    if "layers" not in body.items:
        raise node.error(f"block {name} needs layers")
    block.chain = _chain(body.items["layers"])
    if "residual" in body.items:
        block.residual = expression(body.items["residual"], "residual")
    if "outputs" in body.items:
        block.outputs = tuple(reference(item) for item in parse_names(body.items["outputs"], "an output"))
        if block.residual is not None:
            raise body.keys["residual"].error("a block with outputs of its own has no residual")
    _label(block.chain, ("residual",) if block.residual is not None else ())
    if block.inputs:
        for step in _steps(block.chain):
            if step.name in block.inputs:
                raise step.node.error(f"name {step.name}: an input of the block is called so")
    return block


def _knob(name: str, node: Node) -> Knob:
    entries: dict[str, Node] = {"default": node}
    if isinstance(node, Mapping):
        _keys(node, KNOB_KEYS, f"knob {name}")
        entries = node.items
        if "default" not in entries:
            raise node.error(f"knob {name} needs a default")
    anything = Knob(name, 0.0)

    def literal(place: Node, rule: Callable[[str], KnobValue]) -> KnobValue:
        text = _text(place, f"knob {name}")
        if not text:
            raise place.error(f"knob {name}: a value is missing")
        try:
            return rule(text)
        except UsageError as error:
            raise place.error(error.message, error.hint) from None

    def word(text: str) -> KnobValue:
        if text in ("true", "false"):
            return text == "true"
        return text if _NAME.fullmatch(text) else anything.parse(text)

    bounds = {key: literal(entries[key], anything.parse) for key in ("above", "min", "max") if key in entries}
    choices = None
    if "choices" in entries:
        items = _as(entries["choices"], Sequence, "choices").items
        choices = tuple(literal(item, word) for item in items)
        if not choices:
            raise entries["choices"].error(f"knob {name}: choices must not be empty")
    default = literal(entries["default"], word)
    if isinstance(default, str) and choices is None:
        raise entries["default"].error(f"knob {name} = {shown(default)}: a word needs choices", "true and false are flags")
    help = _text(entries["help"], "help") if "help" in entries else ""
    knob = Knob(name, default, help, choices, **bounds)
    literal(entries["default"], lambda text: knob.check(default))
    return knob


def _definition(key: Scalar, node: Node) -> tuple[str, Definition]:
    parameters: tuple[str, ...] | None = None
    signature = _SIGNATURE.fullmatch(key.text)
    name = key.text
    if signature:
        name = signature.group(1)
        parameters = tuple(part.strip() for part in signature.group(2).split(",")) if signature.group(2).strip() else ()
        if not parameters or not all(map(_NAME.fullmatch, parameters)) or len(set(parameters)) != len(parameters):
            raise key.error(f"{shown(key.text)}: a function has different names in its brackets, at least one")
    if not _NAME.fullmatch(name):
        raise key.error(f"{shown(key.text)!r}: a definition is name: value or name(parameter): value")
    if name in FUNCTIONS or name in TENSOR_FUNCTIONS or name == "cin":
        raise key.error(f"define {name}: the language has a meaning for this name")
    if not isinstance(node, Mapping):
        return name, Definition(key, parameters, expression(node, f"define {name}"))
    if "given" not in node.items:
        raise node.error(f"define {name}: a lookup table needs given")
    given = expression(node.items["given"], "given")
    cases = tuple(
        (expression(node.keys[case], "a case"), expression(value, f"{name} of {case}"))
        for case, value in node.items.items()
        if case != "given"
    )
    return name, Definition(key, parameters, Table(node, given, cases))


def parse_model(name: str, node: Mapping) -> ModelSpec:
    """The model that ``node`` describes, without the blocks and models that it uses. Raises SpecError."""
    _keys(node, MODEL_KEYS, "a model")
    model = ModelSpec(name, node)
    for key in ("name", "title", "source"):
        if key in node.items:
            text = " ".join(_text(node.items[key], key).split())
            if not text:
                raise node.items[key].error(f"{key} is empty")
            setattr(model, key, text)
    if "title" not in node.items:
        model.title = model.name
    if "knobs" in node.items:
        knobs = _as(node.items["knobs"], Mapping, "knobs")
        for key, value in knobs.items.items():
            model.knobs[key] = _knob(variable(knobs.keys[key], "knob"), value)
    if "define" in node.items:
        defines = _as(node.items["define"], Mapping, "define")
        for key, value in defines.items.items():
            defined, definition = _definition(defines.keys[key], value)
            if defined in model.defines or defined in model.knobs:
                raise defines.keys[key].error(f"duplicate name {defined}")
            model.defines[defined] = definition
    for key in ("input", "layers"):
        if key not in node.items:
            raise node.error(f"a model needs {key}")
    sizes = node.items["input"]
    axes = _as(sizes, Sequence, "input").items
    if len(axes) not in (1, 3):
        raise sizes.error("input must be [channels, height, width] or [features]")
    model.input = tuple(expression(item, "input") for item in axes)
    if "blocks" in node.items:
        blocks = _as(node.items["blocks"], Mapping, "blocks")
        for key, value in blocks.items.items():
            variable(blocks.keys[key], "block")
            model.blocks[key] = parse_block(key, value, model, shared=False)
    model.chain = _chain(node.items["layers"])
    if not model.chain.steps:
        raise node.items["layers"].error("a model needs at least one layer")
    _label(model.chain)
    if "outputs" in node.items:
        model.outputs = tuple(reference(item) for item in parse_names(node.items["outputs"], "an output"))
        if not model.outputs:
            raise node.items["outputs"].error("outputs: at least one")
    model.examples = _examples(model, node.items.get("examples"))
    return model


def _examples(model: ModelSpec, node: Node | None) -> tuple[dict[str, KnobValue], ...]:
    examples = []
    for item in _as(node, Sequence, "examples").items if node is not None else ():
        entries = _as(item, Mapping, "an example")
        example = {}
        for key, value in entries.items.items():
            if key not in model.knobs:
                raise entries.keys[key].error(f"{model.name} has no knob {shown(key)}", nearest(key, model.knobs))
            try:
                example[key] = model.knobs[key].parse(_text(value, key))
            except UsageError as error:
                raise value.error(error.message, error.hint) from None
        examples.append(example)
    return tuple(examples)
