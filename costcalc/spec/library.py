"""Where specs are, and how they refer to each other: shipped names, paths, ``extends`` and ``use``."""

from __future__ import annotations

import os
from functools import cache

from costcalc.errors import SpecError, UsageError, nearest, shown
from costcalc.spec.link import link
from costcalc.spec.model import ModelSpec
from costcalc.spec.parse import parse_block, parse_model
from costcalc.spec.read import Mapping, Node, Scalar, Sequence, read_file
from costcalc.spec.values import parse_names, variable

__all__ = ["load", "shipped_blocks", "shipped_models", "specs_folder"]

MAX_EXTENDS = 20
MERGED = ("knobs", "define", "blocks")


@cache
def specs_folder() -> str:
    """The folder of the shipped specs: inside the installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def _shipped(kind: str) -> list[str]:
    try:
        files = os.listdir(os.path.join(specs_folder(), kind))
    except OSError:
        message = "the shipped specs are missing: costcalc is not installed whole"
        raise SpecError(message, file=f"specs/{kind}") from None
    return sorted(file.removesuffix(".yaml") for file in files if file.endswith(".yaml"))


def shipped_models() -> list[str]:
    """The names of the models that costcalc brings."""
    return _shipped("models")


def shipped_blocks() -> list[str]:
    """The names of the files of blocks that costcalc brings."""
    return _shipped("blocks")


def load(name: str) -> ModelSpec:
    """The model called ``name``: a shipped one, or the path of a YAML file.

    Raises UsageError for a name that is neither, SpecError for a spec that is wrong.
    """
    if _is_path(name):
        return _Loader().model(name, name)
    if name in shipped_models():
        return _Loader().shipped_model(name)
    if os.path.lexists(name):
        return _Loader().model(name, name)
    raise UsageError(f"no model {shown(name)}: neither a shipped one nor a file", hint=nearest(name, shipped_models()))


def _is_path(name: str) -> bool:
    return os.sep in name or "/" in name or name.endswith((".yaml", ".yml"))


def _shipped_file(kind: str, name: str) -> tuple[str, str]:
    return os.path.join(specs_folder(), kind, f"{name}.yaml"), f"specs/{kind}/{name}.yaml"


class _Loader:
    """One load: the models that are being loaded, to see a cycle, and those that are done."""

    def __init__(self) -> None:
        self.loading: list[str] = []
        self.models: dict[str, ModelSpec] = {}

    def shipped_model(self, name: str) -> ModelSpec:
        return self.model(*_shipped_file("models", name))

    def model(self, path: str, file: str, user: Node | None = None) -> ModelSpec:
        key = os.path.abspath(path)
        if key in self.models:
            return self.models[key]
        if key in self.loading and user is not None:
            raise user.error("a model must not use itself")
        self.loading.append(key)
        document = self._document(path, file, ())
        name = os.path.basename(path).removesuffix(".yaml").removesuffix(".yml")
        model = parse_model(name, document)
        for item in parse_names(document.items["use"], "use") if "use" in document.items else ():
            self._use(model, item)
        link(model)
        self.loading.pop()
        self.models[key] = model
        return model

    def _document(self, path: str, file: str, seen: tuple[str, ...]) -> Mapping:
        """The document at ``path``, merged over the one that it extends."""
        node = read_file(path, file)
        if not isinstance(node, Mapping):
            raise node.error(f"a spec is a mapping, not a {node.kind}")
        base = node.items.get("extends")
        if base is None:
            return node
        seen = (*seen, os.path.abspath(path))
        name = self._name(base, "extends")
        base_path, base_file = self._resolve(name, base, "models", path)
        if os.path.abspath(base_path) in seen:
            raise base.error("extends goes round in a circle")
        if len(seen) > MAX_EXTENDS:
            raise base.error(f"extends more than {MAX_EXTENDS} deep")
        return _extended(self._document(base_path, base_file, seen), node)

    def _use(self, model: ModelSpec, item: Scalar) -> None:
        name = self._name(item, "use")
        if _is_path(name):
            path, file = self._resolve(name, item, "blocks", item.file)
            document = read_file(path, file)
            if isinstance(document, Mapping) and "layers" in document.items and "input" in document.items:
                used = os.path.basename(path).removesuffix(".yaml").removesuffix(".yml")
                model.models[used] = self.model(path, file, item)
                return
        elif name in shipped_blocks():
            document = read_file(*_shipped_file("blocks", name))
        elif name in shipped_models():
            model.models[name] = self.model(*_shipped_file("models", name), item)
            return
        else:
            known = [*shipped_blocks(), *shipped_models()]
            raise item.error(f"use: no blocks and no model called {shown(name)}", nearest(name, known))
        if not isinstance(document, Mapping):
            raise document.error(f"a file of blocks is a mapping, not a {document.kind}")
        for key, node in document.items.items():
            variable(document.keys[key], "block")
            known_block = model.blocks.get(key)
            if known_block is None:
                model.blocks[key] = parse_block(key, node, model, shared=True)
            elif known_block.shared:
                raise item.error(f"use: a block {key} comes from {known_block.node.file} already")

    def _name(self, node: Node, what: str) -> str:
        if not isinstance(node, Scalar) or not node.text:
            raise node.error(f"{what} must be a name or a path")
        return node.text

    def _resolve(self, name: str, node: Node, kind: str, user: str) -> tuple[str, str]:
        """The file that ``name`` means in the file ``user``: a path is relative to it, a plain name is shipped."""
        if _is_path(name):
            if "\0" in name:
                raise node.error("not a file name")
            path = os.path.join(os.path.dirname(user), name)
            return path, path
        if name not in _shipped(kind):
            raise node.error(f"no shipped model {shown(name)}", nearest(name, _shipped(kind)))
        return _shipped_file(kind, name)


def _extended(base: Mapping, node: Mapping) -> Mapping:
    """``node`` over ``base``: knobs, defines and blocks merge by key, ``use`` adds, everything else is replaced."""
    result = base.merged(node)
    if "title" in base.items and "title" not in node.items:
        del result.items["title"], result.keys["title"]
    if "name" in base.items and "name" not in node.items:
        del result.items["name"], result.keys["name"]
    for key in MERGED:
        old, new = base.items.get(key), node.items.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            result.items[key] = _merged_knobs(old, new) if key == "knobs" else _merged_defines(old, new)
    old, new = base.items.get("use"), node.items.get("use")
    if old is not None and new is not None:
        names = {item.text: item for item in (*parse_names(old, "use"), *parse_names(new, "use"))}
        both = Sequence(new.file, new.line, new.column)
        both.parent, both.key = new.parent, new.key
        both.items = list(names.values())
        result.items["use"] = both
    del result.items["extends"], result.keys["extends"]
    return result


def _merged_knobs(old: Mapping, new: Mapping) -> Mapping:
    result = old.merged(new)
    for key, node in new.items.items():
        before = old.items.get(key)
        if not isinstance(before, Mapping):
            continue
        if isinstance(node, Mapping):
            result.items[key] = before.merged(node)
        else:
            only = Mapping(node.file, node.line, node.column)
            only.parent, only.key = node.parent, node.key
            only.items, only.keys = {"default": node}, {"default": new.keys[key]}
            result.items[key] = before.merged(only)
    return result


def _merged_defines(old: Mapping, new: Mapping) -> Mapping:
    """``new`` over ``old`` by the name that is defined: ``width(i)`` replaces ``width(c)``."""
    names = {key.split("(")[0] for key in new.items}
    kept = Mapping(old.file, old.line, old.column)
    kept.parent, kept.key = old.parent, old.key
    kept.items = {key: node for key, node in old.items.items() if key.split("(")[0] not in names or key in new.items}
    kept.keys = {key: old.keys[key] for key in kept.items}
    return kept.merged(new)
