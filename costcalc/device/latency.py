"""How long a graph takes on a machine whose two ceilings are known, layer by layer: at least, and as predicted.

Source: Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.device.files import CeilingsSource, ceilings_file, read_ceilings
from costcalc.device.records import STEP, WORKS, Ceilings
from costcalc.dims import Dim, arithmetic, is_symbol, maximum
from costcalc.errors import UsageError
from costcalc.gradients import Gradients, gradients
from costcalc.graph import Graph, Node, listed
from costcalc.grouping import Counts, grouped
from costcalc.layers.base import Traffic
from costcalc.layers.merge import Add, Concat
from costcalc.table import Column, Table
from costcalc.wording import images
from costcalc.words import DEVICES, TIMED_DTYPES, one_of, width

__all__ = ["UPDATES", "Floor", "floors", "latency", "predict", "predicted", "rests_on", "total"]

UPDATES: Mapping[str, int] = {"sgd": 5, "rmsprop": 7, "adam": 7}
"""How many elements an optimizer moves for a parameter: it reads weight and gradient, reads and writes what it keeps,
and writes the weight. SGD keeps a momentum; RMSProp a mean square and a momentum; Adam two moments."""


class Floor(NamedTuple):
    """Seconds that a layer takes at least.

    ``arithmetic`` for its MACs at the GEMM rate, ``memory`` for its bytes at memory bandwidth, and
    ``floor``: the greater of the two in each pass over the layer. ``bound`` is the part of it where memory was the
    greater; ``predicted`` is the floor, or the time of a call where that is longer.
    """

    arithmetic: float
    memory: float
    floor: float
    bound: float
    predicted: float

    @property
    def binds(self) -> str | None:
        """What makes up the greater part of it: ``memory`` or ``arithmetic``; None of a floor of 0."""
        return binding(self.floor, self.bound)


def binding(floor: float, bound: float) -> str | None:
    """What binds for the greater part of a ``floor`` of which ``bound`` is where memory does; None of a floor of 0."""
    return ("memory" if 2 * bound > floor else "arithmetic") if floor else None


def floors(
    graph: Graph,
    ceilings: Ceilings,
    *,
    batch: int = 1,
    dtype: str = "fp32",
    work: str = "forward",
    freeze: Sequence[str] = (),
) -> list[Floor]:
    """The floor of every node of ``graph``, for ``batch`` images.

    ``work`` is one of `costcalc.device.records.WORKS`, whose backward passes leave out what ``freeze`` names.
    Layers run one after another and exchange tensors
    through memory: fused ones can be faster. Raises UsageError for an unknown ``dtype`` or ``work``, a batch below 1,
    and a dtype of which ``ceilings`` has no GEMM rate.
    """
    rate, bandwidth = _rates(ceilings, dtype)
    one_of("work =", work, WORKS)
    if batch < 1:
        raise UsageError(f"batch = {batch}: must be at least 1")
    needs = gradients(graph, freeze)
    found = []
    for node, need in zip(graph.nodes, needs, strict=True):
        passes = [
            _pass(macs / rate, moved / bandwidth, ceilings.call) for macs, moved in _passes(node, need, batch, work)
        ]
        found.append(Floor(*(sum(column) for column in zip(*passes, strict=True))) if passes else Floor(0, 0, 0, 0, 0))
    return found


def _rates(ceilings: Ceilings, dtype: str) -> tuple[float, float]:
    """Multiply-accumulates and elements moved for each second. Raises UsageError where the ceilings have no rate."""
    dtype = one_of("dtype =", dtype, TIMED_DTYPES)
    if dtype not in ceilings.products:
        message = f"the ceilings have no GEMM rate in {dtype}, only in {', '.join(ceilings.products) or 'none'}"
        raise UsageError(message, hint="run costcalc roofline to measure it")
    return ceilings.products[dtype].per_second, ceilings.copy_rate.per_second / width(dtype)


def predicted(graph: Graph, ceilings: Ceilings, *, batch: int = 1, dtype: str = "fp32") -> list[Any]:
    """The ``predicted`` seconds of a forward pass over each node, as in `floors`, here over any `Dim`."""
    rates = _rates(ceilings, dtype)
    found: list[Any] = []
    for node in graph.nodes:
        floor = maximum(*(_quotient(amount, rate) for amount, rate in zip(_forward(node, batch), rates, strict=True)))
        idle = isinstance(floor, float) and not floor
        found.append(0.0 if idle else maximum(floor, ceilings.call))
    return found


def _quotient(amount: Dim, rate: float) -> Any:
    return arithmetic("/", amount, rate) if is_symbol(amount) else amount / rate


def _pass(arithmetic: float, memory: float, call: float) -> Floor:
    floor = max(arithmetic, memory)
    return Floor(arithmetic, memory, floor, floor if memory > arithmetic else 0.0, max(floor, call) if floor else 0.0)


def _passes(node: Node, need: Gradients, batch: int, work: str) -> list[tuple[Dim, Dim]]:
    """The multiply-accumulates and the elements moved, of each pass over ``node`` that ``work`` makes."""
    traffic = node.traffic
    forward = macs, _ = _forward(node, batch)
    if work in ("forward", "layers"):
        return [forward]
    backward = ((need.weight + need.input) * macs, _gradient_traffic(node, traffic, need, batch))
    if work == "backward":
        return [backward]
    return [forward, backward, (0, UPDATES[work.removeprefix(STEP)] * node.params["trainable"])]


def _forward(node: Node, batch: int) -> tuple[Dim, Dim]:
    """The multiply-accumulates and the elements moved of a forward pass over ``node``."""
    traffic = node.traffic
    return batch * node.ledger.get("macs", 0), batch * (traffic.read + traffic.written) + traffic.parameters


def _gradient_traffic(node: Node, traffic: Traffic, need: Gradients, batch: int) -> Dim:
    """The elements that a backward pass moves at least: no tensor twice.

    The gradient of the output is read; for the gradient of the parameters, the input too, and it is written; for the
    gradient of the input, the parameters, and it is written. An addition hands its gradient on, a concatenation parts
    of it, and neither moves any.
    """
    if not need.any or isinstance(node.layer, Add | Concat):
        return 0
    moved = batch * traffic.written
    if need.weight:
        moved += batch * traffic.read + node.params["trainable"]
    if need.input:
        moved += batch * traffic.read + node.params["trainable"]
    return moved


def total(parts: Sequence[Floor]) -> Floor:
    """The sum over nodes."""
    return Floor(*(sum(column) for column in zip(*parts, strict=True)))


def predict(graph: Graph, ceilings: Ceilings, *, batch: int = 1, dtype: str = "fp32", work: str = "forward") -> float:
    """How many seconds ``work`` should take: the sum over layers of floors, or of calls where those are longer.

    Raises UsageError as `floors` does.
    """
    return total(floors(graph, ceilings, batch=batch, dtype=dtype, work=work)).predicted


COLUMNS = (
    Column("predicted", "Predicted", "ms"),
    Column("part", "Part", "share"),
    Column("arithmetic", "Arithmetic", "ms"),
    Column("memory", "Memory", "ms"),
    Column("floor", "Floor", "ms"),
    Column("bound", "Bound"),
)


def latency(
    graphs: Graph | Sequence[Graph],
    ceilings: CeilingsSource | None = None,
    *,
    device: str = "cpu",
    batch: int = 1,
    dtype: str = "fp32",
    work: str = "forward",
    by: str = "stage",
    top: int | None = None,
) -> Table:
    """The predicted time of each graph, a row for each stage, layer or type, and what it is made of.

    ``ceilings`` are those of the machine, or the file that has them; by default those that ``costcalc roofline`` kept
    for ``device``. Raises UsageError as `costcalc.device.latency.floors` does, and for an unknown ``by``.
    """
    device = one_of("device =", device, DEVICES)
    known = ceilings if isinstance(ceilings, Ceilings) else read_ceilings(ceilings or ceilings_file(device))

    def measure(graph: Graph) -> list[Counts]:
        found = floors(graph, known, batch=batch, dtype=dtype, work=work)
        return [{key: 1000 * value for key, value in floor._asdict().items()} for floor in found]

    def derive(count: Counts, total: Counts) -> Mapping[str, Any]:
        whole = total.get("predicted", 0)
        part = count.get("predicted", 0) / whole if whole else None
        return {"bound": binding(count.get("floor", 0), count.get("bound", 0)), "part": part}

    return grouped(
        listed(graphs),
        measure,
        COLUMNS,
        title=f"Predicted latency of {work}",
        by=by,
        top=top,
        derive=derive,
        notes=(
            f"For {images(batch)} in {dtype}. Arithmetic: MACs at the GEMM rate. Memory: bytes at memory bandwidth. "
            "Floor: the longer of the two, layer by layer. Predicted: the floor, but at least the launch overhead of "
            "each layer.",
            "Nothing was run. Assumes that layers run one after another, each as fast as the ceilings "
            "allow, and exchange their tensors through memory: real layers are slower, fused or cached ones "
            "can be faster.",
            rests_on(known),
        ),
        about={
            "quantity": "latency",
            "batch": batch,
            "dtype": dtype,
            "work": work,
            "ceilings": known.model_dump(by_alias=True),
        },
    )


def rests_on(ceilings: Ceilings) -> str:
    """A sentence: the ceilings, and where they were measured."""
    products = ", ".join(f"{2 * rate.per_second / 1e9:,.4g} in {dtype}" for dtype, rate in ceilings.products.items())
    copy, call = ceilings.copy_rate.per_second / 1e9, 1e6 * ceilings.call
    return (
        f"Ceilings: GEMM rate {products} GFLOP/s (2 FLOPs per MAC), memory bandwidth {copy:,.4g} GB/s, launch "
        f"overhead {call:,.3g} microseconds; on {ceilings.environment.hardware}, torch {ceilings.environment.torch}, "
        f"{ceilings.measured}."
    )
