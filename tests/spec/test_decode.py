"""Records of YAML are read as their fields are declared, and what is wrong is told at its place."""

from __future__ import annotations

from typing import Any

import pytest

from costcalc.errors import SpecError, UsageError
from costcalc.spec.decode import (
    blaming,
    decode,
    listed,
    mapped,
    names,
    needed,
    one_of,
    optional,
    scalar,
    text,
    whole,
    words,
)
from costcalc.spec.read import read_text

FIELDS = {
    "name": needed(words, "a text"),
    "kind": optional(one_of(("small", "large")), "small"),
    "sizes": optional(listed(whole, empty="sizes: the list is empty"), ()),
    "knobs": optional(mapped(text), {}),
    "parts": optional(lambda node, what: [item.text for item in names(node, what)]),
}


def read(yaml: str, **options: Any) -> dict[str, Any]:
    """The record that ``yaml`` holds."""
    return decode(read_text(yaml, "a.yaml"), "a thing", FIELDS, **options)


def test_a_record_has_every_field_in_the_order_of_the_declaration() -> None:
    """Read by its kind, or what it is where it is left out."""
    found = read("{sizes: [3, 40], name: 'a\n  net', parts: stem}")
    assert found == {"name": "a net", "kind": "small", "sizes": (3, 40), "knobs": {}, "parts": ["stem"]}
    assert list(found) == list(FIELDS)
    assert read("{name: a, parts: [x, y], knobs: {alpha: 0.5}}")["knobs"] == {"alpha": "0.5"}


def test_a_record_that_is_open_may_have_other_keys() -> None:
    """They are not among the values."""
    assert list(read("{name: a, other: 1}", closed=False)) == list(FIELDS)


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("[1]", "a.yaml:1:1: a thing must be a mapping, not a list"),
        ("{kind: small}", "a.yaml:1:1: a thing needs name: a text"),
        ("{name: ''}", "a.yaml:1:8: name: name is empty"),
        ("{name: a, nmae: b}", "a.yaml:1:11: nmae: a thing has no key nmae (did you mean name?)"),
        ("{name: a, kind: huge}", "a.yaml:1:17: kind: kind huge: must be one of small, large"),
        ("{name: a, sizes: []}", "a.yaml:1:18: sizes: sizes: the list is empty"),
        ("{name: a, sizes: 3}", "a.yaml:1:18: sizes: sizes must be a list, not the text 3"),
        ("{name: a, sizes: [1, 2.5]}", "a.yaml:1:22: sizes[1]: sizes 2.5: must be a whole number"),
        ("{name: a, sizes: [1234567890]}", "a.yaml:1:19: sizes[0]: sizes 1234567890: must be a whole number"),
        ("{name: a, knobs: {b: [1]}}", "a.yaml:1:22: knobs.b: b must be text, not a list"),
        ("{name: a, parts: [[1]]}", "a.yaml:1:19: parts[0]: parts must be text, not a list"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(yaml: str, said: str) -> None:
    """Line, column, path, the rule, and the nearest name."""
    with pytest.raises(SpecError) as error:
        read(yaml)
    assert str(error.value) == said


def test_a_missing_key_may_be_told_at_another_place() -> None:
    """Of a table in a line, where its name stands."""
    document = read_text("table:\n  kind: small", "a.yaml")
    place = scalar(read_text("\n\n x", "b.yaml"), "a place")
    with pytest.raises(SpecError, match=r"^b\.yaml:3:2: a thing needs name"):
        decode(document, "a thing", FIELDS, closed=False, place=place)


def test_what_is_refused_inside_is_wrong_at_the_node() -> None:
    """A UsageError becomes a SpecError with its words; an error with a place of its own stays."""
    node = read_text("\n a", "a.yaml")
    with pytest.raises(SpecError, match=r"^a\.yaml:2:2: no such value \(known: b\)"), blaming(node):
        raise UsageError("no such value", hint="known: b")
    with pytest.raises(SpecError, match=r"^b\.yaml: wrong"), blaming(node):
        raise SpecError("wrong", file="b.yaml")
