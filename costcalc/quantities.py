"""The quantities of a model, each declared once: what every node has of it, and how that adds up.

`compare` has a row for each, a budget may limit it, `solve` meets it, `costcalc.analyses.frame` makes it a column of a
table, `derive` gives its closed form, a theorem is about it, the audit sums it over a part. A new quantity is an entry
of `QUANTITIES`; what it is computed by is imported when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from costcalc.dims import Dim, is_array, maximum, product
from costcalc.dims import ratio as quotient
from costcalc.errors import UsageError, nearest, shown
from costcalc.gradients import frozen_nodes
from costcalc.graph import Graph, Node
from costcalc.layers.base import INT8_WIDTHS, WORK_KINDS
from costcalc.table import Column
from costcalc.wording import FLOPS_PER_MAC, images
from costcalc.words import DTYPES, INFERENCE_DTYPES, OPTIMIZERS, TIMED_DTYPES, TRAINING_DTYPES, short, width

if TYPE_CHECKING:
    from costcalc.device.records import Ceilings
    from costcalc.memory.liveness import Peak

__all__ = ["KINDS", "LEDGER", "QUANTITIES", "TIMES", "Number", "Quantity", "Setting", "named", "notes", "quantity"]

Number: TypeAlias = int | Fraction | float
"""Exact, an int or a fraction; a float only where it comes from a measurement."""


class Setting(NamedTuple):
    """What a quantity may depend on besides the model: type of elements, images at once, optimizer of a training.

    ``ceilings`` are those of the machine that a time is predicted for, ``freeze`` the patterns of layers that the
    training does not change.
    """

    dtype: str = "fp32"
    batch: int = 1
    optimizer: str = "sgd"
    ceilings: Ceilings | None = None
    freeze: tuple[str, ...] = ()


_COLUMN_UNITS = {
    "parameters": "params",
    "MACs": "macs",
    "FLOPs": "flops",
    "bytes": "bytes",
    "FLOPs per byte": "flops/byte",
    "s": "seconds",
}
"""The units of columns by those of quantities; any other is ``count``."""


class Quantity(NamedTuple):
    """Something that a model has so much of.

    ``key`` is its name in budgets and in JSON, ``title`` the one for people (``short``, if given, over a column),
    ``unit`` the word for one of it; ``note`` says how it is counted. ``takes`` are the fields of `Setting` that it
    depends on, ``dtypes`` the types for which it is known, all if there are none.

    ``column`` gives what each node has of it, the input first, and ``adds`` how a model's total follows: as their
    ``sum``, as the sum along the deepest ``path``, the other nodes having 0, or as their ``peak``. A quantity without
    a column is the ``ratio`` of two others, or a ``whole``, reached ``at`` a node if it is a peak. ``symbolic``: does
    it run over symbols and arrays too?
    """

    key: str
    title: str
    unit: str
    column: Callable[[Graph, Setting], Sequence[Any]] | None = None
    adds: Literal["sum", "path", "peak"] = "sum"
    symbolic: bool = False
    ratio: tuple[str, str] | None = None
    whole: Callable[[Graph, Setting], Number] | None = None
    at: Callable[[Graph, Setting], int | None] | None = None
    takes: tuple[str, ...] = ()
    note: str = ""
    dtypes: tuple[str, ...] = ()
    short: str = ""

    def as_column(self, key: str) -> Column:
        """The column ``key`` of a table that has this quantity of every row."""
        return Column(key, self.short or self.title, _COLUMN_UNITS.get(self.unit, "count"))

    @property
    def peak(self) -> bool:
        """Is it a greatest number, and no sum?"""
        return self.adds == "peak"

    @property
    def derivable(self) -> bool:
        """Has it a closed form, the sum or the peak of a column over symbols?"""
        return self.symbolic and self.column is not None and self.adds != "path"

    def value(self, graph: Graph, setting: Setting) -> Number:
        """What ``graph`` has of it, exactly. Raises UsageError where there is no such thing."""
        if self.column is not None:
            return self.total(self.column(graph, setting))
        if self.ratio is not None:
            above, below = (quantity(key).value(graph, setting) for key in self.ratio)
            if not is_array(below) and below == 0:
                nothing = quantity(self.ratio[1]).title.lower()
                raise UsageError(f"{shown(graph.name)} has no {nothing}, and so no {self.title.lower()}")
            exact: Number = quotient(above, below)
            return exact
        assert self.whole is not None
        return self.whole(graph, setting)

    def total(self, numbers: Sequence[Dim]) -> Dim:
        """What nodes have together that have ``numbers`` of its column; ints, arrays or symbols."""
        found: Dim = maximum(*numbers) if self.peak else sum(numbers, 0)
        return found

    def by_node(self, graph: Graph, setting: Setting) -> Sequence[Dim]:
        """What each node has of it. Raises UsageError for what only a whole model has."""
        if self.column is None:
            raise UsageError(f"{self.key} is defined for a whole model only, not per layer")
        return self.column(graph, setting)

    def parts(self, graph: Graph, setting: Setting) -> Sequence[int] | None:
        """What each node has of it, in numbers that add up to the whole; None if it is no sum, or one of times."""
        return None if self.column is None or self.peak or self.unit == "s" else self.column(graph, setting)

    def place(self, graph: Graph, setting: Setting) -> int | None:
        """The first node at which a peak is reached, the input only if it is alone; None for what is no peak."""
        if self.at is not None:
            return self.at(graph, setting)
        if self.column is None or not self.peak:
            return None
        numbers = self.column(graph, setting)
        return max(range(1, len(numbers)), key=lambda index: (numbers[index], -index), default=0)

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

    def setting(self, text: str) -> Setting:
        """The setting that ``text`` says, such as ``fp16, batch=8``. Raises UsageError for what this does not take."""
        given: dict[str, str | int] = {}
        for word in (part.strip() for part in text.split(",") if text.strip()):
            name, equals, after = (part.strip() for part in word.partition("="))
            field = name if equals else next((key for key, known in WORDS.items() if short(name) in known), None)
            value = short(after if equals else name)
            if field not in self.takes:
                known = [each for key in self.takes for each in WORDS.get(key, ("batch=N",))]
                hint = nearest(word, known) if known else f"{self.key} depends on the model alone"
                raise UsageError(f"{self.key} does not take {shown(word) or 'an empty word'!r}", hint=hint)
            if field in given:
                raise UsageError(f"{self.key}: {field} given twice")
            words = self.dtypes if field == "dtype" and self.dtypes else WORDS.get(field, ())
            given[field] = _checked(f"{self.key}: {field} = {shown(value)}", field, value, words)
        return Setting(**given)  # type: ignore[arg-type]


def _checked(what: str, field: str, value: str, known: Sequence[str]) -> str | int:
    """``value`` if ``field`` of a setting can have it."""
    if field != "batch":
        if value not in known:
            raise UsageError(f"{what}: must be one of {', '.join(known)}")
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and int(value)):
        raise UsageError(f"{what}: must be a whole number from 1 to 999,999,999")
    return int(value)


_NAMED = re.compile(r"\s*(?P<name>[^()]*?)\s*(?:\((?P<words>[^()]*)\))?\s*")


def named(text: str) -> tuple[Quantity, Setting]:
    """What ``macs`` or ``bytes(fp16, batch=8)`` names. Raises UsageError for what names none."""
    parts = _NAMED.fullmatch(text)
    if parts is None:
        raise UsageError(f"{shown(text)!r} is not a quantity", hint="such as macs, or bytes(fp16)")
    found = quantity(parts["name"])
    return found, found.setting(parts["words"] or "")


def quantity(key: str) -> Quantity:
    """The quantity called ``key``. Raises UsageError naming the nearest."""
    known = {**QUANTITIES, **LEDGER, **TIMES}
    if key not in known:
        raise UsageError(f"no quantity {shown(key)}", hint=nearest(key, known))
    return known[key]


def notes(chosen: Sequence[Quantity], setting: Setting) -> list[str]:
    """How each of ``chosen`` is counted, for how many images, and at which type of elements."""
    found = list(dict.fromkeys(each.note for each in chosen if each.note))
    takes = {field for each in chosen for field in each.takes}
    if "batch" in takes:
        sized = f" in {setting.dtype}, {width(setting.dtype)} bytes per element" if "dtype" in takes else ""
        found.append(f"For {images(setting.batch)}{sized}.")
    if setting.dtype == "int8" and "dtype" in takes:
        found.append(
            "int8: 1 byte per element, 4 per bias (int32) or other parameter that is not a weight; max "
            "pooling stores no indices."
        )
    if setting.freeze and any("optimizer" in each.takes for each in chosen):
        found.append(f"Frozen in training: {', '.join(setting.freeze)}.")
    return found


def _each(count: Callable[[Node, Setting], Dim]) -> Callable[[Graph, Setting], Sequence[Dim]]:
    """The column of what each node has for itself, wherever it stands."""
    return lambda graph, setting: graph.each(lambda node: count(node, setting))


def _work(kind: str, per: int = 1) -> Callable[[Graph, Setting], Sequence[Dim]]:
    """``per`` for each operation of ``kind``."""
    return _each(lambda node, setting: per * setting.batch * node.ledger.get(kind, 0))


def _all_flops(node: Node, setting: Setting) -> Dim:
    counts = node.ledger
    return setting.batch * (sum(counts.values(), 0) + (FLOPS_PER_MAC - 1) * counts.get("macs", 0))


def _read(node: Node, setting: Setting) -> Dim:
    each = width(setting.dtype)
    read = each * (setting.batch * node.traffic.read + node.traffic.parameters)
    if setting.dtype == "int8":
        read += sum(((INT8_WIDTHS[tensor.role] - each) * product(tensor.shape) for tensor in node.parameters), 0)
    return read


def _written(node: Node, setting: Setting) -> Dim:
    return width(setting.dtype) * setting.batch * node.traffic.written


def _frozen(graph: Graph, setting: Setting) -> Sequence[Dim]:
    held = frozen_nodes(graph, setting.freeze)
    return [node.params["trainable"] if index in held else 0 for index, node in enumerate(graph.nodes)]


def _trained(graph: Graph, setting: Setting) -> Sequence[Dim]:
    return [node.params["trainable"] - held for node, held in zip(graph.nodes, _frozen(graph, setting), strict=True)]


def _depth(graph: Graph, setting: Setting) -> Sequence[int]:
    from costcalc.depth import on_deepest_path

    return on_deepest_path(graph)


def _live(graph: Graph, setting: Setting) -> Sequence[Dim]:
    from costcalc.memory import inference

    return inference.live(graph, inference.Inference(batch=setting.batch, dtype=setting.dtype))


def _step(graph: Graph, setting: Setting) -> Peak:
    from costcalc.memory.training import Training, peak

    return peak(graph, Training(setting.batch, setting.optimizer, setting.dtype, freeze=setting.freeze))


def _latency(graph: Graph, setting: Setting) -> Sequence[Any]:
    from costcalc.device.latency import predicted

    if setting.ceilings is None:
        raise UsageError("predicted latency requires the ceilings of a machine", hint="costcalc roofline")
    return predicted(graph, setting.ceilings, batch=setting.batch, dtype=setting.dtype)


def _node(graph: Graph, path: str) -> int | None:
    """The node at ``path``, or that which owns the tensor of that name."""
    places = {node.path: index for index, node in enumerate(graph.nodes)}
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path)


WORDS: Mapping[str, Sequence[str]] = {
    "dtype": tuple(DTYPES),
    "optimizer": OPTIMIZERS,
}
"""What the fields of a setting that are words can be."""

_MOVES = ("dtype", "batch")

_PARAMETERS = (
    "weights: of convolution and linear layers; trainable: also biases and affine parameters; stored: also statistics."
)
_MACS = (
    "MACs: multiply-accumulates of convolutions and linear layers, by costcalc's convention; FLOPs "
    "of the MACs: 2 per MAC."
)
_WORK = "FLOPs of all work: also 1 per addition, multiplication, comparison, division or exponential of every layer."
_MOVED = (
    "Bytes moved: every layer reads its inputs and writes its output once, and reads its parameters "
    "once per batch; views move nothing."
)
_RATIO = "Arithmetic intensity: FLOPs of all work per byte moved."
_LIVE = "Peak memory: the maximum of live tensor bytes; workspace inside operations is not counted."
_DEEPEST = "Depth: the maximum number of convolutions and linear layers on one path."

KINDS: Mapping[str, str] = {"weights": "weights", "trainable": "params", "stored": "stored"}
"""The quantity that counts the parameters of a kind, by the kind."""


def _parameters(kind: str) -> Quantity:
    column = _each(lambda node, setting: node.params[kind])
    return Quantity(KINDS[kind], f"Parameters, {kind}", "parameters", column, symbolic=True, note=_PARAMETERS)


def _bytes(key: str, title: str, count: Callable[[Node, Setting], Dim]) -> Quantity:
    return Quantity(key, title, "bytes", _each(count), symbolic=True, takes=_MOVES, note=_MOVED)


LEDGER: Mapping[str, Quantity] = {
    **{
        key: Quantity(key, key.capitalize(), key, _work(key), symbolic=True, takes=("batch",), note=_WORK)
        for key in WORK_KINDS
        if key != "macs"
    },
    "read": _bytes("read", "Bytes read", _read),
    "written": _bytes("written", "Bytes written", _written),
    "trained": Quantity("trained", "Trained", "parameters", _trained),
    "frozen": Quantity("frozen", "Frozen", "parameters", _frozen),
}
"""The parts of ``all_flops``, ``bytes`` and ``params``: no rows of a comparison."""

QUANTITIES: Mapping[str, Quantity] = {
    each.key: each
    for each in (
        _parameters("trainable"),
        _parameters("weights"),
        _parameters("stored"),
        Quantity("macs", "MACs", "MACs", _work("macs"), symbolic=True, takes=("batch",), note=_MACS),
        Quantity(
            "flops",
            "FLOPs of the MACs",
            "FLOPs",
            _work("macs", FLOPS_PER_MAC),
            symbolic=True,
            takes=("batch",),
            note=_MACS,
            short="FLOPs",
        ),
        Quantity(
            "all_flops",
            "FLOPs of all work",
            "FLOPs",
            _each(_all_flops),
            symbolic=True,
            takes=("batch",),
            note=_WORK,
            short="FLOPs",
        ),
        _bytes("bytes", "Bytes moved", lambda node, setting: _read(node, setting) + _written(node, setting)),
        Quantity(
            "intensity",
            "Arithmetic intensity",
            "FLOPs per byte",
            ratio=("all_flops", "bytes"),
            symbolic=True,
            takes=_MOVES,
            note=_RATIO,
            short="Intensity",
        ),
        Quantity(
            "peak_memory",
            "Peak memory at inference, without weights",
            "bytes",
            _live,
            "peak",
            symbolic=True,
            takes=_MOVES,
            dtypes=INFERENCE_DTYPES,
            note=_LIVE,
        ),
        Quantity(
            "training_memory",
            "Peak memory in training, with weights",
            "bytes",
            whole=lambda graph, setting: _step(graph, setting).bytes,
            takes=("dtype", "optimizer", "batch"),
            dtypes=TRAINING_DTYPES,
            at=lambda graph, setting: _node(graph, _step(graph, setting).path),
        ),
        Quantity("depth", "Depth", "layers", _depth, "path", symbolic=True, note=_DEEPEST),
    )
}
"""All quantities, by key, in the order of a comparison's rows."""

TIMES: Mapping[str, Quantity] = {
    "latency": Quantity(
        "latency",
        "Latency at inference, predicted",
        "s",
        _latency,
        symbolic=True,
        takes=("dtype", "batch"),
        dtypes=TIMED_DTYPES,
        note=(
            "Latency, predicted: each layer at the GEMM rate or at memory bandwidth, whichever takes "
            "longer, and at least the kernel launch overhead; nothing was run."
        ),
    )
}
"""What depends on a machine too: a `Setting` has its ceilings."""
