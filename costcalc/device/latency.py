"""How long a model should take on a machine whose ceilings are known, without running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.device.cells import rests_on
from costcalc.device.floors import floors
from costcalc.device.results import Ceilings
from costcalc.graph import Graph
from costcalc.grouping import Counts, grouped
from costcalc.table import Column, Table
from costcalc.wording import images

__all__ = ["latency"]

COLUMNS = (
    Column("predicted", "Predicted", "ms"),
    Column("part", "Part", "share"),
    Column("arithmetic", "Arithmetic", "ms"),
    Column("memory", "Memory", "ms"),
    Column("floor", "Floor", "ms"),
    Column("bound", "Bound"),
)


def latency(
    graphs: Sequence[Graph],
    ceilings: Ceilings,
    *,
    batch: int = 1,
    dtype: str = "fp32",
    work: str = "forward",
    by: str = "stage",
    top: int | None = None,
) -> Table:
    """The predicted time of each graph, a row for each stage, layer or type, and what it is made of.

    Raises UsageError as `costcalc.device.floors.floors` does, and for an unknown ``by``.
    """

    def measure(graph: Graph) -> list[Counts]:
        found = floors(graph, ceilings, batch=batch, dtype=dtype, work=work)
        return [{key: 1000 * value for key, value in floor._asdict().items()} for floor in found]

    def derive(count: Counts, total: Counts) -> Mapping[str, Any]:
        floor, whole = count.get("floor", 0), total.get("predicted", 0)
        binding = "memory" if 2 * count.get("bound", 0) > floor else "arithmetic"
        part = count.get("predicted", 0) / whole if whole else None
        return {"bound": binding if floor else None, "part": part}

    return grouped(
        graphs,
        measure,
        COLUMNS,
        title=f"Predicted time of {work}",
        by=by,
        top=top,
        derive=derive,
        notes=(
            f"For {images(batch)} in {dtype}. Arithmetic: MACs at the rate of a matrix product. Memory: bytes at that "
            "of a copy. Floor: the longer of the two, layer by layer. Predicted: the floor, or a call where that is "
            "longer.",
            "No module ran. It rests on layers that run one after another, each as fast as the ceilings allow, and "
            "exchange their tensors through memory: real ones are slower, fused or cached ones can be faster.",
            rests_on(ceilings),
        ),
        about={
            "quantity": "latency",
            "batch": batch,
            "dtype": dtype,
            "work": work,
            "ceilings": ceilings.model_dump(by_alias=True),
        },
    )
