"""Is what costcalc says of a graph true of the torch module built from it? Compared layer by layer, to the last unit.

The module is costcalc's own: this checks the counts of a spec, not that the spec is the model of a paper or a library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from costcalc.analyses.cost import total_macs, total_params
from costcalc.errors import CostcalcError, shown
from costcalc.graph import Graph
from costcalc.measure.build import build, module_names
from costcalc.measure.counters import fvcore_macs, torch_forward
from costcalc.measure.extras import reason
from costcalc.table import Column, Table
from costcalc.wording import FLOPS_PER_MAC

__all__ = ["MODULE", "Difference", "Validation", "differences", "summary", "validate"]

WHOLE = "(whole model)"
"""The path of what is true of the sum over all nodes."""

OUTPUT = "shape of the output"
FVCORE = "multiply-accumulates by fvcore"
TORCH = "FLOPs by torch"

MODULE = "the torch module built from the same spec"
"""What a model is compared with."""

Facts = dict[tuple[str, str], Any]
"""Values by (node path, what is said of it)."""


class Difference(NamedTuple):
    """A node, what is said of it, and the two values; None is no value at all."""

    path: str
    what: str
    costcalc: Any
    other: Any


class Validation(NamedTuple):
    """What came of comparing one model at one setting of its knobs.

    ``layers`` were compared, ``checks`` values altogether; ``params`` (trainable) and ``macs`` are costcalc's totals.
    """

    model: str
    knobs: Mapping[str, Any]
    layers: int
    params: int
    macs: int
    checks: int
    differences: tuple[Difference, ...]


def validate(graph: Graph) -> Validation:
    """Compare ``graph`` with the torch module that is built from it.

    For every node and for the whole: names and shapes of parameters and buffers, and their three counts; the shape of
    the output; fvcore's multiply-accumulates; torch's FLOPs, which must be twice ours. Where ours is 0, theirs must be.
    Raises CostcalcError, naming the node, where no module can be built.
    """
    model = build(graph, device="meta").eval()
    ours = _claims(graph)
    theirs, refusal = _observations(graph, model)
    if refusal:
        ours = {key: value for key, value in ours.items() if key in theirs}
    places = {node.path: number for number, node in enumerate(graph.nodes)}
    keys = sorted({**ours, **theirs}, key=lambda key: places.get(key[0], len(places)))
    found = [Difference(*key, ours.get(key), theirs.get(key)) for key in keys if ours.get(key) != theirs.get(key)]
    return Validation(
        model=graph.name,
        knobs=graph.knobs,
        layers=len(graph.nodes) - 1,
        params=total_params(graph)["trainable"],
        macs=total_macs(graph),
        checks=len(keys) + len(refusal),
        differences=(*found, *refusal),
    )


def _claims(graph: Graph) -> Facts:
    """What costcalc says."""
    facts: Facts = {}
    for node in graph.nodes[1:]:
        for tensor in node.parameters:
            facts[node.path, f"shape of {tensor.name}"] = tensor.shape
        facts[node.path, OUTPUT] = node.shape
        macs = node.ledger.get("macs", 0)
        for what, value in {**node.params, FVCORE: macs, TORCH: FLOPS_PER_MAC * macs}.items():
            facts[node.path, what] = value
    if len(graph.outputs) == 1:
        facts[WHOLE, OUTPUT] = graph.nodes[graph.outputs[0].node].shape
    else:
        facts |= {(WHOLE, f"{OUTPUT} {output.name}"): graph.nodes[output.node].shape for output in graph.outputs}
    macs = total_macs(graph)
    for what, value in {**total_params(graph), FVCORE: macs, TORCH: FLOPS_PER_MAC * macs}.items():
        facts[WHOLE, what] = value
    return facts


def _observations(graph: Graph, model: nn.Module) -> tuple[Facts, tuple[Difference, ...]]:
    """What torch and fvcore say; and, if torch could not run the module to its end, where and why."""
    facts: Facts = {}
    image = _image(graph)
    forward = torch_forward(model, image)
    macs = fvcore_macs(model, image) if forward.refused is None else {}
    names = module_names(graph)
    for path, name in {**names, WHOLE: ""}.items():
        module = model.get_submodule(name)
        if name:
            for tensor_name, tensor in _tensors(module):
                facts[path, f"shape of {tensor_name}"] = tuple(tensor.shape)
        for kind, count in _params(module).items():
            facts[path, kind] = count
        if name in forward.shapes:
            facts[path, OUTPUT] = forward.shapes[name]
        if name in forward.shapes or not forward.refused:
            facts[path, TORCH] = forward.flops.get(name, 0)
        if name in macs:
            facts[path, FVCORE] = macs[name]
    for output, shape in forward.outputs.items():
        facts[WHOLE, f"{OUTPUT} {output}"] = shape
    if forward.refused is None:
        return facts, ()
    name, why = forward.refused
    path = next((path for path in names if names[path] == name), WHOLE)
    return facts, (Difference(path, "forward run", "runs", why),)


def _image(graph: Graph) -> torch.Tensor:
    shape = graph.nodes[0].shape
    try:
        return torch.empty(1, *shape, device="meta")
    except (RuntimeError, TypeError) as error:
        raise CostcalcError(f"torch cannot create an image of {shown(shape)}:{reason(error)}", path="input") from error


def _tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """The parameters and buffers of ``module``, but for batch norm's count of batches: it is no part of the model."""
    named = [*module.named_parameters(), *module.named_buffers()]
    return [(name, tensor) for name, tensor in named if name.rpartition(".")[2] != "num_batches_tracked"]


def _params(module: nn.Module) -> dict[str, int]:
    """How many parameters ``module`` has, by the kinds of `PARAMETER_KINDS`."""
    multiplying = [part for part in module.modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)]
    return {
        "weights": sum(part.weight.numel() for part in multiplying),
        "trainable": sum(tensor.numel() for tensor in module.parameters()),
        "stored": sum(tensor.numel() for _, tensor in _tensors(module)),
    }


def summary(validations: Iterable[Validation]) -> Table:
    """A row for each model at each setting of its knobs: what was compared, and how much of it differs."""
    columns = (
        Column("model", "Model"),
        Column("knobs", "Knobs"),
        Column("layers", "Layers", "count"),
        Column("params", "Parameters", "params"),
        Column("macs", "MACs", "macs"),
        Column("checks", "Values compared", "count"),
        Column("differences", "Differences", "count"),
    )
    rows = [
        {
            "model": each.model,
            "knobs": _text(each.knobs),
            "layers": each.layers,
            "params": each.params,
            "macs": each.macs,
            "checks": each.checks,
            "differences": len(each.differences),
        }
        for each in validations
    ]
    notes = (
        f"Compares costcalc's counts, layer by layer, with {MODULE}: parameters and buffers, output shapes, "
        "fvcore's multiply-accumulates, and the FLOPs of torch's FlopCounterMode.",
        "No independent implementation is involved: a spec that deviates from the published model shows no "
        "difference here.",
    )
    about = {"reference": MODULE, "independent": False}
    return Table(f"Validation against {MODULE}", columns, rows, notes=notes, about=about)


def differences(validations: Iterable[Validation]) -> Table:
    """A row for each difference: where, in what, and the two values."""
    columns = (
        Column("model", "Model"),
        Column("knobs", "Knobs"),
        Column("path", "Layer"),
        Column("what", "What"),
        Column("costcalc", "costcalc"),
        Column("other", "Other"),
    )
    rows = [
        {"model": each.model, "knobs": _text(each.knobs), **difference._asdict()}
        for each in validations
        for difference in each.differences
    ]
    return Table("Differences", columns, rows)


def _text(knobs: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={shown(value)}" for name, value in knobs.items())
