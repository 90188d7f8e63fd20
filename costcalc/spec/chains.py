"""Nodes to chains: the lines of a model or block, their sources, tables and repeats; and their names in paths."""

from __future__ import annotations

import re
from collections.abc import Iterable

from costcalc.errors import shown
from costcalc.spec.expressions import compile_text
from costcalc.spec.model import Argument, Back, Chain, Expr, Reference, Repeat, Row, Source, Stages, Step
from costcalc.spec.read import Mapping, Node, Scalar, Sequence
from costcalc.spec.values import (
    argument,
    as_kind,
    check_count,
    check_keys,
    check_length,
    described,
    expression,
    expressions,
    parse_names,
    reserved_words,
    text_of,
    variable,
)

__all__ = [
    "MODEL_CALL_KEYS",
    "REPEAT_KEYS",
    "STAGES_KEYS",
    "STEP_KEYS",
    "label",
    "names_of",
    "parse_chain",
    "reference",
    "steps_of",
]

STEP_KEYS = ("name", "from", "when")
STAGES_KEYS = ("block", "columns", "rows", "with", "rest")
REPEAT_KEYS = ("n", "layers")
MODEL_CALL_KEYS = ("until", "max_stride")

_NEEDED = {"stages": ("block", "columns", "rows"), "repeat": REPEAT_KEYS}

_STEP_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_BACK = re.compile(r"[-+]?[0-9]+")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def reference(node: Node) -> Reference:
    """The name of a value."""
    name = text_of(node, "a name")
    if not _REFERENCE.fullmatch(name):
        raise node.error(f"{shown(name)!r} is not the name of a step", "dots join names: backbone.stage6.1.expand")
    return Reference(name, node)


def _source(node: Node) -> Source:
    if isinstance(node, Sequence):
        return parse_chain(node)
    if isinstance(node, Mapping):
        return Chain((_step(node),), alone=True)
    text = text_of(node, "an input").strip()
    if _BACK.fullmatch(text):
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


def parse_chain(node: Node) -> Chain:
    """The lines that ``node`` lists. Raises SpecError for structure that is wrong."""
    return Chain(tuple(_step(item) for item in as_kind(node, Sequence, "layers").items))


def _step(node: Node) -> Step:
    if isinstance(node, Scalar):
        if not node.text:
            raise node.error("an empty line: expected a layer, such as relu or conv: {out: 64}")
        if node.text in ("stages", "repeat"):
            raise node.error(f"{node.text} needs a mapping of {', '.join(_NEEDED[node.text])}")
        return Step(node, node.text)
    if isinstance(node, Sequence):
        raise node.error("expected a layer, such as relu or conv: {out: 64}, not a list")
    entries = as_kind(node, Mapping, "a layer")
    if len(entries.items) != 1:
        second = list(entries.keys.values())[1:2]
        if not second:
            raise node.error("an empty mapping: expected a layer, such as conv: {out: 64}")
        first = next(iter(entries.keys))
        raise second[0].error(
            f"{shown(second[0].text)} is a second key beside {shown(first)}: a line has one layer",
            f"indent it more to put it inside {shown(first)}, or begin a line with -",
        )
    type, body = next(iter(entries.items.items()))
    place = entries.keys[type]
    if type == "stages":
        return _stages(place, as_kind(body, Mapping, "stages"))
    if type == "repeat":
        return _repeat(place, as_kind(body, Mapping, "repeat"))
    step = Step(place, type)
    if isinstance(body, Sequence):
        step.sources = _sources(body)
        return step
    if isinstance(body, Scalar) and body.empty:
        return step
    if not isinstance(body, Mapping):
        raise body.error(f"{shown(type)} takes a mapping such as {{name: value}}, not {described(body)}")
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
            step.arguments[key] = argument(key, value)
    return step


def _common(step: Step, body: Mapping) -> None:
    if "name" in body.items:
        place = as_kind(body.items["name"], Scalar, "name")
        name = place.text
        if not _STEP_NAME.fullmatch(name) or name.isdigit():
            raise place.error(f"name {shown(name)!r}: a name has letters, digits, _ and - only, and a letter")
        check_length(place, "name")
        if name in reserved_words():
            raise place.error(f"name {name}: the language has a meaning for this name")
        if name == "input":
            raise place.error("name input: the block's own input already has that name")
        step.name = step.label = name
    if "from" in body.items:
        step.sources = _sources(body.items["from"])
    if "when" in body.items:
        step.when = expression(body.items["when"], "when")


def _repeat(place: Node, body: Mapping) -> Repeat:
    check_keys(body, (*STEP_KEYS, *REPEAT_KEYS), "repeat")
    step = Repeat(place, "repeat")
    _common(step, body)
    for key in _NEEDED["repeat"]:
        if key not in body.items:
            raise place.error(f"repeat needs {key}")
    step.n = _required(argument("n", body.items["n"]), body.items["n"], "n")
    step.chain = parse_chain(body.items["layers"])
    label(step.chain)
    return step


def _required(argument: Argument, node: Node, what: str) -> Expr:
    if isinstance(argument, tuple):
        raise node.error(f"{what} must be one value, not a list")
    return argument


def _stages(place: Node, body: Mapping) -> Stages:
    check_keys(body, (*STEP_KEYS, *STAGES_KEYS), "stages")
    step = Stages(place, "stages")
    _common(step, body)
    for key in _NEEDED["stages"]:
        if key not in body.items:
            raise place.error(f"stages needs {key}")
    step.label = step.name or "stage"
    step.type = text_of(body.items["block"], "block")
    columns = parse_names(as_kind(body.items["columns"], Sequence, "columns"), "a column")
    check_count(body.items["columns"], len(columns), "columns")
    names = [item.text if item.text == "from" else variable(item, "column") for item in columns]
    for index, item in enumerate(columns):
        if names[index] in names[:index]:
            raise item.error(f"duplicate column {names[index]}")
    step.columns = tuple(names)
    step.with_ = expressions(body.items.get("with"), "with")
    step.rest = expressions(body.items.get("rest"), "rest")
    rows = []
    for row in as_kind(body.items["rows"], Sequence, "rows").items:
        cells = as_kind(row, Sequence, "a row").items
        if len(cells) != len(names):
            raise row.error(f"a row of {len(cells)} values; the columns are {shown(', '.join(names))}")
        by_name = dict(zip(names, cells, strict=True))
        start = by_name.pop("from", None)
        sources = None if start is None else _sources(start)
        rows.append(Row(row, {name: expression(cell, name) for name, cell in by_name.items()}, sources))
    if not rows:
        raise body.items["rows"].error("stages without rows")
    step.rows = tuple(rows)
    return step


def steps_of(chain: Chain) -> Iterable[Step]:
    """All lines of a body, those inside merges included, those of repeats not: they have a scope of their own."""
    for step in chain.steps:
        for source in step.sources or ():
            if isinstance(source, Chain):
                yield from steps_of(source)
        if isinstance(step, Stages):
            for row in step.rows:
                for source in row.sources or ():
                    if isinstance(source, Chain):
                        yield from steps_of(source)
        yield step


def names_of(step: Step) -> list[str]:
    """The names by which others can refer to ``step``: its own, or those of the rows of its table."""
    if isinstance(step, Stages):
        return [f"{step.label}{number}" for number in range(1, len(step.rows) + 1)]
    return [] if step.name is None else [step.name]


def label(chain: Chain, reserved: Iterable[str] = ()) -> None:
    """Gives every line of a body its part of a path: its name; or its type, numbered where there are several."""
    steps = list(steps_of(chain))
    taken: dict[str, Node] = {}
    for step in steps:
        places = [row.node for row in step.rows] if isinstance(step, Stages) else [step.node]
        for name, place in zip(names_of(step), places, strict=False):
            if name in taken:
                hint = "name: is what the rows of a table are called" if isinstance(step, Stages) else None
                raise place.error(f"duplicate name {name}, first on line {taken[name].line}", hint)
            taken[name] = place
    for name in reserved:
        if name in taken:
            raise taken[name].error(f"name {name}: the block's own addition already has that name")
    unnamed: dict[str, list[Step]] = {}
    for step in steps:
        if step.name is None and not isinstance(step, Stages):
            unnamed.setdefault(step.type, []).append(step)
    used = {*taken, *reserved}
    for type, group in unnamed.items():
        number = 0
        for step in group:
            text = type
            if len(group) > 1 or text in used:
                number += 1
                while f"{type}{number}" in used:
                    number += 1
                text = f"{type}{number}"
            used.add(text)
            step.label = text
