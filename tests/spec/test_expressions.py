"""Expressions: what is allowed has Python's value, what is not is refused, nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import dims
from costcalc.dims import MAX_BITS
from costcalc.spec.expressions import KEYWORDS, MAX_DEPTH, MAX_LENGTH, ExpressionError, compile_text
from tests.spec.writing import graph, refusal


class _Known:
    """An environment of a few variables, a function and a tensor."""

    def __init__(self, variables: Mapping[str, Any] | None = None) -> None:
        self.variables = variables or {}

    def value(self, name: str) -> Any:
        return self.variables[name]

    def call(self, name: str, arguments: Sequence[Any]) -> Any:
        assert name == "double"
        return 2 * arguments[0]

    def size_of(self, name: str, axis: int) -> Any:
        return {"stem": (32, 112), "a.stage6.1.my-step": (7, 3)}[name][axis]

    def decide(self, condition: Any) -> bool:
        return dims.decide(condition)


def _value(text: str, **variables: Any) -> Any:
    return compile_text(text).evaluate(_Known(variables))


def _refusal(text: str, **variables: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        _value(text, **variables)
    return str(caught.value)


# Allowed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("224", 224),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        ("2 + 3", 5),
        ("2 - 3", -1),
        ("2 * 3", 6),
        ("7 / 2", 3.5),
        ("6 / 2", 3.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("7.5 // 2", 3.0),
        ("-3", -3),
        ("+3", 3),
        ("--3", 3),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2 - 3 - 4", -5),
        ("1 == 1", True),
        ("1 == 1.0", True),
        ("1 != 1", False),
        ("1 < 2", True),
        ("2 <= 2", True),
        ("1 > 2", False),
        ("2 >= 3", False),
        ("1 < 2 and 2 < 3", True),
        ("1 > 2 or 2 > 3", False),
        ("not 1 < 2", False),
        ("1 < 2 or 1 // 0 == 1", True),
        ("1 > 2 and 1 // 0 == 1", False),
        ("3 if 1 < 2 else 4", 3),
        ("3 if 1 > 2 else 4", 4),
        ("3 if 1 < 2 else 1 // 0", 3),
        ("int(3.9)", 3),
        ("int(-3.9)", -3),
        ("round(3.5)", 4),
        ("round(2.5)", 2),
        ("round(7)", 7),
        ("min(3, 1, 2)", 1),
        ("max(1, 2.5)", 2.5),
        ("make_divisible(33)", 32),
        ("make_divisible(36)", 40),
        ("make_divisible(11, 8)", 16),  # 8 is below 0.9 * 11 = 9.9
        ("make_divisible(3, 8)", 8),
        ("make_divisible(1280 * 1.4, 8)", 1792),
        ("double(4)", 8),
        ("double(double(4)) + 1", 17),
        ("channels(stem)", 32),
        ("height(stem) // 2", 56),
        ("height( stem )", 112),
        ("channels(a.stage6.1.my-step) + height(stem)", 7 + 112),
        ("a + b", 30),
        ("a if flag else b", 10),
        ("not flag", False),
        ("flag and a == 10", True),
        ("act == word", True),
        ("act != other", True),
        ("act == 3", False),
        ("pair", (1, 7)),
        ("  a  +\n  b ", 30),
        ("large / 2", 2.0**52 - 0.5),
    ],
)
def test_each_construct_has_pythons_value(text: str, value: object) -> None:
    """And its type."""
    variables = {
        "a": 10,
        "b": 20,
        "flag": True,
        "act": "relu",
        "word": "relu",
        "other": "tanh",
        "pair": (1, 7),
        "large": 2**53 - 1,
    }
    result = _value(text, **variables)
    assert (result, type(result)) == (value, type(value))


def test_the_names_that_a_text_uses_are_known_before_it_runs() -> None:
    """Variables, functions with how many arguments, tensors."""
    compiled = compile_text("width(c * alpha, 8) + channels(stem) if t != 1 else max(c, 1)")
    assert compiled.names == {"c", "alpha", "t"}
    assert compiled.calls == {("width", 2)}
    assert compiled.tensors == {"stem"}


def test_whole_numbers_are_exact_at_any_size() -> None:
    """Far beyond a float."""
    assert _value("a * a + 1", a=10**30) == 10**60 + 1
    assert _value("(a + 1) // 1 - a", a=2**200) == 1


INTEGERS = st.recursive(
    st.integers(0, 1000).map(str) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | inner.map(lambda t: f"-{t}")
        | st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} <= {t[2]} else {t[0]} + 1)")
        | st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})")
        | st.tuples(inner, inner).map(lambda t: f"min({t[0]}, {t[1]})")
    ),
    max_leaves=12,
)


@given(text=INTEGERS, a=st.integers(-(10**6), 10**6), b=st.integers(0, 10**6))
def test_integer_expressions_evaluate_as_python_does(text: str, a: int, b: int) -> None:
    """Any nesting; a division by zero is an error in both."""
    if len(text) > MAX_LENGTH:
        return
    try:
        expected = eval(text, {"__builtins__": {}, "max": max, "min": min}, {"a": a, "b": b})
    except ZeroDivisionError:
        assert _refusal(text, a=a, b=b).startswith("division by zero: ")
        return
    if expected.bit_length() <= MAX_BITS:
        assert _value(text, a=a, b=b) == expected


@given(st.text(max_size=60))
def test_any_text_has_a_value_or_one_error(text: str) -> None:
    """Whatever stands there, no other exception comes out."""
    try:
        compiled = compile_text(text)
    except ExpressionError:
        return
    if not (compiled.names or compiled.calls or compiled.tensors):
        try:
            value = compiled.evaluate(_Known())
        except ExpressionError:
            return
        assert isinstance(value, (int, float))


# Refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.real", "not allowed in an expression: attribute access"),
        ("().__class__", "not allowed in an expression: attribute access"),
        ("a.b(3)", "not allowed in an expression: attribute access"),
        ("10**10**10", "not allowed in an expression: **"),
        ("2**3", "not allowed in an expression: **"),
        ("'relu'", "not allowed in an expression: 'relu' (there are no strings)"),
        ("b'x'", "not allowed in an expression: b'x' (there are no strings)"),
        ("f'{a}'", "not allowed in an expression: a string"),
        ("[1, 2]", "not allowed in an expression: a list"),
        ("(1, 2)", "not allowed in an expression: a list"),
        ("1, 2", "not allowed in an expression: a list"),
        ("{1: 2}", "not allowed in an expression: a mapping"),
        ("{1}", "not allowed in an expression: a set"),
        ("[a for a in b]", "not allowed in an expression: [a for a in b]"),
        ("(a for a in b)", "not allowed in an expression: (a for a in b)"),
        ("lambda: 1", "not allowed in an expression: a function of its own"),
        ("(a := 3)", "not allowed in an expression: an assignment"),
        ("a[0]", "not allowed in an expression: indexing"),
        ("~a", "not allowed in an expression: ~a"),
        ("a << 2", "not allowed in an expression: a << 2"),
        ("a & 2", "not allowed in an expression: a & 2"),
        ("a @ b", "not allowed in an expression: a @ b"),
        ("a in b", "not allowed in an expression: a in b"),
        ("a is b", "not allowed in an expression: a is b"),
        ("...", "not allowed in an expression: ..."),
        ("1j", "not allowed in an expression: 1j"),
        ("0x10", "not allowed in an expression: 0x10 (numbers are decimal, without _)"),
        ("1_000", "not allowed in an expression: 1_000 (numbers are decimal, without _)"),
        ("a # b", "not allowed in an expression: #"),
        ("3 \N{MULTIPLICATION SIGN} 4", "not allowed in an expression: \N{MULTIPLICATION SIGN}"),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}", "not allowed in an expression: \N{FULLWIDTH LATIN SMALL LETTER A}"),
        ("\N{ARABIC-INDIC DIGIT THREE}", "not allowed in an expression: \N{ARABIC-INDIC DIGIT THREE}"),
        ("True", "True is not a word of the language (write true)"),
        ("None", "None is not a word of the language (write none)"),
        ("1 < a < 3", "one comparison at a time (join two with and)"),
        ("a = 3", "'a = 3' is not an expression"),
        ("import os", "'import os' is not an expression"),
        ("await a", "not allowed in an expression: await a"),
        ("yield", "'yield' is not an expression"),
        ("010", "'010' is not an expression: a number begins with 0"),
        ("1 +", "'1 +' is not an expression"),
        (
            "max(1",
            "'max(1' is not an expression: a bracket is not closed"
            " (quote it: YAML ends a text in { } or [ ] at a comma)",
        ),
        ("(lambda: 3)()", "not allowed in an expression: a function of its own"),
        ("double(3)(4)", "not allowed in an expression: double(3)"),
        ("double(x=3)", "double takes plain arguments only"),
        ("double(*a)", "double takes plain arguments only"),
        ("int()", "int takes 1 argument, not 0"),
        ("round(3.5, 1)", "round takes 1 argument, not 2"),
        ("min(1)", "min takes 2 to 20 arguments, not 1"),
        ("height(3)", "height takes the name of a tensor, or its path, and nothing else"),
        ("height(stem + 1)", "height takes the name of a tensor, or its path, and nothing else"),
        ("height(stem, 3)", "height takes the name of a tensor, or its path, and nothing else"),
        ("double(backbone.stem)", "not allowed in an expression: attribute access"),
        ("backbone.stem", "not allowed in an expression: attribute access"),
        ("channels(a.stage6.1.my-step) + relu", "relu is tanh, not a number"),
        ("1e999", "the result is not a finite number"),
        ("1e308 * 10", "the result is not a finite number"),
        ("-1e308 - 1e308", "the result is not a finite number"),
        ("1 / 0", "division by zero: 1 / 0"),
        ("a // (a - 10)", "division by zero: a // (a - 10)"),
        ("1 % 0", "division by zero: 1 % 0"),
        ("1.0 / 0.0", "division by zero: 1.0 / 0.0"),
        ("int(1e300)", "the result has 997 bits; at most 256 are allowed"),
        ("9" * 78, "the result has 260 bits; at most 256 are allowed"),
        ("relu + 1", "relu is tanh, not a number"),
        ("-flag", "flag is true, not a number"),
        ("int(none)", "none is not a number"),
        ("pair * 2", "pair is [1, 7], not a number"),
        ("relu < 3", "relu is tanh, not a number"),
        ("a and flag", "a is 10, not true or false"),
        ("3 if a else 4", "a is 10, not true or false"),
        ("not a", "a is 10, not true or false"),
        ("make_divisible(8, 0)", "the divisor of make_divisible must be a whole number of at least 1"),
        ("make_divisible(8, 2.5)", "the divisor of make_divisible must be a whole number of at least 1"),
        ("big / 3", "a number of 54 bits in floating point, which holds 53 (// is exact)"),
        ("big * 0.5", "a number of 54 bits in floating point, which holds 53 (// is exact)"),
        ("make_divisible(big, 8)", "a number of 54 bits in floating point, which holds 53 (// is exact)"),
        ("1 + " * 125 + "1", "an expression of 501 characters; at most 500 are allowed"),
    ],
)
def test_what_is_not_allowed_is_refused(text: str, message: str) -> None:
    """In a few words."""
    assert _refusal(text, a=10, b=20, flag=True, relu="tanh", none=None, pair=(1, 7), big=2**53) == message


@pytest.mark.parametrize("text", ["__import__('os').system('true')", "print(1)", "exec('1')", "open('/etc/passwd')"])
def test_only_functions_of_the_language_and_of_the_spec_are_called(text: str) -> None:
    """Python's own are unknown to a spec."""
    spec = f'input: [3, 8, 8]\nlayers:\n  - conv: {{out: "{text}"}}\n'
    assert refusal(spec).startswith("model.yaml:3:17: layers[0].conv.out: ")


def test_no_word_of_python_is_a_name() -> None:
    """``in`` or ``lambda`` alone is an error of its own, never an unknown name."""
    for word in sorted(KEYWORDS - {"True", "False", "None"}):
        assert _refusal(word).startswith(f"'{word}' is not an expression") or "not allowed" in _refusal(word)


# Limits


@pytest.mark.parametrize("opening", ["-", "not ", "(1 + ", "double(", "1 if 2 > 1 else ", "max(1, "])
def test_nesting_has_a_limit_that_a_deep_text_meets_quickly(opening: str) -> None:
    """The limit is the language's, long before that of the interpreter's stack."""
    closing = ")" if "(" in opening else ""
    deepest = min(MAX_DEPTH, MAX_LENGTH // (len(opening) + len(closing)))
    for depth in range(1, deepest):
        flag = opening.startswith("not")
        assert _value(opening * (depth - 1) + ("flag" if flag else "1") + closing * (depth - 1), flag=True) is not None
    text = opening * (MAX_DEPTH + 1) + "1" + closing * (MAX_DEPTH + 1)
    assert _refusal(text) in (
        f"nested deeper than {MAX_DEPTH} levels",
        f"an expression of {len(text)} characters; at most {MAX_LENGTH} are allowed",
    )


def test_values_that_square_each_other_end_at_256_bits() -> None:
    """Eight squarings of three; forty would never end."""
    lines = ["v0: 3"] + [f"v{i}: v{i - 1} * v{i - 1}" for i in range(1, 15)]
    define = f"input: [3, 8, 8]\ndefine: {{{', '.join(lines)}}}\nlayers: [conv: {{out: v14}}]\n"
    let = (
        f"input: [3, 8, 8]\nlayers: [b]\nblocks: {{b: {{let: {{{', '.join(lines)}}}, layers: [conv: {{out: v14}}]}}}}\n"
    )
    for spec in (define, let):
        assert refusal(spec).endswith("v8: the result has 406 bits; at most 256 are allowed")


def test_functions_that_double_their_work_end_at_the_limit_of_work() -> None:
    """2**19 calls by each of many lines."""
    lines = ["f0(x): x"] + [f"f{i}(x): f{i - 1}(x) + f{i - 1}(x)" for i in range(1, 20)]
    spec = "\n".join(["input: [3, 8, 8]", "define:", *(f"  {line}" for line in lines), "layers: [conv: {out: f19(1)}]"])
    started = time.process_time()
    assert "the model is too large: more than 500,000 steps of work" in refusal(spec)
    assert time.process_time() - started < 10


def test_a_chain_of_definitions_has_a_limit() -> None:
    """Each evaluates the next, on the interpreter's stack."""
    lines = ["v0: 3"] + [f"v{i}: v{i - 1} + 1" for i in range(1, 200)]
    spec = "\n".join(["input: [3, 8, 8]", "define:", *(f"  {line}" for line in lines), "layers: [conv: {out: v199}]"])
    assert "v20: a chain of more than 20 definitions" in refusal(spec)


def test_a_size_of_10_to_the_18_is_exact() -> None:
    """Nothing passes through a float."""
    n = 10**18 + 1
    spec = "knobs: {resolution: 8}\ninput: [3, resolution, resolution]\nlayers: [conv: {out: resolution, kernel: 3}]\n"
    (_, conv) = graph(spec, {"resolution": n}).nodes
    assert conv.shape == (n, n, n)
    assert conv.ledger == {"macs": 27 * n**3}
    assert int(float(n)) != n  # a float would have lost the last digit


# Exact ones, of documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 * 3 - 0.3", 0),
        ("a.params / b.params * 3", 7),
        ("1e3 // 7", 142),
        ("min(a.params, 7.5) + max(1, .5)", 8),
        ("round(7.5) + int(7.9)", 15),
        ("make_divisible(a.params)", 8),
    ],
)
def test_an_exact_expression_computes_with_fractions(text: str, value: int) -> None:
    """A third is a third; every function works on fractions; a name may have one dot."""
    names = _Known({"a.params": Fraction(7), "b.params": Fraction(3)})
    assert compile_text(text, dotted=True, exact=True).evaluate(names) == value


def test_a_dotted_name_has_one_dot_and_stands_in_documents_only() -> None:
    """In a spec a dot is attribute access, which there is not."""
    assert compile_text("a.params", dotted=True).names == {"a.params"}
    for text, dotted in (("a.params + 1", False), ("a.b.params + 1", True), ("(a + 1).params", True)):
        with pytest.raises(ExpressionError, match="attribute access"):
            compile_text(text, dotted=dotted)
