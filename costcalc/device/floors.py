"""The least time that a graph can take on a machine, layer by layer, by the two ceilings of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc.device.results import Ceilings
from costcalc.device.results.records import STEP, WORKS
from costcalc.dims import Dim
from costcalc.errors import UsageError
from costcalc.gradients import Gradients, gradients
from costcalc.graph import Graph, Node
from costcalc.layers.base import Traffic
from costcalc.layers.merge import Add, Concat
from costcalc.words import TIMED_DTYPES, one_of, width

__all__ = ["UPDATES", "Floor", "floors", "predict", "total"]

UPDATES: Mapping[str, int] = {"sgd": 5, "rmsprop": 7, "adam": 7}
"""How many elements an optimizer moves for a parameter: it reads weight and gradient, reads and writes what it keeps,
and writes the weight. SGD keeps a momentum; RMSProp a mean square and a momentum; Adam two moments."""


class Floor(NamedTuple):
    """Seconds that a layer takes at least.

    ``arithmetic`` for its MACs at the rate of a matrix product, ``memory`` for its bytes at the rate of a copy, and
    ``floor``: the greater of the two in each pass over the layer. ``bound`` is the part of it where memory was the
    greater; ``predicted`` is the floor, or the time of a call where that is longer.
    """

    arithmetic: float
    memory: float
    floor: float
    bound: float
    predicted: float


def floors(
    graph: Graph, ceilings: Ceilings, *, batch: int = 1, dtype: str = "fp32", work: str = "forward"
) -> list[Floor]:
    """The floor of every node of ``graph``, for ``batch`` images.

    ``work`` is one of `costcalc.device.results.records.WORKS`. Layers run one after another and exchange tensors
    through memory: fused ones can be faster. Raises UsageError for an unknown ``dtype`` or ``work``, a batch below 1,
    and a dtype of which ``ceilings`` has no matrix product.
    """
    dtype = one_of("dtype =", dtype, TIMED_DTYPES)
    if dtype not in ceilings.products:
        message = f"the ceilings have no matrix product in {dtype}, only in {', '.join(ceilings.products) or 'none'}"
        raise UsageError(message, hint="costcalc roofline measures one")
    one_of("work =", work, WORKS)
    if batch < 1:
        raise UsageError(f"batch = {batch}: must be at least 1")
    rate = ceilings.products[dtype].per_second
    bandwidth = ceilings.copy_rate.per_second / width(dtype)
    needs = gradients(graph)
    found = []
    for node, need in zip(graph.nodes, needs, strict=True):
        passes = [
            _pass(macs / rate, moved / bandwidth, ceilings.call) for macs, moved in _passes(node, need, batch, work)
        ]
        found.append(Floor(*(sum(column) for column in zip(*passes, strict=True))) if passes else Floor(0, 0, 0, 0, 0))
    return found


def _pass(arithmetic: float, memory: float, call: float) -> Floor:
    floor = max(arithmetic, memory)
    return Floor(arithmetic, memory, floor, floor if memory > arithmetic else 0.0, max(floor, call) if floor else 0.0)


def _passes(node: Node, need: Gradients, batch: int, work: str) -> list[tuple[Dim, Dim]]:
    """The multiply-accumulates and the elements moved, of each pass over ``node`` that ``work`` makes."""
    traffic = node.traffic
    macs = batch * node.ledger.get("macs", 0)
    forward = (macs, batch * (traffic.read + traffic.written) + traffic.parameters)
    if work in ("forward", "layers"):
        return [forward]
    backward = ((need.weight + need.input) * macs, _gradient_traffic(node, traffic, need, batch))
    if work == "backward":
        return [backward]
    return [forward, backward, (0, UPDATES[work.removeprefix(STEP)] * node.params["trainable"])]


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
