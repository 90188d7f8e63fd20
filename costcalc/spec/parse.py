"""Nodes to models and blocks: the structure of a spec. `costcalc.spec.link` checks afterwards what names mean."""

from __future__ import annotations

import re
from collections.abc import Callable

from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.chains import MODEL_CALL_KEYS, STEP, label, parse_chain, reference, steps_of
from costcalc.spec.decode import (
    Read,
    as_kind,
    blaming,
    decode,
    listed,
    mapping,
    names,
    needed,
    optional,
    text,
    words,
)
from costcalc.spec.expressions import KEYWORDS
from costcalc.spec.model import WORDS, Block, Definition, Expr, Knob, KnobValue, ModelSpec, Reference, Table
from costcalc.spec.read import Mapping, Node, Scalar, Sequence
from costcalc.spec.values import (
    NAME,
    TAKEN,
    check_count,
    check_length,
    expression,
    expressions,
    reserved_words,
    variable,
)

__all__ = ["BLOCK", "KNOB_KEYS", "MODEL", "block_name", "parse_block", "parse_model"]

KNOB_KEYS = tuple(field for field in Knob._fields if field != "name")

_NOT_FINITE = ("nan", "inf", "infinity")
_SIGNATURE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\(([A-Za-z0-9_, ]*)\)")


def block_name(node: Scalar) -> str:
    """The name of a block. Raises SpecError for one that a line could not call."""
    name = variable(node, "block")
    if name in ("stages", "repeat", "input"):
        raise node.error(f"block {name}: the language has a meaning for this name")
    return name


def _arguments(node: Node, what: str) -> dict[str, Expr | None]:
    """Names, or names with defaults; an empty default is none."""
    found: dict[str, Expr | None] = {}
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            empty = isinstance(value, Scalar) and value.empty
            found[variable(node.keys[key], "argument")] = None if empty else expression(value, key)
    else:
        for item in names(node, "an argument"):
            if item.text in found:
                raise item.error(f"duplicate argument {item.text}")
            found[variable(item, "argument")] = None
    for key in (*STEP, *MODEL_CALL_KEYS):
        if key in found:
            raise node.error(f"argument {key}: every line has a key of this name")
    check_count(node, len(found), "arguments")
    return found


def _inputs(node: Node, what: str) -> tuple[str, ...]:
    found = [variable(as_kind(item, Scalar, "an input"), "input") for item in as_kind(node, Sequence, what).items]
    if not found or len(set(found)) != len(found):
        raise node.error("inputs must be different names, at least one")
    check_count(node, len(found), what)
    return tuple(found)


def _outputs(node: Node, what: str) -> tuple[Reference, ...]:
    outputs = tuple(reference(item) for item in names(node, "an output"))
    if not outputs:
        raise node.error("outputs: at least one")
    taken: set[str] = set()
    for output in outputs:
        if output.name in taken:
            raise output.node.error(f"duplicate output {shown(output.name)}")
        taken.add(output.name)
    return outputs


BLOCK = {
    "args": optional(_arguments, {}),
    "inputs": optional(_inputs),
    "let": optional(expressions, {}),
    "layers": needed(parse_chain),
    "residual": optional(expression),
    "outputs": optional(_outputs),
}


def parse_block(name: str, node: Node, model: ModelSpec, *, shared: bool) -> Block:
    """The block that ``node`` describes. Raises SpecError for keys and structure that are wrong."""
    given = decode(node, f"block {name}", BLOCK)
    block = Block(name, node, model, shared)
    for key in ("args", "inputs", "let", "residual", "outputs"):
        setattr(block, key, given[key])
    block.chain = given["layers"]
    if block.residual is not None and block.outputs is not None:
        raise as_kind(node, Mapping, name).keys["residual"].error("a block with outputs of its own has no residual")
    label(block.chain, ("residual",) if block.residual is not None else ())
    if block.inputs:
        for step in steps_of(block.chain):
            if step.name in block.inputs:
                raise step.node.error(f"name {step.name}: an input of the block already has that name")
    return block


def _knob(name: str, node: Node) -> Knob:
    what = f"knob {name}"
    anything = Knob(name, 0.0)

    def literal(rule: Callable[[str], KnobValue]) -> Read:
        def read(place: Node, key: str) -> KnobValue:
            found = text(place, what)
            if not found:
                raise place.error(f"{what}: a value is missing")
            with blaming(place):
                return rule(found)

        return read

    def word(text: str) -> KnobValue:
        if text in WORDS:
            return WORDS[text]
        if text in KEYWORDS or text == "cin":
            raise UsageError(f"{text}: the language has a meaning for this word")
        return text if NAME.fullmatch(text) and text.lower() not in _NOT_FINITE else anything.parse(text)

    bounds = ("above", "min", "max")
    fields = {
        **{key: optional(literal(anything.parse)) for key in bounds},
        "choices": optional(listed(literal(word), empty=f"{what}: choices must not be empty")),
        "default": needed(literal(word)),
        "help": optional(text, ""),
    }
    places = node.items if isinstance(node, Mapping) else {"default": node}
    given = decode(node, what, fields) if isinstance(node, Mapping) else {"default": literal(word)(node, what)}
    knob = Knob(name, **given)
    first = next((key for key in places if key in bounds), None)
    if first and (knob.choices is not None or isinstance(knob.default, bool)):
        kind = "choices" if knob.choices is not None else "true and false"
        raise places[first].error(f"{what}: bounds are for numbers, not for {kind}")
    if isinstance(knob.default, str) and knob.choices is None:
        message = f"{what} = {shown(knob.default)}: a word needs choices"
        raise places["default"].error(message, "true and false are flags")
    with blaming(places["default"]):
        knob.check(knob.default)
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


def _knobs(node: Node, what: str) -> dict[str, Knob]:
    entries = as_kind(node, Mapping, what)
    check_count(node, len(entries.items), what)
    return {key: _knob(variable(entries.keys[key], "knob"), value) for key, value in entries.items.items()}


def _input(node: Node, what: str) -> tuple[Expr, ...]:
    axes = as_kind(node, Sequence, what).items
    if len(axes) not in (1, 3):
        raise node.error("input must be [channels, height, width] or [features]")
    return tuple(expression(item, what) for item in axes)


def _as_it_is(node: Node, what: str) -> Node:
    return node


MODEL = {
    "name": optional(words),
    "title": optional(words),
    "source": optional(words, ""),
    "extends": optional(text),
    "knobs": optional(_knobs, {}),
    "define": optional(mapping),
    "input": needed(_input),
    "use": optional(_as_it_is),
    "blocks": optional(mapping),
    "layers": needed(parse_chain),
    "outputs": optional(_outputs),
    "examples": optional(listed(mapping), ()),
}


def parse_model(name: str, node: Mapping, strict: bool) -> ModelSpec:
    """The model that ``node`` describes, without the blocks and models that it uses. Raises SpecError."""
    given = decode(node, "a model", MODEL)
    model = ModelSpec(given["name"] or name, node, strict)
    model.title = given["title"] or model.name
    model.source, model.knobs, model.input = given["source"], dict(given["knobs"]), given["input"]
    if given["define"]:
        defines = given["define"]
        check_count(defines, len(defines.items), "definitions")
        for key, value in defines.items.items():
            defined, definition = _definition(defines.keys[key], value)
            if defined in model.defines or defined in model.knobs:
                raise defines.keys[key].error(f"duplicate name {defined}")
            model.defines[defined] = definition
    if given["blocks"]:
        for key, value in given["blocks"].items.items():
            block_name(given["blocks"].keys[key])
            model.blocks[key] = parse_block(key, value, model, shared=False)
    model.chain, model.outputs = given["layers"], given["outputs"]
    if not model.chain.steps:
        raise node.items["layers"].error("a model needs at least one layer")
    label(model.chain)
    model.examples = tuple(_example(model, entries) for entries in given["examples"])
    return model


def _example(model: ModelSpec, entries: Mapping) -> dict[str, KnobValue]:
    example = {}
    for key, value in entries.items.items():
        if key not in model.knobs:
            raise entries.keys[key].error(f"{model.name} has no knob {shown(key)}", nearest(key, model.knobs))
        with blaming(value):
            example[key] = model.knobs[key].parse(text(value, key))
    return example
