"""What a convention is: a tool's way of counting, as formulas over nodes, in terms that all conventions share."""

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
"""The terms that a tool means as multiply-accumulates, the two in which it is wrong included."""

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
"""The terms of all other work."""

PARAMETER_TERMS = ("weights", "biases", "scales", "shifts", "statistics")
"""The terms of parameters: a normalisation has scales, shifts and running statistics; these are stored, not trained."""

TRAINED_TERMS = PARAMETER_TERMS[:4]
"""Those that are trained."""

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
"""A count for each of `TERMS`; what is absent is zero."""


class Module(NamedTuple):
    """A node as a tool meets it: the torch class ``name`` that it is built as, with its ``arguments``."""

    node: Node
    name: str
    arguments: Mapping[str, Any]

    @property
    def multiplies(self) -> bool:
        """Does it multiply and accumulate?"""
        return "macs" in self.node.ledger

    @property
    def macs(self) -> Dim:
        """The multiply-accumulates of the ledger."""
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
        """The additions of a bias: one for each element of the output; 0 without one."""
        return self.written if self.arguments.get("bias") else 0


Rule = Callable[[Module], Terms]


class Convention(NamedTuple):
    """How a tool counts one image.

    ``title`` is the tool and what of it is meant, ``versions`` those whose totals were compared with these. ``unit`` is
    what the tool calls its number, of which a multiply-accumulate is ``per_mac``. ``rules`` are by torch class; of all
    others it counts what ``otherwise`` says, nothing by default. ``rules``, ``backward`` and ``parameters`` are None
    where the tool does not count the like. ``texts`` say how each term is counted; ``faults`` say of terms, and of
    torch classes, why the tool is wrong about them. ``source`` is where these rules were read.
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
        """The terms of a forward pass over ``module``."""
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

    ``freeze`` and ``checkpoint`` are for the backward pass: which layers are not trained (`costcalc.gradients`), and
    whether every stage that a gradient goes through is computed once more. Raises UsageError where the tool does not
    count ``quantity``, for a batch below 1, and for parameters of a batch, which has no more of them.
    """
    check_counts(convention, quantity)
    if batch < 1:
        raise UsageError(f"batch = {batch}: must be at least 1")
    if quantity == "params" and batch != 1:
        raise UsageError(f"batch = {batch}: there are as many parameters for any number of images")
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
    """Every node of ``graph`` but the input, as a tool meets it."""
    calls = [(node, node.layer.torch(node.input_shapes, node.shape)) for node in graph.nodes[1:]]
    return [Module(node, call.name, call.arguments) for node, call in calls]


def added(terms: Sequence[Terms]) -> dict[str, Dim]:
    """The sums over all nodes of those terms that are not zero, in the order of `TERMS`."""
    sums: dict[str, Dim] = {}
    for counted in terms:
        for term, count in counted.items():
            sums[term] = sums.get(term, 0) + count
    return {term: sums[term] for term in TERMS if sums.get(term, 0) != 0}


ROLES = {"weight": "weights", "bias": "biases", "statistic": "statistics"}


def roles(module: Module, *kept: str) -> Terms:
    """The parameters of ``module`` by the terms ``kept``, all of `PARAMETER_TERMS` if none is named."""
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
    """Raise UsageError where the tool does not count ``quantity``."""
    if convention.counts_what(quantity):
        return
    if convention.rules is None:
        raise UsageError(f"{convention.name} counts parameters and nothing else")
    if quantity == "params":
        raise UsageError(f"{convention.name} counts no parameters")
    raise UsageError(f"{convention.name} counts no backward pass, only the forward one")
