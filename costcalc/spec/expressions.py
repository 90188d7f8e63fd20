"""The expressions of the spec language.

Numbers, names, ``+ - * / // %``, comparisons, ``and or not``, ``a if c else b``, calls. A text is parsed by Python's
own grammar, of which a short list of constructs is let through, and compiled once into nested functions; nothing is
ever handed to ``eval``. Values are those of `costcalc.dims`, floats, booleans, None and words.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import warnings
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from costcalc.dims import (
    ARITHMETIC,
    MAX_BITS,
    arithmetic,
    check_divisor,
    compare,
    decide,
    is_array,
    is_symbol,
    make_divisible,
    maximum,
    minimum,
    ratio,
    rounded,
    truncated,
)
from costcalc.errors import CostcalcError, quoted, shown

__all__ = [
    "COMPARISONS",
    "FUNCTIONS",
    "KEYWORDS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "TENSOR_FUNCTIONS",
    "Environment",
    "Expression",
    "ExpressionError",
    "compile_text",
    "parsed",
    "wrong",
]

MAX_LENGTH = 500
MAX_DEPTH = 60
"""How deep operations may stand in each other; a sum of n terms is n deep."""

TENSOR_FUNCTIONS = {"channels": 0, "height": 1}
"""Functions that ask a named tensor for one of its sizes, and which."""


class ExpressionError(CostcalcError):
    """An expression that is not allowed or has no value. The caller adds the place."""


class Environment(Protocol):
    """What an expression is evaluated in; by default one with variables alone."""

    def value(self, name: str) -> Any:
        """The value of a variable or a reserved word."""

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The value of a function that the spec defines."""
        raise ExpressionError(f"no function {shown(name)}")

    def size_of(self, name: str, axis: int) -> Any:
        """The size of the tensor ``name`` along ``axis`` of (channels, height, width)."""
        raise ExpressionError(f"no tensor {shown(name)}")

    def decide(self, condition: Any) -> bool:
        """The truth of a condition on arrays or symbols."""
        return decide(condition)


_FLOAT_BITS = 53
_PATH = re.compile(rf"\b((?:{'|'.join(TENSOR_FUNCTIONS)}) ?\( ?)([A-Za-z_][\w-]*(?:\.[\w-]+)*)(?= ?\))", re.ASCII)
"""The path of a tensor where one is asked for its size; to Python's grammar it must look like a name."""

_DECIMAL = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

Evaluate = Callable[[Environment], Any]


class Expression(NamedTuple):
    """A compiled text, with the names that it uses (variables, functions, tensors) and how deep it nests."""

    text: str
    evaluate: Evaluate
    names: frozenset[str]
    calls: frozenset[tuple[str, int]]
    tensors: frozenset[str]
    depth: int = 1


def _number(value: Any, text: str) -> Any:
    if isinstance(value, (bool, str, tuple)) or value is None:
        raise wrong(value, text, "a number")
    return value


def wrong(value: Any, text: str, wanted: str) -> ExpressionError:
    """The error of an expression ``text`` whose ``value`` is of the wrong kind."""
    is_literal = shown(value) == text
    return ExpressionError(
        f"{shown(text)} is not {wanted}" if is_literal else f"{shown(text)} is {shown(value)}, not {wanted}"
    )


def _bounded(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError("the result is not a finite number")
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ExpressionError(f"the result has {value.bit_length()} bits; at most {MAX_BITS} are allowed")
    return value


def _check_floats(*values: Any) -> None:
    """Refuses whole numbers that a float cannot hold: the result would not be exact."""
    for value in values:
        if isinstance(value, int) and value.bit_length() > _FLOAT_BITS:
            bits = value.bit_length()
            raise ExpressionError(
                f"a number of {bits} bits in floating point, which holds {_FLOAT_BITS}", hint="// is exact"
            )


def _truth(value: Any, text: str, env: Environment) -> bool:
    if isinstance(value, bool):
        return value
    relation = is_symbol(value) and (value.is_Relational or value.is_Boolean)
    if relation or (is_array(value) and value.dtype.kind == "b"):
        return env.decide(value)
    raise wrong(value, text, "true or false")


def _make_divisible(value: Any, divisor: Any = 8) -> Any:
    if not is_symbol(divisor) and not (isinstance(divisor, int) and divisor >= 1):
        raise ExpressionError("the divisor of make_divisible must be a whole number of at least 1")
    _check_floats(value, divisor)
    return make_divisible(value, divisor)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "int": (truncated, 1, 1),
    "round": (rounded, 1, 1),
    "min": (minimum, 2, 20),
    "max": (maximum, 2, 20),
    "make_divisible": (_make_divisible, 1, 2),
}
"""The functions that every expression may call: what they do, and the least and greatest number of arguments."""

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "attribute access",
    ast.Pow: "**",
    ast.Subscript: "indexing",
    ast.Lambda: "a function of its own",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "a string",
    ast.List: "a list",
    ast.Tuple: "a list",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.Starred: "an unpacking",
}


class _Compiler:
    """Turns a syntax tree into nested functions and notes the names it meets."""

    def __init__(self, text: str, dotted: bool, exact: bool) -> None:
        self.text = text
        self.dotted = dotted
        self.exact = exact
        self.names: set[str] = set()
        self.calls: set[tuple[str, int]] = set()
        self.tensors: set[str] = set()
        self.depth = 0
        self.deepest = 0

    def compile(self, node: ast.expr) -> Evaluate:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH} levels")
        evaluate = self._compile(node)
        self.depth -= 1
        return evaluate

    def _compile(self, node: ast.expr) -> Evaluate:
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name):
            name = node.id
            self.names.add(name)
            return lambda env: env.value(name)
        if isinstance(node, ast.Attribute) and self.dotted and isinstance(node.value, ast.Name):
            dotted = f"{node.value.id}.{node.attr}"
            self.names.add(dotted)
            return lambda env: env.value(dotted)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.BoolOp):
            parts = [(self.compile(part), self._source(part)) for part in node.values]
            stop = isinstance(node.op, ast.Or)  # the truth value at which the rest no longer matters
            return lambda env: stop if any(_truth(part(env), text, env) is stop for part, text in parts) else not stop
        if isinstance(node, ast.IfExp):
            test, text = self.compile(node.test), self._source(node.test)
            yes, no = self.compile(node.body), self.compile(node.orelse)
            return lambda env: yes(env) if _truth(test(env), text, env) else no(env)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._refuse(node)

    def _constant(self, node: ast.Constant) -> Evaluate:
        value = node.value
        if isinstance(value, bool) or value is None:
            raise ExpressionError(f"{value} is not a word of the language", hint=f"write {str(value).lower()}")
        if not isinstance(value, (int, float)):
            hint = "there are no strings" if isinstance(value, (str, bytes)) else None
            raise ExpressionError(f"not allowed in an expression: {shown(self._source(node))}", hint=hint)
        if not _DECIMAL.fullmatch(self._source(node)):
            message = f"not allowed in an expression: {shown(self._source(node))}"
            raise ExpressionError(message, hint="numbers are decimal, without _")
        _bounded(value)
        if self.exact and isinstance(value, float):
            fraction = Fraction(self._source(node))
            return lambda env: fraction
        return lambda env: value

    def _arithmetic(self, node: ast.BinOp) -> Evaluate:
        sign = _SIGNS.get(type(node.op))
        if sign is None:
            raise self._refuse(node.op)
        operator = ratio if self.exact and sign == "/" else ARITHMETIC[sign]
        exact = self.exact
        left, right = self.compile(node.left), self.compile(node.right)
        left_text, right_text, text = self._source(node.left), self._source(node.right), self._source(node)

        def apply(env: Environment) -> Any:
            a, b = _number(left(env), left_text), _number(right(env), right_text)
            try:
                if not exact and (is_symbol(a) or is_symbol(b)):
                    return arithmetic(sign, a, b)
                if exact and sign in ("//", "%"):
                    check_divisor(b)
                result = _bounded(operator(a, b))
                if isinstance(result, float):
                    _check_floats(a, b)
                return result
            except ZeroDivisionError:
                raise ExpressionError(f"division by zero: {shown(text)}") from None
            except OverflowError:
                raise ExpressionError(f"{shown(text)} is beyond the range of floating-point numbers") from None

        return apply

    def _unary(self, node: ast.UnaryOp) -> Evaluate:
        operand, text = self.compile(node.operand), self._source(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda env: not _truth(operand(env), text, env)
        if isinstance(node.op, ast.USub):
            return lambda env: -_number(operand(env), text)
        if isinstance(node.op, ast.UAdd):
            return lambda env: _number(operand(env), text)
        raise self._refuse(node.op)

    def _comparison(self, node: ast.Compare) -> Evaluate:
        if len(node.ops) != 1:
            raise ExpressionError("one comparison at a time", hint="join two with and")
        symbol = COMPARISONS.get(type(node.ops[0]))
        if symbol is None:
            raise self._refuse(node.ops[0])
        left, right = self.compile(node.left), self.compile(node.comparators[0])
        texts = self._source(node.left), self._source(node.comparators[0])
        ordered = symbol not in ("==", "!=")

        def apply(env: Environment) -> Any:
            a, b = left(env), right(env)
            if ordered:
                _number(a, texts[0]), _number(b, texts[1])
            return compare(symbol, a, b)

        return apply

    def _call(self, node: ast.Call) -> Evaluate:
        if not isinstance(node.func, ast.Name):
            raise self._refuse(node.func)
        name = node.func.id
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError(f"{name} takes plain arguments only")
        count = len(node.args)
        if name in TENSOR_FUNCTIONS:
            if count != 1 or not isinstance(node.args[0], ast.Name):
                raise ExpressionError(f"{name} takes the name of a tensor, or its path, and nothing else")
            tensor, axis = self._source(node.args[0]), TENSOR_FUNCTIONS[name]
            self.tensors.add(tensor)
            return lambda env: env.size_of(tensor, axis)
        arguments = [self.compile(argument) for argument in node.args]
        if name not in FUNCTIONS:
            self.calls.add((name, count))
            return lambda env: env.call(name, [argument(env) for argument in arguments])
        function, least, most = FUNCTIONS[name]
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(f"{name} takes {wanted} argument{'' if most == 1 else 's'}, not {count}")
        texts = [self._source(argument) for argument in node.args]

        def apply(env: Environment) -> Any:
            values = [_number(argument(env), text) for argument, text in zip(arguments, texts, strict=True)]
            try:
                return _bounded(function(*values))
            except OverflowError:
                raise ExpressionError(f"the result of {name} is beyond the range of floating-point numbers") from None

        return apply

    def _source(self, node: ast.AST) -> str:
        """The text of ``node``, for messages; all of it is one line of ASCII."""
        return self.text[getattr(node, "col_offset", 0) : getattr(node, "end_col_offset", None)]

    def _refuse(self, node: ast.AST) -> ExpressionError:
        what = _REFUSED.get(type(node)) or shown(self._source(node))
        return ExpressionError(f"not allowed in an expression: {what}")


@lru_cache(maxsize=4096)
def compile_text(text: str, *, dotted: bool = False, exact: bool = False) -> Expression:
    """``text`` as an `Expression`. Raises ExpressionError for what the language does not allow.

    Where ``dotted``, a name may have one dot in it: ``a.params``. ``exact`` is arithmetic over the rationals instead of
    floats: ``1 / 3`` is a third.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression of {len(text)} characters; at most {MAX_LENGTH} are allowed")
    if text.isdecimal() and text.isascii() and (text[0] != "0" or text == "0"):
        number = _bounded(int(text))
        return Expression(text, lambda env: number, frozenset(), frozenset(), frozenset())
    if text.isidentifier() and text.isascii() and text not in KEYWORDS:
        return Expression(text, lambda env: env.value(text), frozenset((text,)), frozenset(), frozenset())
    source = " ".join(text.split())
    for character in source:
        if character == "#" or not character.isascii():
            raise ExpressionError(f"not allowed in an expression: {shown(character)}")
    try:
        tree = parsed(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason, hint = _syntax_reason(error)
        raise ExpressionError(f"{shown(text)!r} is not an expression{reason}", hint=hint) from None
    compiler = _Compiler(source, dotted, exact)
    evaluate = compiler.compile(tree)
    names, calls, tensors = frozenset(compiler.names), frozenset(compiler.calls), frozenset(compiler.tensors)
    return Expression(text, evaluate, names, calls, tensors, compiler.deepest)


def parsed(source: str) -> ast.expr:
    """The syntax tree of ``source``, in silence: Python warns of ``2and 3``. Raises SyntaxError and its like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(_PATH.sub(lambda found: found[1] + "_" * len(found[2]), source), mode="eval").body


def _syntax_reason(error: Exception) -> tuple[str, str | None]:
    """Why Python's parser refuses a text, as the end of a message, and a hint."""
    if not isinstance(error, SyntaxError) or error.msg.startswith("too many nested"):
        return ": it is nested too deep", None
    if error.msg.endswith("was never closed"):
        return ": a bracket is not closed", "quote it: YAML ends a text in { } or [ ] at a comma"
    if error.msg.startswith("leading zeros"):
        return ": a number begins with 0", None
    if error.msg.startswith("invalid syntax"):  # says no more than that it is no expression
        return "", None
    return f": {quoted('Python', error.msg.split(';')[0])}", None


KEYWORDS = frozenset(keyword.kwlist)
"""The words that the grammar has a meaning for: nothing else may bear such a name."""
