"""The MobileNetV2 paper's Table 3: the largest tensor to be materialised at each spatial resolution.

Source of the paper's cells: Sandler et al. 2018, arXiv:1801.04381v4, Table 3: channels / memory in Kb at 16 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.graph import Graph
from costcalc.memory.inference import WHAT
from costcalc.memory.materialised import Largest, largest
from costcalc.table import Column, Table
from costcalc.words import width

__all__ = ["MODELS", "PAPER", "Printed", "follows", "printed_as", "table3"]

BITS16 = 2
"""Bytes per element in the paper's table."""

MAXIMUM = 0
"""The key of the paper's last row, the maximum over all resolutions."""


class Printed(NamedTuple):
    """What the paper prints, channels and kilobytes, and, where that does not follow from the architecture, why."""

    channels: int | None
    kilobytes: int
    why: str | None = None


class Model(NamedTuple):
    """A column of the table: a shipped model and its knobs. ``in_parts``: the paper makes its tensors in parts where
    that is possible (its section 5.1)."""

    name: str
    knobs: Mapping[str, int]
    in_parts: bool


MODELS: Sequence[Model] = (
    Model("mobilenetv1", {}, in_parts=False),
    Model("mobilenetv2", {}, in_parts=True),
    Model("shufflenet", {"groups": 3, "scale": 2}, in_parts=True),
)

_NEXT_ROW = "the channels are those of the tensor that the next block makes, at half this size: a row too early"
_TWO_GROUPS = "2x of the widths for 2 groups (200, 400, 800); those for 3 groups are 240, 480, 960"

PAPER: Mapping[str, Mapping[int, Printed]] = {
    "mobilenetv1": {
        112: Printed(64, 1600),
        56: Printed(128, 800),
        28: Printed(256, 400),
        14: Printed(512, 200),
        7: Printed(1024, 199, "1024 channels at 7 x 7 take 100 kB; this is twice as much"),
        1: Printed(1024, 2),
        MAXIMUM: Printed(None, 1600),
    },
    "mobilenetv2": {
        112: Printed(16, 400),
        56: Printed(32, 200, _NEXT_ROW),
        28: Printed(64, 100, _NEXT_ROW),
        14: Printed(160, 62, _NEXT_ROW),
        7: Printed(320, 32, "320 channels at 7 x 7 take 31.4 kB, which rounds to 31"),
        1: Printed(1280, 2),
        MAXIMUM: Printed(None, 400),
    },
    "shufflenet": {
        112: Printed(
            32, 800, "the first layer has 48 channels at 2x, and 24 at 1x; made in parts, none is needed at 112"
        ),
        56: Printed(48, 300),
        28: Printed(400, 600, _TWO_GROUPS),
        14: Printed(800, 310, _TWO_GROUPS),
        7: Printed(1600, 156, _TWO_GROUPS),
        1: Printed(1600, 3, _TWO_GROUPS),
        MAXIMUM: Printed(None, 600, "the maximum over cells that have the widths for 2 groups"),
    },
}


def printed_as(size: int, kilobytes: int) -> bool:
    """Can ``size`` bytes be printed as ``kilobytes``? Of 1000 or of 1024 bytes, rounded or cut at any digit."""
    for unit in (1000, 1024):
        for place in (1, 10, 100, 1000):
            for whole in (size // (unit * place), (2 * size + unit * place) // (2 * unit * place)):
                if whole and whole * place == kilobytes:
                    return True
    return False


def follows(cell: Printed, found: Largest | None) -> bool:
    """Does ``cell`` say what the architecture gives?"""
    if found is None:
        return False
    return cell.channels in (None, found.channels) and printed_as(found.elements * BITS16, cell.kilobytes)


def table3(graphs: Mapping[str, Graph], dtype: str = "fp16") -> Table:
    """The paper's cells beside those of ``graphs``, the models of `MODELS` by name; cells that differ are marked."""
    columns = (
        Column("model", "Model"),
        Column("size", "Size"),
        Column("channels", "Channels", "count"),
        Column("bytes", f"Memory, {dtype}", "bytes"),
        Column("tensor", "Tensor"),
        Column("paper_channels", "Paper: channels", "count"),
        Column("paper_kilobytes", "Paper: Kb, 16 bits", "count"),
        Column("follows", "Follows"),
        Column("all_channels", "Of all tensors: channels", "count"),
        Column("all_bytes", f"Of all tensors, {dtype}", "bytes"),
    )
    rows = []
    notes = [
        f"Bytes are {WHAT}; {dtype}: {width(dtype)} per element. The largest tensor to be materialised at each spatial "
        "size, the image left out, for one image of 224 x 224.",
        "MobileNetV1 makes every tensor as a whole. MobileNetV2 and ShuffleNet make in parts what they can, as in the "
        "paper's section 5.1 and the table's caption: the output of a convolution that is worked on channel by channel "
        "until a smaller tensor is left. Of all tensors: without that.",
        "Paper: Sandler et al. 2018, arXiv:1801.04381v4, Table 3. Some versions print 1/O(1) for the first size, and "
        "maxima of 800K, 200K and 600K.",
    ]
    for model in MODELS:
        for row, why in _rows(model, graphs[model.name], width(dtype)):
            rows.append(row)
            if why:
                notes.append(f"{model.name}, {row['size']}: {why}.")
    return Table(
        "The largest tensors by spatial size, beside the MobileNetV2 paper's Table 3",
        columns,
        rows,
        notes=notes,
        about={
            "quantity": "largest tensors",
            "what": WHAT,
            "dtype": dtype,
            "width": width(dtype),
            "models": [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs.values()],
        },
    )


def _rows(model: Model, graph: Graph, bytes: int) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The rows of ``model``, each with what is to be said of the paper's cell."""
    materialised, every = largest(graph, in_parts=model.in_parts), largest(graph)
    for found in (materialised, every):
        found[MAXIMUM] = max(found.values(), key=lambda each: each.elements)
    for size, cell in PAPER[model.name].items():
        ours, plain = materialised.get(size), every[size]
        row = {
            "model": model.name,
            "size": f"{size} x {size}" if size != MAXIMUM else "maximum",
            "channels": ours and ours.channels,
            "bytes": ours and ours.elements * bytes,
            "tensor": ours and ours.path,
            "paper_channels": cell.channels,
            "paper_kilobytes": cell.kilobytes,
            "follows": follows(cell, ours),
            "all_channels": plain.channels,
            "all_bytes": plain.elements * bytes,
        }
        yield row, None if row["follows"] else cell.why
