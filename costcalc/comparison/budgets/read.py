"""A budgets file: which models, at which knobs, may have how much of what."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.errors import SpecError, UsageError, shown
from costcalc.limits import Limit, limit
from costcalc.quantities import QUANTITIES, TIMES, Quantity, Setting, named
from costcalc.spec import ModelSpec, load, shipped_models
from costcalc.spec.decode import blaming, check_keys, decode, listed, mapping, needed, optional, text
from costcalc.spec.files import DISK
from costcalc.spec.library import near_model
from costcalc.spec.read import Mapping as Entries
from costcalc.spec.read import Node, Scalar, Sequence, read_file

if TYPE_CHECKING:
    from costcalc.device.records import Ceilings

__all__ = ["Budget", "Entry", "read"]

FILE = {
    "ceilings": optional(text),
    "budgets": needed(listed(mapping, empty="budgets: the list is empty"), "a list of models and their limits"),
}
ENTRY = {
    "model": needed(text, "the name of a shipped model, or the path of a file"),
    "knobs": optional(mapping),
}

_QUOTES = 'a limit that begins with > must be quoted, as in ">= 4M"'


class Budget(NamedTuple):
    """A limit on a quantity; ``node`` is its place in the file."""

    quantity: Quantity
    setting: Setting
    limit: Limit
    node: Node

    @property
    def title(self) -> str:
        """``macs``, ``bytes(fp16)``: what is limited, however the file writes it."""
        return self.quantity.name(self.setting)


class Entry(NamedTuple):
    """A model, as the file calls it, the knobs that the file sets, and its budgets. ``path`` is its file's, if any."""

    name: str
    path: str | None
    model: ModelSpec
    knobs: Mapping[str, Any]
    budgets: tuple[Budget, ...]

    @property
    def title(self) -> str:
        """``tiny.yaml (width 24)``"""
        knobs = ", ".join(f"{name} {shown(value)}" for name, value in self.knobs.items())
        return f"{self.name} ({knobs})" if knobs else self.name


def read(path: str) -> list[Entry]:
    """The entries of the budgets file at ``path``. Paths in it begin at its folder.

    Raises SpecError for what is wrong in it, and in the models' own specs.
    """
    given = decode(_document(path), "a budgets file", FILE)
    folder = os.path.dirname(path)
    machine = partial(_ceilings, given["ceilings"], folder)
    entries: list[Entry] = []
    for item in given["budgets"]:
        entry = _entry(item, folder, machine)
        for each in entries:
            if (_identity(each), each.knobs) == (_identity(entry), entry.knobs):
                same = "" if each.name == entry.name else f": {shown(each.name)} is the same file"
                raise item.error(f"{entry.title} given twice{same}", "list the limits of a model in one entry")
        entries.append(entry)
    return entries


def _document(path: str) -> Node:
    """The YAML of the file. To YAML, an unquoted ``>`` or ``%`` begins something else than a limit."""
    try:
        return read_file(path)
    except SpecError as error:
        if "block scalar" in error.message or "cannot start any token" in error.message:
            error.hint = _QUOTES
        raise


def _identity(entry: Entry) -> tuple[bool, str]:
    """One value for a model, by whatever path its file is reached."""
    return (False, entry.name) if entry.path is None else (True, DISK.identity(entry.path))


def _ceilings(file: str | None, folder: str) -> Ceilings:
    """The ceilings of the machine that times are predicted for."""
    if file is None:
        raise UsageError("a latency budget requires ceilings, written by costcalc roofline --save FILE")
    from costcalc.device.files import read_ceilings

    return read_ceilings(os.path.join(folder, file))


def _entry(node: Entries, folder: str, machine: Callable[[], Ceilings]) -> Entry:
    given = decode(node, "a budget", ENTRY, closed=False)
    name, place = given["model"], node.items["model"]
    path = None if name in shipped_models() else os.path.join(folder, name)
    if path is not None and not os.path.lexists(path):
        raise place.error(f"no model {shown(name)}: neither a shipped model nor a file", near_model(name))
    with blaming(place):
        model = load(name if path is None else path, strict=True)
    knobs = {}
    if given["knobs"] is not None:
        check_keys(given["knobs"], model.knobs, model.name)
        for key, value in given["knobs"].items.items():
            with blaming(value):
                knobs[key] = model.knobs[key].parse(text(value, key))
    budgets: list[Budget] = []
    for key, value in node.items.items():
        if key not in ENTRY:
            found = _budgets(key, node.keys[key], value, machine)
            if any(each.title == found[0].title for each in budgets):
                raise node.keys[key].error(f"{found[0].title} given twice", "give several limits as a list")
            budgets += found
    if not budgets:
        raise node.error(f"{shown(name)} has no limits", f"known: {', '.join(QUANTITIES)}")
    return Entry(name, path, model, knobs, tuple(budgets))


def _budgets(name: str, key: Node, value: Node, machine: Callable[[], Ceilings]) -> list[Budget]:
    """The limits that ``value`` sets to the quantity called ``name``: one, or a list of them."""
    with blaming(key):
        chosen, setting = named(name)
        if chosen.key in TIMES:
            setting = setting._replace(ceilings=machine())
    items = value.items if isinstance(value, Sequence) else [value]
    if not items:
        raise value.error(f"{shown(name)} has no limits: the list is empty")
    found = []
    for item in items:
        if isinstance(item, Scalar) and not item.text.strip():
            raise item.error(f"{shown(name)} has no limit", "such as <= 300M" if item.plain else _QUOTES)
        with blaming(item):
            found.append(Budget(chosen, setting, limit(text(item, f"the limit of {name}"), chosen.unit), item))
    return found
