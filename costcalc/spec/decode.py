"""Records of YAML, declared as fields: the keys of a mapping, what each holds, and what is wrong, told at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias, TypeVar

from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.expressions import ExpressionError
from costcalc.spec.read import Mapping as Entries
from costcalc.spec.read import Node, Scalar, Sequence

__all__ = [
    "Key",
    "Read",
    "as_kind",
    "blaming",
    "check_keys",
    "decode",
    "described",
    "listed",
    "mapped",
    "mapping",
    "names",
    "needed",
    "one_of",
    "optional",
    "scalar",
    "text",
    "whole",
    "words",
]

T = TypeVar("T")
N = TypeVar("N", Entries, Sequence, Scalar)

Read: TypeAlias = Callable[[Node, str], Any]
"""What a node holds, called by the name in the text. Raises SpecError at the node."""


class Key(NamedTuple):
    """A key of a record: how its value is read, whether it must be there, and what it is where it may be left out."""

    read: Read
    needed: bool
    default: Any = None
    rule: str = ""


def needed(read: Read, rule: str = "") -> Key:
    """A key that must be there; ``rule`` says what it is to be."""
    return Key(read, needed=True, rule=rule)


def optional(read: Read, default: Any = None) -> Key:
    """A key that may be left out."""
    return Key(read, needed=False, default=default)


def decode(
    node: Node, what: str, fields: Mapping[str, Key], *, closed: bool = True, place: Node | None = None
) -> dict[str, Any]:
    """The values of ``fields`` in ``node``, which messages call ``what``, in the order in which they are declared.

    A record that is not ``closed`` may have other keys. A missing key is told at ``place``, by default at ``node``.
    """
    entries = as_kind(node, Entries, what)
    if closed:
        check_keys(entries, fields, what)
    found = {}
    for key, field in fields.items():
        if key in entries.items:
            found[key] = field.read(entries.items[key], key)
        elif field.needed:
            raise (place or node).error(f"{what} needs {key}" + (f": {field.rule}" if field.rule else ""))
        else:
            found[key] = field.default
    return found


def as_kind(node: Node, kind: type[N], what: str) -> N:
    """``node``, if it is of ``kind``."""
    if isinstance(node, kind):
        return node
    raise node.error(f"{shown(what)} must be {kind.kind}, not {described(node)}")


def described(node: Node) -> str:
    """``node`` in the words of a message."""
    if isinstance(node, Scalar):
        return f"the text {shown(node.text)}" if node.text else "nothing"
    return node.kind


def check_keys(node: Entries, allowed: Iterable[str], what: str) -> None:
    """Refuses keys that are not ``allowed``."""
    allowed = tuple(allowed)
    for key, place in node.keys.items():
        if key not in allowed:
            raise place.error(f"{what} has no key {shown(key)}", nearest(key, allowed))


@contextmanager
def blaming(node: Node) -> Iterator[None]:
    """What is refused inside, a value or an expression, is wrong at ``node``."""
    try:
        yield
    except (UsageError, ExpressionError) as error:
        raise node.error(error.message, error.hint) from None


def scalar(node: Node, what: str) -> Scalar:
    """A scalar itself, with its place."""
    return as_kind(node, Scalar, what)


def mapping(node: Node, what: str) -> Entries:
    """A mapping itself, with the places of its keys."""
    return as_kind(node, Entries, what)


def text(node: Node, what: str) -> str:
    """The text of a scalar."""
    return as_kind(node, Scalar, what).text


def words(node: Node, what: str) -> str:
    """The text of a scalar on one line, which is not empty."""
    found = " ".join(text(node, what).split())
    if not found:
        raise node.error(f"{what} is empty")
    return found


def whole(node: Node, what: str) -> int:
    """A whole number of at most nine digits."""
    found = text(node, what)
    if not (found.isdecimal() and found.isascii() and len(found) < 10):
        raise node.error(f"{what} {shown(found)}: must be a whole number")
    return int(found)


def names(node: Node, what: str) -> list[Scalar]:
    """A list of names, or one."""
    return [as_kind(item, Scalar, what) for item in (node.items if isinstance(node, Sequence) else [node])]


def one_of(choices: Iterable[str]) -> Read:
    """Reads a text that is one of ``choices``."""
    known = tuple(choices)

    def choice(node: Node, what: str) -> str:
        found = " ".join(text(node, what).split())
        if found not in known:
            raise node.error(f"{what} {shown(found)}: must be one of {', '.join(each for each in known if each)}")
        return found

    return choice


def listed(each: Read, empty: str = "") -> Read:
    """Reads a list, every item of which ``each`` reads. ``empty`` says what is wrong with a list without items."""

    def items(node: Node, what: str) -> tuple[Any, ...]:
        found = as_kind(node, Sequence, what).items
        if empty and not found:
            raise node.error(empty)
        return tuple(each(item, what) for item in found)

    return items


def mapped(each: Read) -> Read:
    """Reads a mapping, every value of which ``each`` reads by the name of its key."""
    return lambda node, what: {key: each(value, key) for key, value in as_kind(node, Entries, what).items.items()}
