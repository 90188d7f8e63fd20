"""Files as a reader meets them: any bytes become nodes with their places, or one error with its place."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest

from costcalc.errors import SpecError
from costcalc.spec.read import MAX_BYTES, MAX_DEPTH, MAX_NODES, Mapping, Scalar, read_file, read_text
from tests.mutation import plain


def _refusal(content: bytes | str) -> str:
    Path("m.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SpecError) as caught:
        read_file("m.yaml")
    return str(caught.value)


# What is read


def test_every_scalar_is_text() -> None:
    """YAML's own types never speak: on, 010, 12:30, 1e3, ~ and dates stay as they are written."""
    text = "[on, yes, 010, 12:30, 1e3, ~, null, 2020-01-01, 0x1F, 1_000, .inf, '', \"a\\tb\", ]"
    assert plain(read_text(text, "m")) == [
        *("on", "yes", "010", "12:30", "1e3", "~", "null", "2020-01-01", "0x1F", "1_000", ".inf", "", "a\tb")
    ]


def test_an_absent_value_is_plain_and_empty_and_a_quoted_one_is_not() -> None:
    """``{out}`` passes a variable on; ``{out: ""}`` is a mistake."""
    node = read_text("{out, kernel: '', stride: }", "m")
    assert isinstance(node, Mapping)
    empty = {key: value.empty for key, value in node.items.items() if isinstance(value, Scalar)}
    assert empty == {"out": True, "kernel": False, "stride": True}


def test_every_node_knows_line_column_and_path() -> None:
    """Counted from one, in characters; also after letters of several bytes."""
    node = read_text("é: 1\nlayers:\n  - conv: {näme: ü, out: 8}\n", "m")
    assert isinstance(node, Mapping)
    (layer,) = node.items["layers"].items  # type: ignore[attr-defined]
    out = layer.items["conv"].items["out"]
    assert (out.line, out.column, out.path) == (3, 26, "layers[0].conv.out")
    assert str(out.error("no")) == "m:3:26: layers[0].conv.out: no"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_they_like(ending: str) -> None:
    """LF, CRLF and CR give the same document and the same lines."""
    node = read_text(ending.join(["a: 1", "b: [x,", "  y]", ""]), "m")
    assert plain(node) == {"a": "1", "b": ["x", "y"]}
    assert isinstance(node, Mapping)
    assert [node.items[key].line for key in "ab"] == [1, 2]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    """Editors on Windows write one."""
    Path("m.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert plain(read_file("m.yaml")) == {"a": "1"}


def test_an_alias_stands_for_its_anchor_and_knows_the_anchors_place() -> None:
    """The error is where the value is written."""
    node = read_text("a:\n  &x {b: 1}\nc: *x\n", "m")
    assert isinstance(node, Mapping)
    assert plain(node) == {"a": {"b": "1"}, "c": {"b": "1"}}
    assert node.items["c"].line == 2


# What is refused, and where


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "m.yaml:1:1: empty: it must hold a mapping"),
        ("\n\n# nothing\n", "m.yaml:1:1: empty: it must hold a mapping"),
        ("a: 1\nb: 2\na: 3\n", "m.yaml:3:1: a: duplicate key a, first on line 1"),
        ("a:\n  - {b: 1, c: 2, b: 3}\n", "m.yaml:2:18: a[0].b: duplicate key b, first on line 2"),
        ("a: 1\n'a': 2\n", "m.yaml:2:1: a: duplicate key a, first on line 1"),
        ("a: !!int 3\n", "m.yaml:1:4: tags such as tag:yaml.org,2002:int are not allowed"),
        ("a: !secret 3\n", "m.yaml:1:4: tags such as !secret are not allowed"),
        ("a: 1\n---\nb: 1\n", "m.yaml:2:1: a second document; a file holds one"),
        ("a: &x [1, *x]\n", "m.yaml:1:11: alias *x stands inside its own anchor"),
        ("a: &x 1\nb: &x [*x]\n", "m.yaml:2:8: alias *x stands inside its own anchor"),
        ("a: *x\n", "m.yaml:1:4: alias *x without an anchor before it"),
        ("{[a]: 1}\n", "m.yaml:1:2: a key must be text, not a list"),
        ("? {a: 1}\n: 2\n", "m.yaml:1:3: a key must be text, not a mapping"),
        (
            "a: [1\n",
            "m.yaml:2:1: not YAML: the parser says \"while parsing a flow sequence, did not find expected ',' or ']'\"",
        ),
        (
            "a: 'b\n",
            'm.yaml:2:1: not YAML: the parser says "while scanning a quoted scalar, found unexpected end of stream"',
        ),
        ("a: b: c\n", 'm.yaml:1:5: not YAML: the parser says "mapping values are not allowed in this context'),
        ("a:\n\t- b\n", 'm.yaml:2:1: not YAML: the parser says "while scanning for the next token, found character'),
        ("%YAML 9.9\n---\na: 1\n", 'm.yaml:1:1: not YAML: the parser says "found incompatible YAML document'),
        (b"a: \x00\n", "m.yaml:1:4: not a text file: it holds the character 0x00"),
        (b"a: 1\nb: \x1b[31m\n", "m.yaml:2:4: not a text file: it holds the character 0x1b"),
        (b"a: 1\n\xff\xfe\n", "m.yaml:2: not a text file: not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "m.yaml:1: not a text file: not UTF-8"),
        ("a: 1".encode("utf-16"), "m.yaml:1: not a text file: not UTF-8"),
        (bytes(range(256)) * 64, "m.yaml:2: not a text file: not UTF-8"),
    ],
)
def test_what_is_no_document_is_refused_at_its_place(content: bytes | str, message: str) -> None:
    """Line and column of the very character."""
    assert _refusal(content).startswith(message)


# Limits: reached while reading, so that nothing grows


def test_nesting_has_a_limit() -> None:
    """Exactly 100 levels pass; 10,000 end as quickly as 101."""
    assert plain(read_text("[" * MAX_DEPTH + "]" * MAX_DEPTH, "m"))
    assert _refusal("[" * 101 + "]" * 101) == "m.yaml:1:101: nested deeper than 100 levels"
    for deep in ("[" * 10_000, "{a: " * 10_000, "- " * 10_000):
        assert "nested deeper than 100 levels" in _refusal(deep)


def test_nesting_by_aliases_has_the_same_limit() -> None:
    """Each alias is as deep as what it stands for."""
    chain = "x0: &x0 [a]\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 120))
    assert _refusal(chain) == "m.yaml:100:12: nested deeper than 100 levels, aliases written out"


def test_aliases_that_explode_end_at_the_limit_of_values() -> None:
    """Nine to the power of nine values, from nine lines."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    message = f"more than {MAX_NODES:,} values, aliases written out"
    assert _refusal("\n".join(lines)).endswith(message)


def test_a_document_of_too_many_values_is_refused() -> None:
    """Whether in a list, a mapping or by anchors."""
    assert "more than 250,000 values" in _refusal("- a\n" * (MAX_NODES + 1))
    assert "more than 250,000 values" in _refusal("".join(f"k{i}: {i}\n" for i in range(MAX_NODES // 2 + 1)))


def test_the_characters_of_expressions_count_as_values_once_for_each_text() -> None:
    """Compiling takes time by length, and a text is compiled once."""
    assert plain(read_text("- 1 + 1 + 1 + 1 + 1 + 1\n" * 50_000, "m"))
    assert "more than 250,000 values" in _refusal("".join(f"- 1 + 1 + {i}\n" for i in range(25_000)))


def test_a_file_of_100_mb_is_refused_unread() -> None:
    """Four MiB and one byte are read, whatever the size."""
    with Path("m.yaml").open("wb") as stream:
        stream.truncate(100 * 10**6)
    started = time.process_time()
    with pytest.raises(SpecError) as caught:
        read_file("m.yaml")
    assert str(caught.value) == "m.yaml: larger than 4 MiB"
    assert time.process_time() - started < 1


def test_a_file_at_the_limit_is_read() -> None:
    """To the byte."""
    head = b"a: 1\n#"
    Path("m.yaml").write_bytes(head + b"x" * (MAX_BYTES - len(head)))
    assert plain(read_file("m.yaml")) == {"a": "1"}


# Names of files


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.yaml", "missing.yaml: there is no such file"),
        (".", ".: this is a folder, not a YAML file"),
        ("folder.yaml", "folder.yaml: this is a folder, not a YAML file"),
        ("folder.yaml/", "folder.yaml/: this is a folder, not a YAML file"),
        ("file.yaml/inner.yaml", "file.yaml/inner.yaml: cannot be read: part of its path is not a folder"),
        ("/dev/null", "/dev/null:1:1: empty: it must hold a mapping"),
        ("/dev/zero", "/dev/zero: larger than 4 MiB"),
        ("loop.yaml", "loop.yaml: cannot be read: its symbolic links lead in a circle"),
        ("a\0b.yaml", "a\ufffdb.yaml: not a file name: its name holds a NUL character"),
        ("x" * 300 + ".yaml", "x" * 300 + ".yaml: cannot be read: its name is too long"),
    ],
)
def test_a_path_that_is_no_readable_file_is_refused(path: str, message: str) -> None:
    """Folders, devices, loops of links and impossible names."""
    Path("folder.yaml").mkdir()
    Path("file.yaml").touch()
    Path("loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(SpecError) as caught:
        read_file(path)
    assert str(caught.value) == message


def test_a_file_without_permission_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system says no; to root it would never say so, hence the stand-in."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "m.yaml")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SpecError, match=r"^m\.yaml: no permission to read this file$"):
        read_file("m.yaml")


@pytest.mark.parametrize(
    "pattern", ["[", "{", "? ", "!", ":", "%", ",", "'", "&a ", "*a ", "a: ", "|\n", "\n", " ", "#"]
)
def test_no_megabytes_of_one_pattern_keep_the_reader_long(pattern: str) -> None:
    """The scanner looks ahead; no look is long."""
    started = time.process_time()
    with pytest.raises(SpecError):
        read_text(pattern * (MAX_BYTES // len(pattern)), "m")
    assert time.process_time() - started < 2
