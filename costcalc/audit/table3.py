"""The largest tensor at each spatial resolution, compared with Table 3 of the MobileNetV2 paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.audit.derive import Deriver
from costcalc.audit.document import Claim
from costcalc.audit.library import document
from costcalc.graph import Graph
from costcalc.memory.inference import WHAT
from costcalc.memory.materialised import Largest, largest
from costcalc.table import Column, Table
from costcalc.words import width

__all__ = ["table3"]

BITS16 = 2
"""Bytes per element in the paper's table."""

MAXIMUM = "max"
"""The paper's last row, the maximum over all resolutions."""

ROWS = ("112", "56", "28", "14", "7", "1", MAXIMUM)

COLUMNS = {"v1": False, "v2": True, "shuffle": True}
"""The paper's columns as the claims name them, and whether it makes tensors in parts where it can (section 5.1)."""


def table3(dtype: str = "fp16") -> Table:
    """The largest tensors of the table's models next to the paper's cells; cells that differ are marked."""
    paper = document("mobilenetv2")
    claims = {claim.id: claim for claim in paper.claims}
    deriver = Deriver()
    columns = (
        Column("model", "Model"),
        Column("size", "Size"),
        Column("channels", "Channels", "count"),
        Column("bytes", f"Memory, {dtype}", "bytes"),
        Column("tensor", "Tensor"),
        Column("paper_channels", "Paper: channels", "count"),
        Column("paper_kilobytes", "Paper: Kb, 16 bits", "count"),
        Column("follows", "Follows"),
        Column("all_channels", "All tensors: channels", "count"),
        Column("all_bytes", f"All tensors, {dtype}", "bytes"),
    )
    rows = []
    notes = [
        f"Bytes are {WHAT}; {dtype}: {width(dtype)} per element. The largest materialised tensor at each spatial size, "
        "without the input, for one image of 224 x 224.",
        "MobileNetV1 materialises every tensor. MobileNetV2 and ShuffleNet do not materialise a convolution output "
        "that is processed channel by channel down to a smaller tensor, as in the paper's section 5.1 and the table's "
        "caption. All tensors: without that.",
        f"Paper: {paper.authors}, {paper.source}, Table 3. Some versions print 1/O(1) for the first size, and "
        "maxima of 800K, 200K and 600K.",
    ]
    graphs = []
    for column, in_parts in COLUMNS.items():
        subject = claims[f"table3-{column}-{MAXIMUM}"].value.subjects[""]
        graphs.append(deriver.graph(subject))
        for row, why in _rows(subject.model, graphs[-1], in_parts, claims, f"table3-{column}", width(dtype)):
            rows.append(row)
            if why:
                notes.append(f"{subject.model}, {row['size']}: {why.removesuffix('.')}.")
    return Table(
        "The largest tensors by spatial size, compared with Table 3 of the MobileNetV2 paper",
        columns,
        rows,
        notes=notes,
        about={
            "quantity": "largest tensors",
            "what": WHAT,
            "dtype": dtype,
            "width": width(dtype),
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs],
        },
    )


def _rows(
    model: str, graph: Graph, in_parts: bool, claims: dict[str, Claim], cells: str, bytes: int
) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The rows of ``model``, each with the paper's note on a cell that does not follow."""
    materialised, every = largest(graph, in_parts=in_parts), largest(graph)
    for size in ROWS:
        ours = _greatest(materialised) if size == MAXIMUM else materialised.get(int(size))
        plain = _greatest(every) if size == MAXIMUM else every[int(size)]
        channels = claims.get(f"{cells}-{size}-channels")
        memory = claims[f"{cells}-{size}" if size == MAXIMUM else f"{cells}-{size}-memory"]
        wrong = memory
        follows = ours is not None and _fits(memory, BITS16 * ours.elements)
        if channels is not None and (ours is None or not _fits(channels, ours.channels)):
            wrong, follows = channels, False
        row = {
            "model": model,
            "size": "maximum" if size == MAXIMUM else f"{size} x {size}",
            "channels": ours and ours.channels,
            "bytes": ours and ours.elements * bytes,
            "tensor": ours and ours.path,
            "paper_channels": channels and _printed(channels),
            "paper_kilobytes": _printed(memory) // 1000,
            "follows": follows,
            "all_channels": plain.channels,
            "all_bytes": plain.elements * bytes,
        }
        yield row, None if follows else wrong.note or "; ".join(each.what for each in wrong.others["slip"])


def _greatest(found: dict[int, Largest]) -> Largest:
    return max(found.values(), key=lambda each: each.elements)


def _printed(claim: Claim) -> int:
    assert claim.figure is not None
    return int(claim.figure.low)


def _fits(claim: Claim, number: int) -> bool:
    """Does ``number`` match the claim's figure exactly, rounded or truncated?"""
    return claim.figure is not None and claim.figure.fit(number) != "no"
