"""The specs that costcalc brings: where they are and what they are called."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache

from costcalc.errors import SpecError, UsageError, nearest, shown
from costcalc.spec.read import Mapping, read_file

__all__ = [
    "find",
    "is_path",
    "providers",
    "shipped",
    "shipped_blocks",
    "shipped_file",
    "shipped_models",
    "specs_folder",
    "stem",
]


@cache
def specs_folder() -> str:
    """The folder of the shipped specs: inside the installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def shipped(kind: str) -> list[str]:
    """The names of the shipped ``models`` or the like. Raises SpecError where the installation lacks them."""
    try:
        files = os.listdir(os.path.join(specs_folder(), kind))
    except OSError:
        message = "the shipped specs are missing: costcalc is not installed whole"
        raise SpecError(message, file=f"specs/{kind}") from None
    return sorted(file.removesuffix(".yaml") for file in files if file.endswith(".yaml"))


def shipped_models() -> list[str]:
    """The names of the models that costcalc brings."""
    return shipped("models")


def shipped_blocks() -> list[str]:
    """The names of the files of blocks that costcalc brings."""
    return shipped("blocks")


def shipped_file(kind: str, name: str) -> tuple[str, str]:
    """The path of a shipped spec, and its name in messages."""
    return os.path.join(specs_folder(), kind, f"{name}.yaml"), f"specs/{kind}/{name}.yaml"


def is_path(name: str) -> bool:
    """Is ``name`` the path of a file, and not the name of a shipped spec?"""
    return os.sep in name or "/" in name or name.endswith((".yaml", ".yml"))


def stem(path: str) -> str:
    """What a spec is called after its file."""
    return os.path.basename(path).removesuffix(".yaml").removesuffix(".yml")


def find(
    kind: str, what: str, name: str, near: Callable[[str, Iterable[str]], str | None] = nearest
) -> tuple[str, str]:
    """The path of the ``what`` called ``name``, shipped or a file, and its name in messages.

    Raises UsageError for a name that is neither, with the hint of ``near``.
    """
    if is_path(name):
        return name, name
    known = shipped(kind)
    if name in known:
        return shipped_file(kind, name)
    if not name:
        raise UsageError(f"the name of a {what} is empty: give a shipped one or the path of a YAML file")
    raise UsageError(f"no {what} {shown(name)}: neither a shipped one nor a file", hint=near(name, known))


def providers() -> dict[str, str]:
    """Every shipped block and the file that has it. Reads them all: for messages of errors only."""
    found: dict[str, str] = {}
    for name in shipped_blocks():
        document = read_file(*shipped_file("blocks", name))
        for block in document.items if isinstance(document, Mapping) else ():
            found.setdefault(block, name)
    return found
