"""Specs made wrong on purpose: mutations of characters, of tokens and of the tree, the same for the same seed."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from costcalc.spec.read import Mapping, Node, Scalar, Sequence, read_text

__all__ = ["mutated"]

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


def _tree(text: str, random: Random) -> str:
    try:
        tree = _plain(read_text(text, "mutant"))
    except Exception:  # an earlier mutation has made it no YAML
        return _token(text, random)
    places: list[tuple[Any, Any]] = []
    _collect(tree, places)
    if not places:
        return random.choice(SCALARS)
    owner, key = random.choice(places)
    other_owner, other_key = random.choice(places)
    scalars = [place for place in places if isinstance(place[0][place[1]], str)]
    if isinstance(owner[key], str) and random.random() < 0.6:
        other_owner, other_key = random.choice(scalars)
        owner[key] = random.choice((other_owner[other_key], random.choice(SCALARS)))
        return _written(tree, 0) or text
    kind = random.randrange(7)
    if kind == 0:
        del owner[key]
    elif kind == 1:
        owner[key] = random.choice(SCALARS)
    elif kind == 2:
        owner[key] = other_owner[other_key]
    elif kind == 3:
        owner[key], other_owner[other_key] = other_owner[other_key], owner[key]
    elif kind == 4 and isinstance(owner, list):
        owner.insert(key, other_owner[other_key])
    elif kind == 5 and isinstance(owner, dict):
        owner[random.choice(KEYS)] = owner.pop(key)
    else:
        owner[key] = random.choice(([owner[key]], {random.choice(KEYS): owner[key]}, [], {}, [owner[key]] * 2))
    written = _written(tree, 0)
    return text if written is None or len(written) > 20 * len(text) + 1000 else written


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


def _collect(tree: Any, places: list[tuple[Any, Any]]) -> None:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        places.append((tree, key))
        _collect(value, places)


def _written(tree: Any, depth: int) -> str | None:
    """Flow style, which has no indentation to go wrong; None for a tree that holds itself."""
    if depth > 60:
        return None
    if isinstance(tree, str):
        return f'"{tree}"' if "," in tree and '"' not in tree else tree
    parts = []
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        text = _written(value, depth + 1)
        if text is None:
            return None
        parts.append(f"{key}: {text}" if isinstance(tree, dict) else text)
    return f"{{{', '.join(parts)}}}" if isinstance(tree, dict) else f"[{', '.join(parts)}]"
