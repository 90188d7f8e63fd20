"""YAML text as nodes that know where they stand. Every scalar is text: what it means is the spec language's business.

Built from the parser's events, because PyYAML's composer recurses (and its C composer crashes) on deep documents, and
its constructors guess types (``on`` is true, ``010`` is 8) and keep the last of two equal keys. Limits are checked
while reading.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from costcalc.errors import SpecError, file_reason, quoted, shown

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "read_bytes",
    "read_file",
    "read_text",
]

MAX_BYTES = 4 * 2**20
MAX_DEPTH = 100
"""How deep a document may nest, each alias counted as all that it stands for."""

MAX_NODES = 250_000
"""How many values a document may hold, aliases counted likewise; text that may be long to compile by its characters."""


_N = TypeVar("_N", "Mapping", "Sequence")


class Node:
    """A value of the document, with its place: ``file``, ``line`` and ``column`` (from 1), and its parent."""

    __slots__ = ("column", "file", "height", "key", "line", "parent", "weight")

    kind = "a value"

    def __init__(self, file: str, line: int, column: int) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.parent: Node | None = None
        self.key: str | int | None = None
        self.weight = 1  # how many values it stands for
        self.height = 0  # how deep it nests

    @property
    def path(self) -> str:
        """The way from the document to here, such as ``layers[1].stages.rows[2]``."""
        parts: list[str] = []
        node: Node | None = self
        while node is not None and node.key is not None:
            parts.append(f"[{node.key}]" if isinstance(node.key, int) else f".{shown(node.key, 40)}")
            node = node.parent
        return "".join(reversed(parts)).lstrip(".")

    def empty_at(self, kind: type[_N]) -> _N:
        """An empty node of ``kind`` at this place."""
        node = kind(self.file, self.line, self.column)
        node.parent, node.key = self.parent, self.key
        return node

    def error(self, message: str, hint: str | None = None) -> SpecError:
        """An error that stands here."""
        return SpecError(message, file=self.file, line=self.line, column=self.column, path=self.path or None, hint=hint)


class Scalar(Node):
    """A piece of text. ``plain`` means that it was not quoted; an absent value is plain and empty."""

    __slots__ = ("plain", "text")

    kind = "text"

    def __init__(self, file: str, line: int, column: int, text: str, plain: bool) -> None:
        super().__init__(file, line, column)
        self.text = text
        self.plain = plain

    @property
    def empty(self) -> bool:
        return self.plain and not self.text


class Sequence(Node):
    """A list of nodes."""

    __slots__ = ("items",)

    kind = "a list"

    def __init__(self, file: str, line: int, column: int) -> None:
        super().__init__(file, line, column)
        self.items: list[Node] = []


class Mapping(Node):
    """Nodes by key, in the order of the document; ``keys`` holds the keys' own nodes, for their places."""

    __slots__ = ("items", "keys")

    kind = "a mapping"

    def __init__(self, file: str, line: int, column: int) -> None:
        super().__init__(file, line, column)
        self.items: dict[str, Node] = {}
        self.keys: dict[str, Scalar] = {}

    def merged(self, other: Mapping) -> Mapping:
        """A mapping at ``other``'s place with the entries of both; where both have a key, ``other``'s."""
        result = other.empty_at(Mapping)
        result.items = {**self.items, **other.items}
        result.keys = {**self.keys, **other.keys}
        return result

    def part(self, keys: Collection[str]) -> Mapping:
        """A mapping at this place with the entries of ``keys`` alone, as far as they are there."""
        result = self.empty_at(Mapping)
        result.items = {key: node for key, node in self.items.items() if key in keys}
        result.keys = {key: node for key, node in self.keys.items() if key in keys}
        return result


def read_file(path: str, name: str | None = None) -> Node:
    """The document in the file at ``path``, called ``name`` in messages.

    Raises SpecError for what cannot be read, is not one YAML document, or breaks a limit.
    """
    file = name or path
    try:
        if os.path.isdir(path):
            raise SpecError("this is a folder, not a YAML file", file=file)
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reasons = {errno.ENOENT: "there is no such file", errno.EACCES: "no permission to read this file"}
        reason = reasons.get(error.errno or 0, f"cannot be read: {file_reason(error)}")
        raise SpecError(reason, file=file) from None
    except ValueError as error:
        raise SpecError(f"not a file name: {file_reason(error)}", file=shown(file)) from None
    return read_bytes(data, file)


def read_bytes(data: bytes, file: str) -> Node:
    """The one YAML document in ``data``. Raises SpecError as `read_file` does."""
    if len(data) > MAX_BYTES:
        raise SpecError(f"larger than {MAX_BYTES // 2**20} MiB", file=file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError("not a text file: not UTF-8", file=file, line=line) from None
    return read_text(text, file)


def read_text(text: str, file: str) -> Node:
    """The one YAML document in ``text``. Raises SpecError as `read_file` does."""
    import yaml
    from yaml.reader import Reader

    bad = Reader.NON_PRINTABLE.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        message = f"not a text file: it holds the character {ord(bad.group()):#04x}"
        raise SpecError(message, file=file, line=line, column=column)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _compose(yaml.parse(text, Loader=loader), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SpecError(_refusal(error.context, error.problem), file=file, line=line, column=column) from None
    except yaml.YAMLError as error:
        raise SpecError(_refusal(None, str(error)), file=file) from None


def _refusal(context: str | None, problem: str | None) -> str:
    """What the YAML parser refuses, from its own words: ``context`` is what it was doing, ``problem`` what it met."""
    if problem and "nesting depth" in problem:  # libyaml 0.2.6 looks ahead and stops at 1,000 levels before we see 101
        return f"nested deeper than {MAX_DEPTH} levels"
    return f"not YAML: {quoted('the parser', ', '.join(part for part in (context, problem) if part))}"


def _compose(events: Iterator[Any], file: str) -> Node:
    from yaml import events as kinds

    root: Node | None = None
    documents = 0
    total = 0
    open_nodes: list[Mapping | Sequence] = []
    pending_keys: list[Scalar | None] = []  # for each open mapping, the key whose value comes next
    anchors: dict[str, Node] = {}
    open_anchors: list[str | None] = []
    texts: set[str] = set()

    def place(node: Node) -> None:
        nonlocal root
        if not open_nodes:
            root = node
            return
        owner = open_nodes[-1]
        if isinstance(owner, Sequence):
            key: str | int = len(owner.items)
            owner.items.append(node)
        else:
            waiting = pending_keys[-1]
            if waiting is None:
                if not isinstance(node, Scalar):
                    raise node.error(f"a key must be text, not {node.kind}")
                if node.parent is None:
                    node.parent, node.key = owner, node.text
                if node.text in owner.items:
                    first = owner.keys[node.text]
                    raise node.error(f"duplicate key {shown(node.text)}, first on line {first.line}")
                pending_keys[-1] = node
                return
            key = waiting.text
            owner.keys[key] = waiting
            owner.items[key] = node
            pending_keys[-1] = None
        if node.parent is None:
            node.parent, node.key = owner, key
        owner.height = max(owner.height, node.height + 1)

    def refusal(message: str) -> SpecError:
        mark = event.start_mark
        return SpecError(message, file=file, line=mark.line + 1, column=mark.column + 1)

    for event in events:
        kind = type(event)
        if kind is kinds.ScalarEvent or kind is kinds.MappingStartEvent or kind is kinds.SequenceStartEvent:
            mark = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            if event.tag is not None and event.tag != "!":
                raise refusal(f"tags such as {shown(event.tag)} are not allowed")
            total += 1
            if kind is kinds.ScalarEvent:
                text = event.value
                if not (text.isidentifier() or text.isdecimal() or text in texts):
                    texts.add(text)
                    total += len(text)
            if total > MAX_NODES:
                raise refusal(f"more than {MAX_NODES:,} values and characters of expressions")
            if kind is kinds.ScalarEvent:
                scalar = Scalar(file, line, column, event.value, not event.style)
                if event.anchor:
                    anchors[event.anchor] = scalar
                place(scalar)
                continue
            if len(open_nodes) >= MAX_DEPTH:
                raise refusal(f"nested deeper than {MAX_DEPTH} levels")
            opened = (Mapping if kind is kinds.MappingStartEvent else Sequence)(file, line, column)
            opened.weight = total
            place(opened)
            open_nodes.append(opened)
            pending_keys.append(None)
            open_anchors.append(event.anchor)
        elif kind is kinds.MappingEndEvent or kind is kinds.SequenceEndEvent:
            closed = open_nodes.pop()
            pending_keys.pop()
            closed.weight = total - closed.weight + 1
            if open_nodes:
                open_nodes[-1].height = max(open_nodes[-1].height, closed.height + 1)
            anchor = open_anchors.pop()
            if anchor:
                anchors[anchor] = closed
        elif kind is kinds.AliasEvent:
            target = anchors.get(event.anchor)
            total += target.weight if target else 0
            message = None
            if event.anchor in open_anchors:
                message = f"alias *{shown(event.anchor)} stands inside its own anchor"
            elif target is None:
                message = f"alias *{shown(event.anchor)} without an anchor before it"
            elif total > MAX_NODES:
                message = f"more than {MAX_NODES:,} values, aliases written out"
            elif len(open_nodes) + target.height > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels, aliases written out"
            if target is None or message:
                raise refusal(message or "")
            place(target)
        elif kind is kinds.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise refusal("a second document; a file holds one")
    if root is None:
        raise SpecError("empty: it must hold a mapping", file=file, line=1, column=1)
    return root
