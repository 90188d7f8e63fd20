"""What can be asked of a model, one entry for each: `compare` has a row for it, and a budget may limit it.

A new quantity is an entry of `QUANTITIES`; what it is computed by is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from costcalc.errors import UsageError, nearest, shown
from costcalc.graph import Graph

__all__ = ["QUANTITIES", "Number", "Quantity", "Setting", "quantity"]

Number: TypeAlias = int | Fraction | float
"""Exact, an int or a fraction; a float only where it comes from a measurement."""


class Setting(NamedTuple):
    """What a quantity may depend on besides the model: the type of the elements, and how many images at once."""

    dtype: str = "fp32"
    batch: int = 1


class Quantity(NamedTuple):
    """Something that a model has so much of.

    ``key`` is its name in budgets and in JSON, ``title`` the one for people, ``unit`` the word for one of it, and
    ``note`` says how it is counted. ``takes`` are the fields of `Setting` that it depends on. ``value`` gives it,
    exactly. ``layers`` gives what each node has of it: parts that add up to the whole; None where it is no such sum. ``at`` gives the node at which a peak
    is reached.
    """

    key: str
    title: str
    unit: str
    value: Callable[[Graph, Setting], Number]
    layers: Callable[[Graph, Setting], Sequence[int]] | None = None
    takes: tuple[str, ...] = ()
    note: str = ""
    at: Callable[[Graph, Setting], int | None] | None = None

    def heading(self, setting: Setting) -> str:
        """The title, with what it depends on: ``Bytes moved (fp32)``."""
        words = [str(getattr(setting, field)) for field in self.takes if field != "batch"]
        if "batch" in self.takes and setting.batch != 1:
            words.append(f"batch {setting.batch:,}")
        return f"{self.title} ({', '.join(words)})" if words else self.title

    def name(self, setting: Setting) -> str:
        """The key, with what is not as usual: ``bytes``, ``bytes(fp16, batch=8)``."""
        words = []
        for field in self.takes:
            value = getattr(setting, field)
            if value != Setting._field_defaults[field]:
                words.append(f"batch={value}" if field == "batch" else value)
        return f"{self.key}({', '.join(words)})" if words else self.key

    def setting(self, words: str) -> Setting:
        """The setting that ``words`` say, such as ``fp16, batch=8``. Raises UsageError for what this does not take."""
        given: dict[str, str | int] = {}
        for word in (part.strip() for part in words.split(",") if words.strip()):
            name, equals, text = (part.strip() for part in word.partition("="))
            field = name if equals else next((key for key, known in WORDS.items() if name in known), None)
            value = text if equals else name
            if field not in self.takes:
                known = [each for key in self.takes for each in WORDS.get(key, ("batch=N",))]
                hint = nearest(word, known) if known else f"{self.key} depends on the model alone"
                raise UsageError(f"{self.key} takes no {shown(word) or 'empty word'!r}", hint=hint)
            if field in given:
                raise UsageError(f"{self.key}: {field} for the second time")
            given[field] = _checked(self.key, field, value)
        return Setting(**given)  # type: ignore[arg-type]


def _checked(key: str, field: str, value: str) -> str | int:
    """``value`` if ``field`` of a setting can have it."""
    if field != "batch":
        if value not in WORDS[field]:
            raise UsageError(f"{key}: {field} = {shown(value)}", hint=nearest(value, WORDS[field]))
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= 18 and int(value)):
        raise UsageError(f"{key}: batch = {shown(value)}: must be a whole number of at least 1")
    return int(value)


def quantity(key: str) -> Quantity:
    """The quantity called ``key``. Raises UsageError naming the nearest."""
    if key not in QUANTITIES:
        raise UsageError(f"no quantity {shown(key)}", hint=nearest(key, QUANTITIES))
    return QUANTITIES[key]


def _parameters(kind: str, key: str, title: str, note: str = "") -> Quantity:
    def layers(graph: Graph, setting: Setting) -> Sequence[int]:
        return [node.params[kind] for node in graph.nodes]

    return Quantity(key, title, "parameters", _summed(layers), layers, note=note)


def _macs(graph: Graph, setting: Setting) -> Sequence[int]:
    return [node.ledger.get("macs", 0) for node in graph.nodes]


def _flops(graph: Graph, setting: Setting) -> Sequence[int]:
    from costcalc.analyses.cost import FLOPS_PER_MAC

    return [FLOPS_PER_MAC * count for count in _macs(graph, setting)]


def _all_flops(graph: Graph, setting: Setting) -> Sequence[int]:
    return [count["flops"] for count in _ledger(graph, setting)]


def _bytes(graph: Graph, setting: Setting) -> Sequence[int]:
    return [count["read"] + count["written"] for count in _ledger(graph, setting)]


def _intensity(graph: Graph, setting: Setting) -> Fraction:
    moved = sum(_bytes(graph, setting))
    if moved == 0:
        raise UsageError(f"{shown(graph.name)} moves no bytes, and has no arithmetic intensity")
    return Fraction(sum(_all_flops(graph, setting)), moved)


def _ledger(graph: Graph, setting: Setting) -> Sequence[Mapping[str, int]]:
    from costcalc.analyses.ledger import counts

    return counts(graph, DTYPES[setting.dtype], setting.batch)


def _depth(graph: Graph, setting: Setting) -> Sequence[int]:
    from costcalc.analyses.depth import on_deepest_path

    return on_deepest_path(graph)


def _summed(layers: Callable[[Graph, Setting], Sequence[int]]) -> Callable[[Graph, Setting], int]:
    return lambda graph, setting: sum(layers(graph, setting))


DTYPES: Mapping[str, str] = {
    "fp64": "float64",
    "fp32": "float32",
    "bf16": "bfloat16",
    "fp16": "float16",
    "int8": "int8",
}
"""The types of elements, by their short names."""

WORDS: Mapping[str, Sequence[str]] = {"dtype": tuple(DTYPES)}
"""What the fields of a setting that are words can be."""

_LEDGER = ("dtype", "batch")

_PARAMETERS = (
    "Parameters: weights are those of convolutions and linear layers only; trainable ones are these with biases, scales "
    "and shifts; stored ones have the running statistics too."
)
_MACS = (
    "MACs: multiply-accumulates of convolutions and linear layers, for one image, by costcalc's convention; FLOPs of the "
    "MACs: 2 for each."
)
_WORK = "FLOPs of all work: also 1 for each add, multiply, compare, divide or exponential of every layer."
_MOVED = "Bytes moved: every layer reads its inputs and parameters once and writes its output once."
_RATIO = "Arithmetic intensity: FLOPs of all work for each byte moved."
_DEEPEST = "Depth: the most convolutions and linear layers on one path."

QUANTITIES: Mapping[str, Quantity] = {
    each.key: each
    for each in (
        _parameters("trainable", "params", "Parameters, trainable", _PARAMETERS),
        _parameters("weights", "weights", "Parameters, weights"),
        _parameters("stored", "stored", "Parameters, stored"),
        Quantity("macs", "MACs", "MACs", _summed(_macs), _macs, note=_MACS),
        Quantity("flops", "FLOPs of the MACs", "FLOPs", _summed(_flops), _flops),
        Quantity("all_flops", "FLOPs of all work", "FLOPs", _summed(_all_flops), _all_flops, note=_WORK),
        Quantity("bytes", "Bytes moved", "bytes", _summed(_bytes), _bytes, _LEDGER, note=_MOVED),
        Quantity("intensity", "Arithmetic intensity", "FLOPs per byte", _intensity, None, _LEDGER, note=_RATIO),
        Quantity("depth", "Depth", "layers", _summed(_depth), _depth, note=_DEEPEST),
    )
}
"""All quantities, by key, in the order of a comparison's rows."""
