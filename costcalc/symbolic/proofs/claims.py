"""A theorem as a YAML file: symbols, graphs over them, and comparisons of what the graphs cost.

The graphs are specs in the language of models, or shipped models; the comparisons are expressions of the same language,
over the rationals, in which ``macs(graph)`` and its like are functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from costcalc.dims import Dim, product
from costcalc.errors import nearest, shown
from costcalc.graph import Graph
from costcalc.memory.inference import Inference, declared
from costcalc.memory.liveness import liveness
from costcalc.quantities import LEDGER, QUANTITIES, Quantity, Setting
from costcalc.spec.decode import as_kind, blaming, decode, listed, mapping, needed, optional, scalar, text, words
from costcalc.spec.expressions import COMPARISONS, FUNCTIONS, TENSOR_FUNCTIONS, compile_text, parsed
from costcalc.spec.library import load, load_document
from costcalc.spec.model import Expr, Knob, ModelSpec
from costcalc.spec.read import Mapping as Nodes
from costcalc.spec.read import Node, Scalar
from costcalc.spec.read import Sequence as List
from costcalc.spec.values import expression, reserved_words, variable

__all__ = ["Claim", "GraphSpec", "Interval", "Statement", "measures", "parse"]


def _elements(graph: Graph, setting: Setting) -> Sequence[Dim]:
    ends = {0, *(output.node for output in graph.outputs)}
    return [product(node.shape) if index in ends else 0 for index, node in enumerate(graph.nodes)]


def _inner(graph: Graph, setting: Setting) -> Dim:
    steps = declared(graph, Inference(setting.batch, setting.dtype))
    ends = {*steps.given, *steps.kept}
    without = (each._replace(size=0) if number in ends else each for number, each in enumerate(steps.storages))
    return liveness(steps._replace(storages=tuple(without))).peak


OF_ENDS = (
    Quantity("elements", "Elements of the input and the results", "elements", _elements),
    Quantity("inner", "Peak memory without the input and the results", "bytes", whole=_inner),
)


def measures() -> Mapping[str, Quantity]:
    """The functions of a graph that a claim may call: each quantity that runs over symbols, and those of `OF_ENDS`.

    ``memory`` is short for ``peak_memory``. ``limit(x, n)``, which is no quantity, is the limit of x as n grows.
    """
    known = {key: each for key, each in {**QUANTITIES, **LEDGER}.items() if each.symbolic}
    return {**known, "memory": known["peak_memory"], **{each.key: each for each in OF_ENDS}}


_INTERVAL = re.compile(r"(-?[0-9]{1,18})(?:\.\.(-?[0-9]{1,18}))?")


class Interval(NamedTuple):
    """The whole numbers that a symbol may be: from ``least`` on, up to ``most`` if there is one."""

    least: int
    most: int | None = None


class GraphSpec(NamedTuple):
    """A graph of a theorem: a model and the values of those of its knobs that the theorem says."""

    model: ModelSpec
    knobs: Mapping[str, Expr]
    inline: bool


class Claim(NamedTuple):
    """``left sign right`` about ``graphs``, over the symbols on which they depend, with their intervals."""

    text: str
    left: Expr
    sign: str
    right: Expr
    symbols: Mapping[str, Interval]
    graphs: frozenset[str]


class Statement(NamedTuple):
    """All that a file says."""

    name: str
    claim: str
    source: str
    conditions: str
    let: Mapping[str, Expr]
    graphs: Mapping[str, GraphSpec]
    claims: Sequence[Claim]


def parse(node: Node, name: str) -> Statement:
    """The theorem in a document. Raises SpecError for what is not one."""
    given = decode(node, "a theorem", THEOREM)
    symbols = given["symbols"]
    let = _let(given["let"], symbols) if given["let"] else {}
    graphs = _graphs(given["graphs"], [*symbols, *let]) if given["graphs"] else {}
    uses = {key: expr.compiled.names for key, expr in let.items()}
    for key in graphs:
        uses[key] = frozenset(_words(given["graphs"].items[key]))
    claims = [_claim(item, symbols, {*symbols, *let}, graphs, uses) for item in given["prove"]]
    return Statement(name, given["claim"], given["source"], given["conditions"], let, graphs, claims)


def _named(place: Scalar, what: str) -> str:
    name = variable(place, what)
    if name in reserved_words() or name in measures() or name == "limit":
        raise place.error(f"{what} {name}: the language has a meaning for this name")
    return name


def _symbols(node: Node, what: str) -> dict[str, Interval]:
    entries = as_kind(node, Nodes, what)
    return {_named(entries.keys[key], "symbol"): _interval(value, key) for key, value in entries.items.items()}


def _interval(node: Node, name: str) -> Interval:
    found = text(node, f"symbol {name}")
    match = _INTERVAL.fullmatch(found.strip())
    what = f"symbol {name} = {shown(found)}"
    if not match:
        rule = "the least whole number that it may be, or the least and the greatest: 1..71"
        raise node.error(f"{what}: must be {rule}")
    interval = Interval(int(match[1]), None if match[2] is None else int(match[2]))
    if interval.least < 0:
        raise node.error(f"{what}: must not be negative")
    if interval.most is not None and interval.most < interval.least:
        raise node.error(f"{what}: holds no number")
    return interval


THEOREM = {
    "claim": needed(words),
    "source": needed(words),
    "conditions": optional(words, ""),
    "symbols": optional(_symbols, {}),
    "let": optional(mapping),
    "graphs": optional(mapping),
    "prove": needed(listed(lambda node, what: node, empty="prove: at least one comparison")),
}
COMPARISON = {"that": needed(scalar), "for": optional(_symbols, {})}


def _exact(node: Node, what: str) -> Expr:
    found = text(node, what).strip()
    if not found:
        raise node.error(f"{what} is missing")
    return _compiled(found, node)


def _compiled(text: str, node: Node) -> Expr:
    with blaming(node):
        return Expr(compile_text(text, exact=True), node)


def _let(entries: Nodes, symbols: Mapping[str, Interval]) -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    for key, value in entries.items.items():
        name = _named(entries.keys[key], "let")
        if name in symbols:
            raise entries.keys[key].error(f"let {name}: a symbol already has that name")
        expr = _exact(value, f"let {key}")
        _check_names(expr, {*symbols, *found}, {})
        found[name] = expr
    return found


def _graphs(entries: Nodes, names: Sequence[str]) -> dict[str, GraphSpec]:
    knobs = [Knob(name, 1.0) for name in names]
    found = {}
    for key, value in entries.items.items():
        name = _named(entries.keys[key], "graph")
        if name in names:
            raise entries.keys[key].error(f"graph {name}: a symbol already has that name")
        found[name] = _graph(as_kind(value, Nodes, f"graph {key}"), name, names, knobs)
    return found


def _graph(node: Nodes, name: str, names: Sequence[str], knobs: Sequence[Knob]) -> GraphSpec:
    if "model" not in node.items:
        return GraphSpec(load_document(node, name, knobs), {}, inline=True)
    place = node.items["model"]
    with blaming(place):
        model = load(text(place, "model"), strict=True)
    given = {}
    for key, value in node.items.items():
        if key == "model":
            continue
        if key not in model.knobs:
            raise node.keys[key].error(f"{model.name} has no knob {shown(key)}", nearest(key, model.knobs))
        is_word = isinstance(model.knobs[key].default, (bool, str))
        given[key] = expression(value, key) if is_word else _exact(value, key)
        _check_names(given[key], {*names, *model.words, "true", "false"}, {})
    return GraphSpec(model, given, inline=False)


def _claim(
    node: Node,
    symbols: Mapping[str, Interval],
    known: set[str],
    graphs: Mapping[str, GraphSpec],
    uses: Mapping[str, frozenset[str]],
) -> Claim:
    own = dict(symbols)
    place = node
    if isinstance(node, Nodes):
        given = decode(node, "a comparison with symbols of its own", COMPARISON)
        place = given["that"]
        for name, interval in given["for"].items():
            if name not in symbols:
                raise node.items["for"].error(f"for: no symbol is called {name}", nearest(name, symbols))
            own[name] = interval
    comparison = words(place, "a comparison")
    left, sign, right = _sides(comparison, place)
    for side in (left, right):
        _check_names(side, known, graphs)
    names = left.compiled.names | left.compiled.tensors | right.compiled.names | right.compiled.tensors
    used = _closure(names, uses)
    intervals = {name: interval for name, interval in own.items() if name in used}
    return Claim(comparison, left, sign, right, intervals, names & graphs.keys())


def _words(node: Node) -> Iterator[str]:
    """The names that stand in the texts of a graph."""
    if isinstance(node, Scalar):
        yield from re.findall(r"[A-Za-z_][A-Za-z0-9_]*", node.text)
    elif isinstance(node, List):
        for item in node.items:
            yield from _words(item)
    elif isinstance(node, Nodes):
        for key, value in node.items.items():
            # A value that is left out is the variable that the key names.
            yield from _words(value) if not isinstance(value, Scalar) or value.text else (key,)


def _closure(names: frozenset[str], uses: Mapping[str, frozenset[str]]) -> set[str]:
    """``names``, and those that they use."""
    found: set[str] = set()
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += uses.get(name, ())
    return found


def _sides(text: str, node: Node) -> tuple[Expr, str, Expr]:
    _compiled(text, node)  # what the language does not allow is told first
    tree = parsed(text)
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in COMPARISONS:
        raise node.error(f"{shown(text)}: must be one comparison", "macs(a) == 2 * macs(b)")
    sides = [ast.get_source_segment(text, side) or "" for side in (tree.left, tree.comparators[0])]
    return _compiled(sides[0], node), COMPARISONS[type(tree.ops[0])], _compiled(sides[1], node)


def _check_names(expr: Expr, known: set[str], graphs: Mapping[str, GraphSpec]) -> None:
    compiled = expr.compiled
    for name in sorted(compiled.names):
        if name not in known and name not in graphs:
            raise expr.node.error(f"unknown name {shown(name)}", nearest(name, {*known, *graphs}))
    for name, count in sorted(compiled.calls):
        wanted = 1 if name in measures() else 2 if name == "limit" else None
        if wanted is None:
            known_functions = {*measures(), "limit", *FUNCTIONS, *TENSOR_FUNCTIONS}
            raise expr.node.error(f"unknown function {shown(name)}", nearest(name, known_functions))
        if count != wanted:
            raise expr.node.error(f"{name} takes {wanted} argument{'' if wanted == 1 else 's'}, not {count}")
    for name in sorted(compiled.tensors):
        if name not in graphs:
            raise expr.node.error(f"unknown graph {shown(name)}", nearest(name, graphs))
