"""The definition of a convention: a tool's way of counting, as formulas over nodes in a shared set of terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.dims import Dim, product
from costcalc.errors import UsageError
from costcalc.gradients import Gradients, gradients
from costcalc.graph import Graph, Node

__all__ = [
    "MAC_TERMS",
    "OTHER_TERMS",
    "PARAMETER_TERMS",
    "QUANTITIES",
    "TERMS",
    "TRAINED_TERMS",
    "Convention",
    "Module",
    "Rule",
    "Terms",
    "added",
    "check_counts",
    "counts",
    "modules",
    "roles",
    "trained",
]

MAC_TERMS = (
    "convolution",
    "transposed convolution",
    "transposed convolution, wrong positions",
    "linear",
    "recomputed",
    "weight gradient",
    "weight gradient, groups forgotten",
    "input gradient",
)
"""The terms that tools report as multiply-accumulates, including the two that are tool errors."""

OTHER_TERMS = (
    "bias",
    "batch norm",
    "scale",
    "local response norm",
    "activation",
    "max pooling",
    "average pooling",
    "adaptive pooling",
    "addition",
    "multiplication",
    "resize",
)
"""The terms of all other operations."""

PARAMETER_TERMS = ("weights", "biases", "scales", "shifts", "statistics")
"""The parameter terms. Normalisations have scales, shifts and running statistics; the latter are not trained."""

TRAINED_TERMS = PARAMETER_TERMS[:4]
"""The trainable parameter terms."""

TERMS = (*MAC_TERMS, *OTHER_TERMS, *PARAMETER_TERMS)

QUANTITIES: Mapping[str, str] = {
    "macs": "Forward pass",
    "backward": "Backward pass",
    "training": "Forward and backward pass",
    "params": "Parameters",
}
"""What a tool may count, with its title: two of `costcalc.quantities`, and the passes of which costcalc has no other
count."""

Terms = Mapping[str, Dim]
"""A count for each of `TERMS`; absent terms are zero."""


class Module(NamedTuple):
    """A node as a tool sees it: the torch class ``name`` it is built as, with its ``arguments``."""

    node: Node
    name: str
    arguments: Mapping[str, Any]

    @property
    def multiplies(self) -> bool:
        """Does it have multiply-accumulates?"""
        return "macs" in self.node.ledger

    @property
    def macs(self) -> Dim:
        """The multiply-accumulates of the operation counts."""
        return self.node.ledger.get("macs", 0)

    @property
    def read(self) -> Dim:
        """The elements of the first input."""
        return product(self.node.input_shapes[0])

    @property
    def written(self) -> Dim:
        """The elements of the output."""
        return product(self.node.shape)

    @property
    def bias(self) -> Dim:
        """The bias additions: one per output element; 0 without a bias."""
        return self.written if self.arguments.get("bias") else 0


Rule = Callable[[Module], Terms]


class Convention(NamedTuple):
    """How a tool counts one image.

    ``title`` names the tool and its entry point, ``versions`` those whose totals were verified. ``unit`` is the tool's
    name for its count, in which a multiply-accumulate counts ``per_mac``. ``rules`` are keyed by torch class; all other
    classes follow ``otherwise``, by default uncounted. ``rules``, ``backward`` and ``parameters`` are None if the tool
    does not count them. ``texts`` say how each term is counted; ``faults`` explain the tool's errors, by term or torch
    class. ``source`` is where the rules come from.
    """

    name: str
    title: str
    versions: str
    unit: str
    per_mac: int
    texts: Mapping[str, str]
    source: str
    rules: Mapping[str, Rule] | None = None
    otherwise: Rule | None = None
    backward: Callable[[Module, Gradients], Terms] | None = None
    parameters: Rule | None = None
    faults: Mapping[str, str] = {}

    def forward(self, module: Module) -> Terms:
        """The terms of the forward pass of ``module``."""
        rule = (self.rules or {}).get(module.name, self.otherwise)
        return {} if rule is None else rule(module)

    def counts_what(self, quantity: str) -> bool:
        """Does the tool count ``quantity``?"""
        if quantity == "params":
            return self.parameters is not None
        return self.rules is not None and (quantity == "macs" or self.backward is not None)


def counts(
    convention: Convention,
    graph: Graph,
    quantity: str,
    *,
    batch: int = 1,
    freeze: Sequence[str] = (),
    checkpoint: bool = False,
) -> list[Terms]:
    """The terms of every node of ``graph``, for ``batch`` images.

    ``freeze`` and ``checkpoint`` apply to the backward pass: frozen layers (`costcalc.gradients`), and whether every
    stage that needs a gradient is recomputed. Raises UsageError if the tool does not count ``quantity``, for a batch
    below 1, and for the parameters of a batch above 1.
    """
    check_counts(convention, quantity)
    if batch < 1:
        raise UsageError(f"batch = {batch}: must be at least 1")
    if quantity == "params" and batch != 1:
        raise UsageError(f"batch = {batch}: parameters do not depend on the batch")
    once = _counts(convention, graph, quantity, freeze, checkpoint)
    return [{term: batch * number for term, number in terms.items()} for terms in once]


def _counts(
    convention: Convention, graph: Graph, quantity: str, freeze: Sequence[str], checkpoint: bool
) -> list[Terms]:
    """The terms for one image."""
    if quantity == "params":
        rule = convention.parameters
        return [{}, *({} if rule is None else rule(module) for module in modules(graph))]
    forward = [convention.forward(module) for module in modules(graph)]
    if quantity == "macs" or convention.backward is None:
        return [{}, *forward]
    found = gradients(graph, freeze)
    reached = {node.stage for node, needs in zip(graph.nodes, found, strict=True) if needs.any}
    terms: list[Terms] = [{}]
    for module, needs, once in zip(modules(graph), found[1:], forward, strict=True):
        counted = dict(once) if quantity == "training" else {}
        if checkpoint and module.node.stage in reached and once:
            counted["recomputed"] = sum(once.values(), 0)
        terms.append({**counted, **convention.backward(module, needs)})
    return terms


def modules(graph: Graph) -> list[Module]:
    """Every node of ``graph`` except the input, as a tool sees it."""
    calls = [(node, node.layer.torch(node.input_shapes, node.shape)) for node in graph.nodes[1:]]
    return [Module(node, call.name, call.arguments) for node, call in calls]


def added(terms: Sequence[Terms]) -> dict[str, Dim]:
    """The nonzero sums of the terms over all nodes, in the order of `TERMS`."""
    sums: dict[str, Dim] = {}
    for counted in terms:
        for term, count in counted.items():
            sums[term] = sums.get(term, 0) + count
    return {term: sums[term] for term in TERMS if sums.get(term, 0) != 0}


ROLES = {"weight": "weights", "bias": "biases", "statistic": "statistics"}


def roles(module: Module, *kept: str) -> Terms:
    """The parameters of ``module`` by term: the terms ``kept``, by default all of `PARAMETER_TERMS`."""
    terms: dict[str, Dim] = {}
    for tensor in module.node.parameters:
        term = ROLES.get(tensor.role) or ("scales" if tensor.name == "weight" else "shifts")
        if term in (kept or PARAMETER_TERMS):
            terms[term] = terms.get(term, 0) + product(tensor.shape)
    return terms


def trained(module: Module) -> Terms:
    """The trainable parameters of ``module``, by term."""
    return roles(module, *TRAINED_TERMS)


def check_counts(convention: Convention, quantity: str) -> None:
    """Raise UsageError if the tool does not count ``quantity``."""
    if convention.counts_what(quantity):
        return
    if convention.rules is None:
        raise UsageError(f"{convention.name} counts only parameters")
    if quantity == "params":
        raise UsageError(f"{convention.name} does not count parameters")
    raise UsageError(f"{convention.name} counts only the forward pass")
