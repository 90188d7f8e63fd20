"""Inference memory: runs of graphs and their tables.

All bytes are live tensor storage: the workspace that kernels allocate internally is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.dims import Dim
from costcalc.errors import CheckFailed, UsageError
from costcalc.graph import Graph, listed
from costcalc.grouping import named
from costcalc.layers.allocation import INDEX, Tensors
from costcalc.memory import stored
from costcalc.memory.arena import Arena, arena
from costcalc.memory.liveness import Liveness, liveness
from costcalc.memory.nested import nested_peak
from costcalc.memory.order import Best, best_order
from costcalc.memory.program import Program, check_whole, program
from costcalc.memory.rewriting import fold, fuse, in_place
from costcalc.memory.split import as_one, split
from costcalc.table import Column, Remark, Table
from costcalc.words import INFERENCE_DTYPES, one_of, width

__all__ = [
    "ORDERS",
    "Inference",
    "Run",
    "declared",
    "live",
    "meaning",
    "peak_memory",
    "plan",
    "rewritten",
    "run",
    "timeline",
]

ORDERS = ("declared", "best")

Tell = Callable[[str], None]
"""Callback that receives progress messages."""

WHAT = "live tensor storage, workspace inside operations not counted"


class Inference(NamedTuple):
    """How a model runs: batch size, dtype of all tensors, execution order, and graph rewrites.

    ``hold_input``: the caller keeps the input; otherwise it is freed after its last use. ``parts``: the number of parts
    into which the inner tensors of inverted residuals are split.
    """

    batch: int = 1
    dtype: str = "fp32"
    order: str = "declared"
    hold_input: bool = True
    in_place: bool = False
    fold: bool = False
    fuse: bool = False
    parts: int = 1


class Run(NamedTuple):
    """A ``graph`` after rewriting, its program and live bytes; ``best`` is the best order, if requested."""

    graph: Graph
    program: Program
    liveness: Liveness
    best: Best | None

    @property
    def order(self) -> tuple[int, ...]:
        """The operations in execution order."""
        return self.best.order if self.best else self.program.order

    @property
    def at(self) -> str:
        """The first operation that reaches the peak."""
        step = self.liveness.at
        return self.graph.nodes[0].path if step is None else self.liveness.steps[step].path


def rewritten(graph: Graph, setting: Inference) -> Graph:
    """``graph`` with folded batch norms, in-place or fused activations and split inner tensors, as in ``setting``."""
    if setting.fuse:
        graph = fuse(graph)
    elif setting.fold:
        graph = fold(graph)
    if setting.in_place:
        graph = in_place(graph)
    return graph if setting.parts == 1 else split(graph, setting.parts).graph


def declared(graph: Graph, setting: Inference) -> Program:
    """The memory program of ``graph``, not rewritten and in declared order, over any `Dim`; sizes in bytes."""
    tensors = Tensors(setting.batch, width(setting.dtype, INFERENCE_DTYPES), 0 if setting.dtype == "int8" else INDEX)
    return program(graph, tensors, hold_input=setting.hold_input)


def live(graph: Graph, setting: Inference) -> list[Dim]:
    """Live bytes while each node of ``graph`` runs, in declared order; the first entry is the input alone."""
    found = liveness(declared(graph, setting))
    return [found.before, *(step.during for step in found.steps)]


def run(graph: Graph, setting: Inference, tell: Tell | None = None) -> Run:
    """Run ``graph`` under ``setting``. Raises UsageError for an invalid setting or a graph over symbols or arrays.

    ``tell`` receives the progress of a long search for the best order.
    """
    if setting.batch < 1:
        raise UsageError(f"batch = {setting.batch}: must be at least 1")
    one_of("order =", setting.order, ORDERS)
    graph = rewritten(graph, setting)
    steps = declared(graph, setting)
    check_whole(steps)
    best = best_order(steps, tell=_named_in(tell, graph)) if setting.order == "best" else None
    return Run(graph, steps, liveness(steps, best.order if best else None), best)


def _named_in(tell: Tell | None, graph: Graph) -> Tell | None:
    """``tell`` with the name of ``graph`` prefixed to each message."""
    return None if tell is None else lambda text: tell(f"{graph.name}: {text}")


def peak_memory(
    graphs: Graph | Sequence[Graph],
    setting: Inference | None = None,
    *,
    nested: bool = False,
    tell: Tell | None = None,
) -> Table:
    """Weights, peak live bytes at inference and location of the peak for each graph.

    ``nested`` adds the peak of the same model written as nested modules, in declared order. ``tell`` receives the
    progress of long searches, as in `run`, `timeline` and `plan`.
    """
    graphs, setting = listed(graphs), setting or Inference()
    runs = [run(graph, setting, tell) for graph in graphs]
    columns = [
        Column("model", "Model"),
        Column("weights", "Weights", "bytes"),
        Column("peak", "Peak", "bytes"),
        Column("at", "At"),
        Column("sum", "Weights and peak", "bytes"),
    ]
    if setting.order == "best":
        columns.insert(2, Column("declared", "Peak as declared", "bytes"))
    if setting.parts > 1:
        columns += [Column("whole", "Peak unsplit", "bytes"), Column("bound", "Bound of splits", "bytes")]
    if nested:
        columns.append(Column("nested", "Peak of nested modules", "bytes"))
    rows = []
    for graph, each in zip(graphs, runs, strict=True):
        weights = stored.at_inference(each.graph, setting.dtype, width(setting.dtype, INFERENCE_DTYPES))
        peak = each.liveness.peak
        row = {"model": graph.name, "weights": weights, "peak": peak, "at": each.at, "sum": weights + peak}
        if setting.order == "best":
            row["declared"] = liveness(each.program).peak
        if setting.parts > 1:
            whole = run(graph, setting._replace(parts=1), tell)
            one = as_one(whole.graph, whole.program)
            row["whole"] = whole.liveness.peak
            row["bound"] = best_order(one).bound if setting.order == "best" else liveness(one).peak
        if nested:
            row["nested"] = nested_peak(each.program)[0]
        rows.append(row)
    notes = [*meaning(setting), *stored.notes([each.graph for each in runs], setting.dtype)]
    if setting.parts > 1:
        notes.append("Bound of splits: the input and output of an inverted residual are live together in any split.")
    if nested:
        notes.append(
            "Nested modules: the same model as nested modules in declared order; each call holds its arguments until "
            "it returns."
        )
    notes += [_found(each) for each in runs if each.best]
    about = {**_about(graphs, setting), "orders": [_order(each) for each in runs if each.best]}
    return Table(_title("Inference memory", graphs, setting), columns, rows, notes=notes, about=about)


def timeline(graph: Graph, setting: Inference, tell: Tell | None = None) -> Table:
    """Live bytes of ``graph`` at each step."""
    each = run(graph, setting, tell)
    peak = each.liveness.peak
    columns = (
        Column("step", "Step", "count"),
        Column("operation", "Operation"),
        Column("live", "Live", "bytes"),
        Column("bar", "Share of peak", "bar"),
        Column("after", "Live after", "bytes"),
    )
    rows = [
        {
            "step": number,
            "operation": step.path,
            "live": step.during,
            "bar": step.during / peak,
            "after": step.after,
        }
        for number, step in enumerate(each.liveness.steps)
    ]
    notes = [f"Peak: {peak:,} bytes at {each.at}.", *meaning(setting)]
    if each.best:
        notes.append(_found(each))
    about = {**_about([graph], setting), "peak": peak, "at": each.at}
    return Table(_title("Live bytes step by step", [graph], setting), columns, rows, notes=notes, about=about)


def plan(graph: Graph, setting: Inference, size: int | None = None, tell: Tell | None = None) -> Table:
    """The arena plan of ``graph``: an offset for every tensor in one block of memory.

    Raises UsageError if ``size`` bytes are below the lower bound, CheckFailed if they are below the size of this plan.
    """
    each = run(graph, setting, tell)
    made = arena(each.program, each.order)
    if size is not None:
        _check(graph, made, size)
    columns = (
        Column("tensor", "Tensor"),
        Column("offset", "Offset", "bytes"),
        Column("size", "Size", "bytes"),
        Column("first", "First step", "count"),
        Column("last", "Last step", "count"),
    )
    above = made.size - made.bound
    distance = f"{above:,} bytes ({above / made.bound:.1%}) above" if above else "equal to"
    notes = [
        f"Arena: {made.size:,} bytes, {distance} the peak of {made.bound:,} bytes, the minimum of any plan.",
        f"Greedy by {made.heuristic}: the better of two heuristics.",
        *meaning(setting),
    ]
    if each.best:
        notes.append(_found(each))
    about = {
        **_about([graph], setting),
        "size": made.size,
        "bound": made.bound,
        "heuristic": made.heuristic,
        "steps": [each.program.operations[number].path for number in each.order],
    }
    rows = [block._asdict() for block in made.blocks]
    return Table(_title("Arena", [graph], setting), columns, rows, notes=notes, about=about)


def _check(graph: Graph, made: Arena, size: int) -> None:
    if size < made.bound:
        message = f"an arena of {size:,} bytes is too small for {graph.name}: the peak of live bytes is {made.bound:,}"
        raise UsageError(message)
    if size < made.size:
        raise CheckFailed(
            f"no plan found for {graph.name} in an arena of {size:,} bytes: the best one requires {made.size:,}",
            hint=f"every plan requires at least {made.bound:,}",
        )


def _title(what: str, graphs: Sequence[Graph], setting: Inference) -> str:
    models = "; ".join(named(graph) for graph in graphs)
    return f"{what}, batch {setting.batch}, {setting.dtype}: {models}"


def meaning(setting: Inference) -> list[str]:
    """Notes that define the numbers of a run under ``setting``."""
    bytes = width(setting.dtype, INFERENCE_DTYPES)
    each = f"{bytes} byte{'s' if bytes > 1 else ''} per element of every tensor"
    indices = "; no max pooling indices" if setting.dtype == "int8" else "; max pooling indices: 8 bytes each"
    notes = [
        f"Bytes are {WHAT}; {setting.dtype}: {each}{indices}.",
        "The caller holds the input." if setting.hold_input else "The input is freed after its last use.",
    ]
    if setting.fuse:
        notes.append("Fused: convolution, batch norm and activation are one operation.")
    elif setting.fold:
        notes.append("Batch norms are folded into the convolutions and linear layers before them.")
    if setting.in_place:
        notes.append("Activations run in place where torch supports it and nothing else reads their input.")
    if setting.parts > 1:
        notes.append(f"The inner tensors of inverted residuals are computed and consumed in {setting.parts} parts.")
    return notes


def _found(each: Run) -> str:
    """Note with the result of the search for the best order."""
    best = each.best
    assert best is not None
    if best.exact:
        return f"{each.graph.name}: order with the smallest possible peak."
    return Remark(
        f"{each.graph.name}: best order found; the search stopped after {best.effort:,} states, and every order has a "
        f"peak of at least {best.bound:,} bytes."
    )


def _order(each: Run) -> Mapping[str, Any]:
    best = each.best
    assert best is not None
    steps = [each.program.operations[number].path for number in best.order]
    return {"model": each.graph.name, "exact": best.exact, "bound": best.bound, "steps": steps}


def _about(graphs: Sequence[Graph], setting: Inference) -> dict[str, Any]:
    models = [{"name": graph.name, "knobs": dict(graph.knobs)} for graph in graphs]
    return {
        "quantity": "memory",
        "what": WHAT,
        "models": models,
        **setting._asdict(),
        "width": width(setting.dtype, INFERENCE_DTYPES),
    }
