"""What a benchmark measures: its cells, how often each is timed, and the graphs of the cells of a results file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from itertools import product

from costcalc.device.files import Results
from costcalc.device.records import STEP, Cell, Policy
from costcalc.device.statistics import CONFIDENCE
from costcalc.errors import CostcalcError, UsageError, shown
from costcalc.gradients import gradients
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import ModelSpec, load
from costcalc.spec.shipped import shipped_file
from costcalc.strict import parsed
from costcalc.words import short

__all__ = ["cells", "digest", "graphs_of", "policy"]


def cells(
    graphs: Sequence[Graph],
    *,
    batches: Sequence[int] = (1,),
    dtypes: Sequence[str] = ("fp32",),
    modes: Sequence[str] = ("eager",),
    works: Sequence[str] = ("forward", "backward"),
    layout: str = "contiguous",
    freeze: Sequence[str] = (),
) -> list[tuple[Cell, Graph]]:
    """A cell for every combination, with its graph; layers are timed in eager mode alone.

    Graphs of one resolution follow each other closest, for they are what is compared. Training steps ``freeze`` the
    layers that these patterns name. Raises CostcalcError for a word or a number that no cell may have, and UsageError
    for a pattern that names no layer with parameters and for a graph of which nothing is left to train.
    """
    for graph in graphs if freeze else ():
        if not any(need.weight for need in gradients(graph, freeze)):
            raise UsageError(f"{shown(graph.name)} has nothing to train: all its layers are frozen")
    digests = [digest(graph) for graph in graphs]
    resolutions = dict.fromkeys(graph.knobs.get("resolution") for graph in graphs)
    return [
        (_cell(graph, name, batch, short(dtype), mode, layout, work, freeze if work.startswith(STEP) else ()), graph)
        for resolution, batch, dtype, mode, work in product(resolutions, batches, dtypes, modes, works)
        if work != "layers" or mode == "eager"
        for graph, name in zip(graphs, digests, strict=True)
        if graph.knobs.get("resolution") == resolution
    ]


def _cell(
    graph: Graph, digest: str, batch: int, dtype: str, mode: str, layout: str, work: str, freeze: Sequence[str]
) -> Cell:
    return parsed(
        Cell,
        {
            "model": graph.name,
            "knobs": dict(graph.knobs),
            "graph": digest,
            "batch": batch,
            "dtype": dtype,
            "mode": mode,
            "layout": layout,
            "work": work,
            "freeze": list(freeze),
        },
    )


def policy(quick: bool) -> Policy:
    """How often each cell is timed: until its interval is narrow, or for a look."""
    if quick:
        return Policy(least=6, most=6, spread=0.02, slot=0.01, confidence=CONFIDENCE, seconds=8.0)
    return Policy(least=9, most=25, spread=0.02, slot=0.2, confidence=CONFIDENCE)


def digest(graph: Graph) -> str:
    """16 hexadecimal digits that change with any layer, argument, connection, shape or output of ``graph``."""
    lines = [f"{node.path} {node.layer!r} {node.inputs} {node.shape}" for node in graph.nodes]
    ends = [output.node for output in graph.outputs]
    if ends != [len(graph.nodes) - 1]:
        lines.append(f"outputs {ends}")
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def graphs_of(results: Results) -> tuple[dict[int, Graph], list[str]]:
    """The graphs of the cells of ``results``, by number, and why some are missing: specs that are gone or changed."""
    files = {subject.name: subject.file for subject in results.header.subjects}
    loaded = cache(_loaded)
    found: dict[int, Graph] = {}
    reasons: dict[str, None] = {}
    for index, cell in enumerate(results.cells):
        try:
            graph = infer(loaded(files.get(cell.model, cell.model)), cell.knobs)
            if digest(graph) != cell.graph:
                raise CostcalcError("its spec has changed since the measurement")
        except CostcalcError as error:
            reasons[f"{cell.model}: {error}"] = None
        else:
            found[index] = graph
    return found, list(reasons)


def _loaded(file: str) -> ModelSpec:
    """The model in ``file``, which may be what messages call a shipped one."""
    name = os.path.basename(file).removesuffix(".yaml")
    return load(name if file == shipped_file("models", name)[1] else file)
