"""Files made wrong on purpose: mutations of characters, of tokens and of the tree, the same for the same seed."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

from costcalc.spec.read import Mapping, Node, Scalar, Sequence, read_text

__all__ = ["mutated", "mutated_bytes", "mutated_json", "mutated_lines", "plain"]

SCALARS = (
    *("0", "1", "-1", "-2", "2", "3.5", "7", "1e999", "-0", "010", "99999999999999999999", "1000000000", "nan", "~"),
    *("true", "false", "none", "relu", "relu6", "half", "same", "valid", "input", "cin", "stem", "stage1", "stage6.1"),
    *("1 / 0", "cin * cin", "cin + 1", "height(input)", "channels(stem)", "c == cin", "not true", "n", "2 * (", "a.b"),
    *(
        "1 if cin > 2 else 0",
        "round(cin / 2)",
        "max(cin, 8)",
        "width(3)",
        "'",
        '"',
        "&a x",
        "*a",
        "!!int 3",
        "10**10**10",
    ),
    *("conv", "add", "concat", "stages", "repeat", "[]", "{}", "[[]]", "[1, 7]", "[-1, -2]", "[input, input]", ""),
)
KEYS = (
    *("name", "from", "when", "until", "max_stride", "out", "kernel", "stride", "padding", "groups", "n", "layers"),
    *("block", "columns", "rows", "with", "rest", "args", "let", "inputs", "outputs", "residual", "use", "extends"),
    *("knobs", "define", "input", "default", "min", "choices", "given", "examples", "conv", "add", "repeat", "stages"),
)
CHARACTERS = "[]{}:,-&*!|>'\"%@`#?=+/().<> \t\n0123456789abcnxys_\N{LATIN SMALL LETTER E WITH ACUTE}\x07\\"

VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3.5, -0.0, 1e-320, 1e308, 10**30, 2**63, True, False, None, "", "x", "0", "-1", "1/0", "1/3", "nan"),
    *([], {}, [[]], [0], {"": 0}, "fp32", "cpu", "cuda", "layers", "step-adam", "failed", "\0", "\ud800", "x" * 3000),
    *("\x1b[31m", "a\nb", "[bold]x[/bold]", "<script>", "|", "../../etc/passwd", "costcalc.bench/2", "lenet5"),
)
BYTES = (b"NaN", b"Infinity", b"1e999", b"1" * 5000, b"[" * 3000, b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"\r", b"")
LEAVES = (str, int, float, bool, type(None))


def mutated(text: str, random: Random) -> str:
    """``text`` with one to four mutations of one level; most are of the tree, which leave it a spec."""
    (mutate,) = random.choices((_character, _token, _tree), (1, 2, 7))
    for _ in range(random.choice((1, 1, 2, 4))):
        text = mutate(text, random)
    return text


def _character(text: str, random: Random) -> str:
    place = random.randrange(len(text) + 1)
    width = random.choice((0, 1, 1, 1, 5, 40))
    return text[:place] + random.choice(CHARACTERS) * random.randint(0, 2) + text[place + width :]


def _token(text: str, random: Random) -> str:
    tokens = re.findall(r"[\w.]+|\s+|.", text)
    if not tokens:
        return random.choice(SCALARS)
    place, other = random.randrange(len(tokens)), random.randrange(len(tokens))
    kind = random.randrange(5)
    if kind == 0:
        del tokens[place]
    elif kind == 1:
        tokens[place], tokens[other] = tokens[other], tokens[place]
    elif kind == 2:
        tokens.insert(place, tokens[other])
    else:
        tokens[place] = random.choice(SCALARS if kind == 3 else KEYS)
    return "".join(tokens)


def mutated_bytes(data: bytes, random: Random) -> bytes:
    """``data`` with bytes cut out, doubled, replaced, or with a token in their place."""
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 1, 4, 40, len(data))))
    new = random.choice((b"", data[start:end] * 2, random.choice(BYTES), bytes([random.randrange(256)])))
    return data[:start] + new + data[end:]


def mutated_json(text: str, random: Random) -> bytes:
    """``text`` with one or two mutations, most of the tree, which leave it JSON."""
    if random.random() < 0.2:
        return mutated_bytes(text.encode(), random)
    document = [json.loads(text)]  # in a list, so that the whole is a value too
    for _ in range(random.choice((1, 1, 1, 2))):
        _change(document, random, VALUES)
    indent = 2 if "\n" in text else None
    written = json.dumps(document, indent=indent, ensure_ascii=random.random() < 0.5)
    return written[1:-1].encode(errors="surrogatepass")


def mutated_lines(text: str, random: Random) -> bytes:
    """``text``, a JSON document a line, with a line mutated, or lines lost, doubled, exchanged or cut short."""
    lines = [line.encode() for line in text.splitlines()]
    place, other = random.choice((0, random.randrange(len(lines)))), random.randrange(len(lines))
    kind = random.randrange(8)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(place, lines[other])
    elif kind == 2:
        lines[place], lines[other] = lines[other], lines[place]
    else:
        lines[place] = mutated_json(lines[place].decode(), random)
    data = b"\n".join(lines) + b"\n"
    return data[: random.randrange(len(data))] if random.random() < 0.1 else data


def _tree(text: str, random: Random) -> str:
    try:
        tree = plain(read_text(text, "mutant"))
    except Exception:  # an earlier mutation has made it no YAML
        return _token(text, random)
    if not _change(tree, random, SCALARS):
        return random.choice(SCALARS)
    written = _written(tree)
    return text if len(written) > 20 * len(text) + 1000 else written


def _change(tree: Any, random: Random, values: tuple[Any, ...]) -> bool:
    """One mutation of ``tree``, in place; False where it holds nothing to mutate."""
    places: list[tuple[Any, Any]] = []
    _collect(tree, places)
    if not places:
        return False
    owner, key = random.choice(places)
    other_owner, other_key = random.choice(places)
    leaves = [place for place in places if isinstance(place[0][place[1]], LEAVES)]
    if isinstance(owner[key], LEAVES) and random.random() < 0.6:
        other_owner, other_key = random.choice(leaves)
        owner[key] = random.choice((other_owner[other_key], deepcopy(random.choice(values)), *_near(owner[key])))
        return True
    kind = random.randrange(7)
    if kind == 0:
        del owner[key]
    elif kind == 1:
        owner[key] = deepcopy(random.choice(values))
    elif kind == 2:
        owner[key] = deepcopy(other_owner[other_key])  # copies, for no document holds itself
    elif kind == 3:
        owner[key], other_owner[other_key] = deepcopy((other_owner[other_key], owner[key]))
    elif kind == 4 and isinstance(owner, list):
        owner.insert(key, deepcopy(other_owner[other_key]))
    elif kind == 5 and isinstance(owner, dict):
        owner[random.choice((*KEYS, key + "s", str(other_key), "x" * 3000))] = owner.pop(key)
    else:
        owner[key] = random.choice(
            ([owner[key]], {random.choice(KEYS): owner[key]}, [], {}, [owner[key], deepcopy(owner[key])])
        )
    return True


def _near(value: Any) -> tuple[Any, ...]:
    """What is nearly ``value``, where that is a number."""
    return (-value, value * 2, value + 1, float(value), str(value)) if type(value) in (int, float) else ()


def plain(node: Node) -> Any:
    """The document as Python data; every scalar is text."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


def _collect(tree: Any, places: list[tuple[Any, Any]]) -> None:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        places.append((tree, key))
        _collect(value, places)


def _written(tree: Any) -> str:
    """Flow style, which has no indentation to go wrong."""
    if isinstance(tree, str):
        return f'"{tree}"' if "," in tree and '"' not in tree else tree
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{key}: {_written(value)}' for key, value in tree.items())}}}"
    return f"[{', '.join(map(_written, tree))}]"
