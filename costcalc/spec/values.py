"""What a node of a spec may hold: a name, an expression, an argument. Checks raise SpecError at its place."""

from __future__ import annotations

import re
from functools import cache

from costcalc.errors import shown
from costcalc.layers import LAYERS
from costcalc.layers.fields import Padding, Word
from costcalc.spec.decode import as_kind, blaming
from costcalc.spec.expressions import FUNCTIONS, KEYWORDS, TENSOR_FUNCTIONS, compile_text
from costcalc.spec.model import WORDS, Argument, Expr
from costcalc.spec.read import Mapping, Node, Scalar, Sequence

__all__ = [
    "NAME",
    "TAKEN",
    "argument",
    "check_count",
    "check_length",
    "expression",
    "expressions",
    "reserved_words",
    "variable",
]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_NAME = 60
MAX_VARIABLES = 256
"""How many knobs, definitions, arguments, values or columns may stand beside each other."""

TAKEN = frozenset({*FUNCTIONS, *TENSOR_FUNCTIONS, *KEYWORDS, "cin"})
"""The names that have a meaning already."""


def variable(node: Scalar, what: str) -> str:
    """The name of a variable, which must not be one that the language has already."""
    name = node.text
    if not NAME.fullmatch(name):
        raise node.error(f"{what} {shown(name)!r}: a name has letters, digits and _ only, and no digit first")
    check_length(node, what)
    if name in TAKEN or name in reserved_words():
        raise node.error(f"{what} {name}: the language has a meaning for this name")
    return name


@cache
def reserved_words() -> frozenset[str]:
    """The words that evaluate to themselves in every spec: paddings, the choices of layers, true, false, none."""
    words = {*WORDS, *Padding.WORDS}
    for layer in LAYERS.values():
        for field in layer.fields.values():
            if isinstance(field, Word):
                words.update(field.words)
    return frozenset(words)


def check_length(node: Scalar, what: str) -> None:
    """Refuses a name that is too long: it would stand in the path of every node."""
    if len(node.text) > MAX_NAME:
        raise node.error(f"{what} {shown(node.text, 20)}: a name has at most {MAX_NAME} characters")


def check_count(node: Node, count: int, what: str) -> None:
    """Refuses more than `MAX_VARIABLES` of ``what``."""
    if count > MAX_VARIABLES:
        raise node.error(f"{count:,} {what}; at most {MAX_VARIABLES} are allowed")


def expression(node: Node, what: str = "a value") -> Expr:
    """The expression that ``node`` holds. Raises SpecError at its place."""
    scalar = as_kind(node, Scalar, what)
    if not scalar.text.strip():
        raise node.error(f"{shown(what)} is missing")
    with blaming(node):
        return Expr(compile_text(scalar.text.strip()), node)


def argument(key: str, node: Node) -> Argument:
    """The value of ``key``: an expression, a pair of them, or nothing for the variable of that name."""
    if isinstance(node, Sequence):
        return tuple(expression(item, key) for item in node.items)
    if isinstance(node, Scalar) and node.empty:
        if not NAME.fullmatch(key) or key in KEYWORDS:
            raise node.error(f"{shown(key)} without a value must be the name of a variable")
        return Expr(compile_text(key), node)
    return expression(node, key)


def expressions(node: Node, what: str) -> dict[str, Expr]:
    """Expressions by the variable that each gives."""
    entries = as_kind(node, Mapping, what)
    check_count(node, len(entries.items), what)
    for place in entries.keys.values():
        variable(place, what)
    return {key: expression(value, f"{what} {key}") for key, value in entries.items.items()}
