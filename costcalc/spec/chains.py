"""Nodes to chains: the lines of a model or block, their sources, tables and repeats; and their names in paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from costcalc.errors import shown
from costcalc.spec.decode import as_kind, decode, described, listed, needed, optional, scalar, text
from costcalc.spec.expressions import compile_text
from costcalc.spec.model import Back, Chain, Expr, Reference, Repeat, Row, Source, Stages, Step
from costcalc.spec.read import Mapping, Node, Scalar, Sequence
from costcalc.spec.values import (
    argument,
    check_count,
    check_length,
    expression,
    expressions,
    reserved_words,
    variable,
)

__all__ = [
    "MODEL_CALL_KEYS",
    "REPEAT",
    "STAGES",
    "STEP",
    "label",
    "names_of",
    "parse_chain",
    "places_of",
    "reference",
    "steps_of",
]

MODEL_CALL_KEYS = ("until", "max_stride")

_STEP_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_BACK = re.compile(r"[-+]?[0-9]+")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def reference(node: Node, what: str = "a name") -> Reference:
    """The name of a value."""
    name = text(node, what)
    if not _REFERENCE.fullmatch(name):
        raise node.error(f"{shown(name)!r} is not the name of a step", "dots join names: backbone.stage6.1.expand")
    return Reference(name, node)


def _source(node: Node) -> Source:
    if isinstance(node, Sequence):
        return parse_chain(node)
    if isinstance(node, Mapping):
        return Chain((_step(node),), alone=True)
    count = text(node, "an input").strip()
    if _BACK.fullmatch(count):
        if not count.startswith("-") or count.strip("-0") == "" or len(count) > 6:
            raise node.error(f"from: {shown(count)} counts backwards: -1 is the current tensor, -2 the one before it")
        return Back(-int(count), node)
    return reference(node)


def _sources(node: Node, what: str = "from") -> tuple[Source, ...]:
    items = node.items if isinstance(node, Sequence) else [node]
    if not items:
        raise node.error(f"{what}: an empty list of inputs")
    return tuple(_source(item) for item in items)


def parse_chain(node: Node, what: str = "layers") -> Chain:
    """The lines that ``node`` lists. Raises SpecError for structure that is wrong."""
    return Chain(tuple(_step(item) for item in as_kind(node, Sequence, what).items))


def _step(node: Node) -> Step:
    if isinstance(node, Scalar):
        if not node.text:
            raise node.error("an empty line: expected a layer, such as relu or conv: {out: 64}")
        if node.text in _TABLES:
            keys = [key for key, field in _TABLES[node.text].items() if field.needed]
            raise node.error(f"{node.text} needs a mapping of {', '.join(keys)}")
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
        return _stages(place, body)
    if type == "repeat":
        return _repeat(place, body)
    step = Step(place, type)
    if isinstance(body, Sequence):
        step.sources = _sources(body)
        return step
    if isinstance(body, Scalar) and body.empty:
        return step
    if not isinstance(body, Mapping):
        raise body.error(f"{shown(type)} takes a mapping such as {{name: value}}, not {described(body)}")
    _common(step, decode(body, shown(type), STEP, closed=False))
    for key, value in body.items.items():
        if key == "until":
            step.until = reference(value)
        elif key == "max_stride":
            step.max_stride = expression(value, key) if not (isinstance(value, Scalar) and value.empty) else None
            if step.max_stride is None:
                step.max_stride = Expr(compile_text(key), value)
        elif key not in STEP:
            if isinstance(value, Mapping):
                raise value.error(f"{shown(key)} of {shown(type)} must be a value or a pair, not a mapping")
            step.arguments[key] = argument(key, value)
    return step


def _common(step: Step, given: dict[str, Any]) -> None:
    """Gives ``step`` what every line may have."""
    if given["name"] is not None:
        step.name = step.label = given["name"]
    step.sources, step.when = given["from"], given["when"]


def _name(node: Node, what: str) -> str:
    place = as_kind(node, Scalar, what)
    name = place.text
    if not _STEP_NAME.fullmatch(name) or name.isdigit():
        raise place.error(f"name {shown(name)!r}: a name has letters, digits, _ and - only, and a letter")
    check_length(place, what)
    if name in reserved_words():
        raise place.error(f"name {name}: the language has a meaning for this name")
    if name == "input":
        raise place.error("name input: the block's own input already has that name")
    return name


def _one_value(node: Node, what: str) -> Expr:
    found = argument(what, node)
    if isinstance(found, tuple):
        raise node.error(f"{what} must be one value, not a list")
    return found


def _columns(node: Node, what: str) -> tuple[str, ...]:
    columns = listed(scalar)(node, what)
    check_count(node, len(columns), what)
    names = [item.text if item.text == "from" else variable(item, "column") for item in columns]
    for index, item in enumerate(columns):
        if names[index] in names[:index]:
            raise item.error(f"duplicate column {names[index]}")
    return tuple(names)


def _cells(node: Node, what: str) -> tuple[Node, list[Node]]:
    return node, as_kind(node, Sequence, "a row").items


STEP = {"name": optional(_name), "from": optional(_sources), "when": optional(expression)}
"""What every line may have."""

REPEAT = {"n": needed(_one_value), "layers": needed(parse_chain)}
STAGES = {
    "block": needed(text),
    "columns": needed(_columns),
    "rows": needed(listed(_cells, empty="stages without rows")),
    "with": optional(expressions, {}),
    "rest": optional(expressions, {}),
}
_TABLES = {"repeat": REPEAT, "stages": STAGES}


def _repeat(place: Node, body: Node) -> Repeat:
    given = decode(body, "repeat", {**STEP, **REPEAT}, place=place)
    step = Repeat(place, "repeat")
    _common(step, given)
    step.n, step.chain = given["n"], given["layers"]
    label(step.chain)
    return step


def _stages(place: Node, body: Node) -> Stages:
    given = decode(body, "stages", {**STEP, **STAGES}, place=place)
    step = Stages(place, "stages")
    _common(step, given)
    step.label = step.name or "stage"
    step.type, step.columns, step.with_, step.rest = (given[key] for key in ("block", "columns", "with", "rest"))
    rows = []
    for row, cells in given["rows"]:
        if len(cells) != len(step.columns):
            raise row.error(f"a row of {len(cells)} values; the columns are {shown(', '.join(step.columns))}")
        by_name = dict(zip(step.columns, cells, strict=True))
        start = by_name.pop("from", None)
        sources = None if start is None else _sources(start)
        rows.append(Row(row, {name: expression(cell, name) for name, cell in by_name.items()}, sources))
    step.rows = tuple(rows)
    return step


def steps_of(chain: Chain) -> Iterable[Step]:
    """All lines of a body, those inside merges included, those of repeats not: they have a scope of their own."""
    for step in chain.steps:
        rows = step.rows if isinstance(step, Stages) else ()
        for source in (*(step.sources or ()), *(source for row in rows for source in row.sources or ())):
            if isinstance(source, Chain):
                yield from steps_of(source)
        yield step


def names_of(step: Step) -> list[str]:
    """The names by which others can refer to ``step``: its own, or those of the rows of its table."""
    if isinstance(step, Stages):
        return [f"{step.label}{number}" for number in range(1, len(step.rows) + 1)]
    return [] if step.name is None else [step.name]


def places_of(step: Step) -> Iterable[tuple[str, Node]]:
    """The names of ``step`` and where they stand."""
    return zip(
        names_of(step), [row.node for row in step.rows] if isinstance(step, Stages) else [step.node], strict=False
    )


def label(chain: Chain, reserved: Iterable[str] = ()) -> None:
    """Gives every line of a body its part of a path: its name; or its type, numbered where there are several."""
    steps = list(steps_of(chain))
    taken: dict[str, Node] = {}
    for step in steps:
        for name, place in places_of(step):
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
