"""Nodes to models and blocks: the structure of a spec. `costcalc.spec.link` checks afterwards what names mean."""

from __future__ import annotations

import re
from collections.abc import Callable

from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.chains import MODEL_CALL_KEYS, STEP_KEYS, label, parse_chain, reference, steps_of
from costcalc.spec.expressions import KEYWORDS
from costcalc.spec.model import WORDS, Block, Definition, Knob, KnobValue, ModelSpec, Reference, Table
from costcalc.spec.read import Mapping, Node, Scalar, Sequence
from costcalc.spec.values import (
    NAME,
    TAKEN,
    as_kind,
    check_count,
    check_keys,
    check_length,
    expression,
    expressions,
    parse_names,
    reserved_words,
    text_of,
    variable,
)

__all__ = ["BLOCK_KEYS", "KNOB_KEYS", "MODEL_KEYS", "block_name", "parse_block", "parse_model"]

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

_NOT_FINITE = ("nan", "inf", "infinity")
_SIGNATURE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(([A-Za-z0-9_, ]*)\)")


def block_name(node: Scalar) -> str:
    """The name of a block. Raises SpecError for one that a line could not call."""
    name = variable(node, "block")
    if name in ("stages", "repeat", "input"):
        raise node.error(f"block {name}: the language has a meaning for this name")
    return name


def parse_block(name: str, node: Node, model: ModelSpec, *, shared: bool) -> Block:
    """The block that ``node`` describes. Raises SpecError for keys and structure that are wrong."""
    body = as_kind(node, Mapping, f"block {name}")
    check_keys(body, BLOCK_KEYS, f"block {name}")
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
        check_count(args, len(block.args), "arguments")
    if "inputs" in body.items:
        inputs = parse_names(as_kind(body.items["inputs"], Sequence, "inputs"), "an input")
        names = [variable(item, "input") for item in inputs]
        if not names or len(set(names)) != len(names):
            raise body.items["inputs"].error("inputs must be different names, at least one")
        check_count(body.items["inputs"], len(names), "inputs")
        block.inputs = tuple(names)
    if "let" in body.items:
        block.let = expressions(body.items["let"], "let")
    if "layers" not in body.items:
        raise node.error(f"block {name} needs layers")
    block.chain = parse_chain(body.items["layers"])
    if "residual" in body.items:
        block.residual = expression(body.items["residual"], "residual")
    if "outputs" in body.items:
        block.outputs = _outputs(body.items["outputs"])
        if block.residual is not None:
            raise body.keys["residual"].error("a block with outputs of its own has no residual")
    label(block.chain, ("residual",) if block.residual is not None else ())
    if block.inputs:
        for step in steps_of(block.chain):
            if step.name in block.inputs:
                raise step.node.error(f"name {step.name}: an input of the block already has that name")
    return block


def _outputs(node: Node) -> tuple[Reference, ...]:
    outputs = tuple(reference(item) for item in parse_names(node, "an output"))
    if not outputs:
        raise node.error("outputs: at least one")
    names: set[str] = set()
    for output in outputs:
        if output.name in names:
            raise output.node.error(f"duplicate output {shown(output.name)}")
        names.add(output.name)
    return outputs


def _knob(name: str, node: Node) -> Knob:
    entries: dict[str, Node] = {"default": node}
    if isinstance(node, Mapping):
        check_keys(node, KNOB_KEYS, f"knob {name}")
        entries = node.items
        if "default" not in entries:
            raise node.error(f"knob {name} needs a default")
    anything = Knob(name, 0.0)

    def literal(place: Node, rule: Callable[[str], KnobValue]) -> KnobValue:
        text = text_of(place, f"knob {name}")
        if not text:
            raise place.error(f"knob {name}: a value is missing")
        try:
            return rule(text)
        except UsageError as error:
            raise place.error(error.message, error.hint) from None

    def word(text: str) -> KnobValue:
        if text in WORDS:
            return WORDS[text]
        if text in KEYWORDS or text == "cin":
            raise UsageError(f"{text}: the language has a meaning for this word")
        return text if NAME.fullmatch(text) and text.lower() not in _NOT_FINITE else anything.parse(text)

    bounds = {key: literal(entries[key], anything.parse) for key in ("above", "min", "max") if key in entries}
    choices = None
    if "choices" in entries:
        items = as_kind(entries["choices"], Sequence, "choices").items
        choices = tuple(literal(item, word) for item in items)
        if not choices:
            raise entries["choices"].error(f"knob {name}: choices must not be empty")
    default = literal(entries["default"], word)
    if bounds and (choices is not None or isinstance(default, bool)):
        what = "choices" if choices is not None else "true and false"
        raise entries[next(iter(bounds))].error(f"knob {name}: bounds are for numbers, not for {what}")
    if isinstance(default, str) and choices is None:
        message = f"knob {name} = {shown(default)}: a word needs choices"
        raise entries["default"].error(message, "true and false are flags")
    help = text_of(entries["help"], "help") if "help" in entries else ""
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
        if not parameters or not all(map(NAME.fullmatch, parameters)) or len(set(parameters)) != len(parameters):
            raise key.error(f"{shown(key.text)}: a function has different names in its brackets, at least one")
    if not NAME.fullmatch(name):
        raise key.error(f"{shown(key.text)!r}: a definition is name: value or name(parameter): value")
    for each in (name, *(parameters or ())):
        if each in TAKEN or each in reserved_words():
            raise key.error(f"define {shown(key.text)}: the language has a meaning for the name {each}")
    check_length(key, "define")
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
    if not cases:
        raise node.error(f"define {name}: a lookup table needs values beside given")
    return name, Definition(key, parameters, Table(node, given, cases))


def parse_model(name: str, node: Mapping, strict: bool) -> ModelSpec:
    """The model that ``node`` describes, without the blocks and models that it uses. Raises SpecError."""
    check_keys(node, MODEL_KEYS, "a model")
    model = ModelSpec(name, node, strict)
    for key in ("name", "title", "source"):
        if key in node.items:
            text = " ".join(text_of(node.items[key], key).split())
            if not text:
                raise node.items[key].error(f"{key} is empty")
            setattr(model, key, text)
    if "title" not in node.items:
        model.title = model.name
    if "knobs" in node.items:
        knobs = as_kind(node.items["knobs"], Mapping, "knobs")
        check_count(knobs, len(knobs.items), "knobs")
        for key, value in knobs.items.items():
            model.knobs[key] = _knob(variable(knobs.keys[key], "knob"), value)
    if "define" in node.items:
        defines = as_kind(node.items["define"], Mapping, "define")
        check_count(defines, len(defines.items), "definitions")
        for key, value in defines.items.items():
            defined, definition = _definition(defines.keys[key], value)
            if defined in model.defines or defined in model.knobs:
                raise defines.keys[key].error(f"duplicate name {defined}")
            model.defines[defined] = definition
    for key in ("input", "layers"):
        if key not in node.items:
            raise node.error(f"a model needs {key}")
    sizes = node.items["input"]
    axes = as_kind(sizes, Sequence, "input").items
    if len(axes) not in (1, 3):
        raise sizes.error("input must be [channels, height, width] or [features]")
    model.input = tuple(expression(item, "input") for item in axes)
    if "blocks" in node.items:
        blocks = as_kind(node.items["blocks"], Mapping, "blocks")
        for key, value in blocks.items.items():
            block_name(blocks.keys[key])
            model.blocks[key] = parse_block(key, value, model, shared=False)
    model.chain = parse_chain(node.items["layers"])
    if not model.chain.steps:
        raise node.items["layers"].error("a model needs at least one layer")
    label(model.chain)
    if "outputs" in node.items:
        model.outputs = _outputs(node.items["outputs"])
    model.examples = _examples(model, node.items.get("examples"))
    return model


def _examples(model: ModelSpec, node: Node | None) -> tuple[dict[str, KnobValue], ...]:
    examples = []
    for item in as_kind(node, Sequence, "examples").items if node is not None else ():
        entries = as_kind(item, Mapping, "an example")
        example = {}
        for key, value in entries.items.items():
            if key not in model.knobs:
                raise entries.keys[key].error(f"{model.name} has no knob {shown(key)}", nearest(key, model.knobs))
            try:
                example[key] = model.knobs[key].parse(text_of(value, key))
            except UsageError as error:
                raise value.error(error.message, error.hint) from None
        examples.append(example)
    return tuple(examples)
