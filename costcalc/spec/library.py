"""Where specs are, and how they refer to each other: shipped names, paths, ``extends`` and ``use``."""

from __future__ import annotations

import os
from collections.abc import Iterable

from costcalc.errors import UsageError, nearest, shown
from costcalc.layers import LAYERS
from costcalc.spec.decode import names
from costcalc.spec.files import DISK, Files, Revision
from costcalc.spec.link import link
from costcalc.spec.model import Knob, ModelSpec
from costcalc.spec.parse import block_name, parse_block, parse_model
from costcalc.spec.read import Mapping, Node, Scalar, Sequence
from costcalc.spec.shipped import find, is_path, shipped, shipped_blocks, shipped_file, shipped_models, stem
from costcalc.synonyms import family

__all__ = ["is_model", "load", "load_document", "near_model"]

MAX_EXTENDS = 20
"""How long a chain of extends may be, and one of models that use each other."""
MERGED = ("knobs", "define", "blocks")


def load(name: str | os.PathLike[str], revision: str | None = None, *, strict: bool = False) -> ModelSpec:
    """The model called ``name``: a shipped one, or the path of a YAML file.

    With a ``revision``, the file as it was then in its git repository, and so are the files there that it uses; the
    model is then called ``NAME@REVISION``, the name of a commit cut short.
    A knob, definition, block or tensor that nothing uses is one of the model's ``warnings``; with ``strict``, it is an
    error. Raises UsageError for a name that is neither or has no such revision, SpecError for a spec that is wrong.
    """
    name = os.fspath(name)
    if revision is not None:
        return _at(name, revision, strict)
    if not is_path(name) and name not in shipped_models() and os.path.lexists(name):
        return _Loader(strict).model(name, name)
    return _Loader(strict).model(*find("models", "model", name, lambda name, _: near_model(name)))


def is_model(name: str) -> bool:
    """Is ``name`` one that `load` looks for: a shipped model, a file that is there, or a path?"""
    return is_path(name) or name in shipped_models() or os.path.lexists(name)


def near_model(name: str, others: Iterable[str] = ()) -> str | None:
    """A hint at the shipped model, or the one of ``others``, that ``name`` probably means."""
    title = family(name)
    if title is not None:
        return f"costcalc ships no {title}; a model of your own is a YAML file, and costcalc models lists those shipped"
    return nearest(name, [*shipped_models(), *others])


def _at(name: str, revision: str, strict: bool) -> ModelSpec:
    """The model in the file at the path ``name`` at ``revision``."""
    if not is_path(name) and name in shipped_models():
        hint = "give the path of its file in a git repository"
        raise UsageError(f"{name} is a shipped model: no revision {shown(revision)} of it is known", hint=hint)
    files = Revision(name, revision)
    if not files.exists(name):
        raise UsageError(f"there is no file {shown(name, 200)} at {shown(revision)}")
    model = _Loader(strict, files).model(name, files.label(name))
    is_commit = len(revision) in (40, 64) and set(revision) <= {*"0123456789abcdef"}
    model.name = f"{model.name}@{revision[:10] if is_commit else revision}"
    return model


def load_document(node: Node, name: str, knobs: Iterable[Knob] = ()) -> ModelSpec:
    """The model that a part of a document describes, as if it were a file beside it; ``knobs`` are added to its own.

    Raises SpecError for a spec that is wrong, and for what is unused in it: nobody is editing it on its own.
    """
    loader = _Loader(strict=True)
    return loader.finished(name, loader.extended(node, node.file, ()), knobs)


class _Loader:
    """One load: the models that are being loaded, to see a cycle, and those that are done."""

    def __init__(self, strict: bool, files: Files = DISK) -> None:
        self.strict = strict
        self.files = files
        self.loading: list[str] = []
        self.models: dict[str, ModelSpec] = {}

    def model(self, path: str, file: str, user: Node | None = None) -> ModelSpec:
        key = self.files.identity(path)
        if key in self.models:
            return self.models[key]
        if user is not None and key in self.loading:
            raise user.error("a model must not use itself")
        if user is not None and len(self.loading) > MAX_EXTENDS:
            raise user.error(f"models that use each other more than {MAX_EXTENDS} deep")
        self.loading.append(key)
        model = self.finished(stem(path), self._document(path, file, ()))
        self.loading.pop()
        self.models[key] = model
        return model

    def finished(self, name: str, document: Mapping, knobs: Iterable[Knob] = ()) -> ModelSpec:
        """The model of ``document`` with all that it uses; ``knobs`` are added to its own."""
        model = parse_model(name, document, self.strict)
        model.knobs.update({knob.name: knob for knob in knobs})
        used: set[str] = set()
        for item in names(document.items["use"], "use") if "use" in document.items else ():
            if item.text in used:
                raise item.error(f"use: {shown(item.text)} given twice")
            used.add(item.text)
            self._use(model, item)
        link(model)
        return model

    def _document(self, path: str, file: str, seen: tuple[str, ...]) -> Mapping:
        """The document at ``path``, merged over the one that it extends."""
        return self.extended(self.files.read(path, file), path, seen)

    def extended(self, node: Node, path: str, seen: tuple[str, ...]) -> Mapping:
        """``node``, which stands in the file at ``path``, merged over the document that it extends."""
        if not isinstance(node, Mapping):
            raise node.error(f"a spec is a mapping, not {node.kind}")
        base = node.items.get("extends")
        if base is None:
            return node
        seen = (*seen, self.files.identity(path))
        name = self._name(base, "extends")
        base_path, base_file = self._resolve(name, base, "models", path)
        if self.files.identity(base_path) in seen:
            raise base.error("extends goes round in a circle")
        if len(seen) > MAX_EXTENDS:
            raise base.error(f"extends more than {MAX_EXTENDS} deep")
        return _extended(self._document(base_path, base_file, seen), node)

    def _use(self, model: ModelSpec, item: Scalar) -> None:
        name = self._name(item, "use")
        if is_path(name):
            path, file = self._resolve(name, item, "blocks", self.files.path(item.file))
            document = self.files.read(path, file)
            if isinstance(document, Mapping) and _is_model(document):
                self._use_model(model, self.model(path, file, item), stem(path), item)
                return
        elif name in shipped_blocks():
            document = self.files.read(*shipped_file("blocks", name))
        elif name in shipped_models():
            self._use_model(model, self.model(*shipped_file("models", name), item), name, item)
            return
        else:
            raise item.error(f"use: no blocks and no model called {shown(name)}", near_model(name, shipped_blocks()))
        if not isinstance(document, Mapping):
            raise document.error(f"a file of blocks is a mapping, not {document.kind}")
        for key, node in document.items.items():
            block_name(document.keys[key])
            if key in model.shared:
                raise item.error(f"use: a block {key} comes from {model.shared[key].node.file} already")
            model.shared[key] = parse_block(key, node, model, shared=True)

    def _use_model(self, model: ModelSpec, used: ModelSpec, name: str, item: Scalar) -> None:
        if name in (*LAYERS, *model.models, "stages", "repeat"):
            raise item.error(f"use: {shown(name)} is the name of a layer or a model already", "rename the file")
        model.models[name] = used
        for warning in used.warnings:
            model.warn(warning)

    def _name(self, node: Node, what: str) -> str:
        if not isinstance(node, Scalar) or not node.text:
            raise node.error(f"{what} must be a name or a path")
        return node.text

    def _resolve(self, name: str, node: Node, kind: str, user: str) -> tuple[str, str]:
        """The file that ``name`` means in the file ``user``: a path is relative to it, a plain name is shipped."""
        if is_path(name):
            if "\0" in name:
                raise node.error("not a file name")
            path = os.path.join(os.path.dirname(user), name.removeprefix("./"))
            if not self.files.exists(path):
                raise node.error(f"there is no file {shown(path)}{self.files.when}")
            return path, self.files.label(path)
        if name not in shipped(kind):
            raise node.error(f"no shipped model {shown(name)}", near_model(name))
        return shipped_file(kind, name)


def _is_model(document: Mapping) -> bool:
    """Is it a model, and not a file of blocks?"""
    base = document.items.get("extends")
    return isinstance(base, Scalar) or ("layers" in document.items and "input" in document.items)


def _extended(base: Mapping, node: Mapping) -> Mapping:
    """``node`` over ``base``: knobs, defines and blocks merge by key, ``use`` adds, everything else is replaced."""
    result = base.merged(node)
    for key in ("title", "name"):
        if key in base.items and key not in node.items:
            del result.items[key], result.keys[key]
    for key in MERGED:
        old, new = base.items.get(key), node.items.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            result.items[key] = _merged_knobs(old, new) if key == "knobs" else _merged_defines(old, new)
    old, new = base.items.get("use"), node.items.get("use")
    if old is not None and new is not None:
        listed = {item.text: item for item in (*names(old, "use"), *names(new, "use"))}
        both = new.empty_at(Sequence)
        both.items = list(listed.values())
        result.items["use"] = both
    del result.items["extends"], result.keys["extends"]
    return result


def _merged_knobs(old: Mapping, new: Mapping) -> Mapping:
    """``new`` over ``old``, each knob likewise: a value alone is its default."""
    result = old.merged(new)
    for key, node in new.items.items():
        if key in old.items:
            before, after = _long_knob(old.items[key], old.keys[key]), _long_knob(node, new.keys[key])
            result.items[key] = before.merged(after)
    return result


def _long_knob(node: Node, key: Scalar) -> Mapping:
    if isinstance(node, Mapping):
        return node
    knob = node.empty_at(Mapping)
    knob.items, knob.keys = {"default": node}, {"default": key}
    return knob


def _merged_defines(old: Mapping, new: Mapping) -> Mapping:
    """``new`` over ``old`` by the name that is defined: ``width(i)`` replaces ``width(c)``."""
    replaced = {key.split("(")[0] for key in new.items}
    return old.part([key for key in old.items if key.split("(")[0] not in replaced or key in new.items]).merged(new)
