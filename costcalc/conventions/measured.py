"""Explains a published count: the convention, kind of parameters, number of classes and factor that give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import log
from typing import Any, NamedTuple

from costcalc.conventions import CONVENTIONS
from costcalc.conventions.base import MAC_TERMS, QUANTITIES, Convention, added, check_counts, counts
from costcalc.conventions.tables import unit_of
from costcalc.errors import CostcalcError
from costcalc.figures import Figure
from costcalc.graph import Graph
from costcalc.grouping import named
from costcalc.inference import infer
from costcalc.layers.base import PARAMETER_KINDS
from costcalc.spec import ModelSpec
from costcalc.table import Column, Table
from costcalc.wording import count, difference

__all__ = ["FITS", "explain"]

CLASSES = (1000, 1001, 10, 100, 20, 21, 80, 90, 91)
"""Class counts that models are trained with: ImageNet with and without a background class, CIFAR, VOC, COCO."""

BATCHES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

MOST = 10
NEAREST = 5

NOISE = 0.25
"""Explanations with a given number of assumptions are noise if at least this many accidental fits are expected."""


FITS: Mapping[str, str] = {"exact": "exactly", "rounds": "rounded", "cut off": "cut off", "no": "no"}


class Variant(NamedTuple):
    """The model with some number of classes; ``without``: the nodes removed with the classifier."""

    classes: str
    graph: Graph
    without: frozenset[int] = frozenset()
    cost: int = 0


class Candidate(NamedTuple):
    """One explanation: what is counted, how, and the count it ``gives``.

    ``cost`` is the weight of its assumptions relative to the given model under costcalc's own convention. Another tool,
    a kind of parameters, a background class, no classifier and FLOPs instead of MACs cost 1 each; assumptions with more
    alternatives cost more: a backward pass, any other number of classes, each omitted term and two images 2, a larger
    batch 4.
    """

    cost: int
    what: str
    convention: str
    classes: str
    without: str
    factor: str
    gives: int


def explain(
    number: Figure,
    model: ModelSpec,
    knobs: Mapping[str, Any],
    *,
    quantity: str | None = None,
    convention: Convention | None = None,
    top: int | None = None,
) -> Table:
    """Explanations of ``number`` for ``model`` at ``knobs``, simplest first; if none is plausible, the nearest counts.

    ``quantity`` (of `QUANTITIES`) and ``convention`` narrow the search. Class counts are tried unless ``knobs``
    sets one. At most ``top`` rows. Raises UsageError for a ``quantity`` that ``convention`` does not count.
    """
    if quantity is not None and convention is not None:
        check_counts(convention, quantity)
    graph = infer(model, knobs)
    found: dict[Candidate, None] = {}
    own: set[Candidate] = set()  # what the model gives as it is, which is no news of another number of classes
    for variant in _variants(model, graph, knobs):
        for each in _candidates(variant, quantity, convention, batches=number.unit <= 1):
            plain = each._replace(cost=0, classes="")
            if variant.graph is graph and not variant.without:
                own.add(plain)
            elif plain in own:
                continue
            found[each] = None
    most = _weightiest(number, found)
    fitting = [each for each in found if number.fit(each.gives) != "no"]
    plausible = [
        each._replace(cost=each.cost + (number.fit(each.gives) == "cut off")) for each in fitting if each.cost <= most
    ]
    rows = _simplest(plausible or (each for each in found if each.cost <= most))
    if plausible:
        many = f"{len(rows)} explanation{'s' if len(rows) > 1 else ''}"
        notes = [f"{many} of {number.text}; the simplest: {_sentence(rows[0], number, graph)}."]
    else:
        rows.sort(key=lambda each: abs(each.gives - number.low))
        notes = [f"Nothing plausible gives {number.text}.", f"Nearest: {_sentence(rows[0], number, graph)}."]
        if number.unit <= 1 and number.low % 1000 == 0:
            notes.append("Write a rounded number with a suffix, such as 300M or 4.24M.")
    limit = top or (MOST if plausible else NEAREST)
    if plausible and len(rows) > limit:
        notes.append(f"Not shown: {len(rows) - limit} more with as many or more assumptions.")
    if noise := len(_simplest(fitting)) - len(_simplest(each for each in fitting if each.cost <= most)):
        notes.append(f"Noise: {noise} more, with so many assumptions that they would also fit a random number.")
    return Table(
        title=f"Explanations of {number.text}: {named(graph)}",
        columns=(
            Column("what", "Count of"),
            Column("convention", "Convention"),
            Column("classes", "Classes"),
            Column("without", "Without"),
            Column("factor", "Factor"),
            Column("gives", "Gives", "count"),
            Column("fit", "Fits"),
            Column("difference", "Difference", "difference"),
        ),
        rows=[
            {**each._asdict(), "fit": FITS[number.fit(each.gives)], "difference": each.gives - int(number.low)}
            for each in rows[:limit]
        ],
        notes=[*notes, f"Tried: {'; '.join(_tried(number, graph, knobs, quantity, convention))}."],
        about={
            "model": model.name,
            "knobs": dict(graph.knobs),
            "measured": number.text,
            "found": len(rows) if plausible else 0,
            "noise": noise,
        },
    )


def _weightiest(number: Figure, found: Iterable[Candidate]) -> int:
    """The maximum cost of an explanation of ``number`` that is not noise; the minimum cost if all are noise.

    The more assumptions are allowed, the more counts can be reached, and one of them fits by chance. Let K be the count
    of distinct counts between half and twice ``number`` given by explanations up to some cost, and p the probability
    that a log-uniform number in this range rounds to ``number``: K p accidental fits are expected. A fit is significant
    only if fewer than `NOISE` are expected. Nine digits support any explanation here, two digits hardly a second
    assumption.
    """
    costs: dict[int, int] = {}
    for each in found:
        costs[each.gives] = min(each.cost, costs.get(each.gives, each.cost))
    least = min(costs.values())
    value, unit = int(number.low), max(1, int(number.unit))
    around = sorted(cost for gives, cost in costs.items() if value <= 2 * gives <= 4 * value)
    probability = log((value + unit - 0.5) / (value - unit // 2 - 0.5)) / log(4)
    for place, cost in enumerate(around):
        if (place + 1) * probability >= NOISE:
            return max(least, cost - 1)
    return max(costs.values())


def _tried(
    number: Figure, graph: Graph, knobs: Mapping[str, Any], quantity: str | None, convention: Convention | None
) -> Iterator[str]:
    """The assumptions that were varied; the caller may have narrowed the search, and not every model has classes."""
    counted = [
        each for each in QUANTITIES if quantity in (None, each) and (convention is None or convention.counts_what(each))
    ]
    yield "every convention" if convention is None else f"the convention {convention.name}"
    if "params" in counted:
        yield "each kind of parameters" if convention is None or convention.name == "costcalc" else "parameters"
    work = [each for each in counted if each != "params"]
    if work:
        yield "forward and backward pass" if len(work) > 1 else QUANTITIES[work[0]].lower()
    if "num_classes" in graph.knobs:
        yield "no classifier" if "num_classes" in knobs else "other class counts and no classifier"
    yield "one or two omitted terms"
    if work:
        yield "FLOPs at 2 per MAC"
        if number.unit <= 1:
            yield "batches"


def _sentence(each: Candidate, number: Figure, graph: Graph) -> str:
    parts = [f"{each.what} by {each.convention.replace(', ', ' or ')}"]
    if each.classes.startswith("no "):
        parts.append(each.classes)
    elif each.classes and each.classes != _classes(graph):
        parts.append(f"{each.classes} classes")
    if each.without:
        parts.append(f"without {each.without}")
    if each.factor:
        parts.append(each.factor)
    fit = number.fit(each.gives)
    off = f"({difference(each.gives - int(number.low))})" if fit == "no" else FITS[fit]
    exact = "" if fit == "exact" else f", {count(each.gives)} {off}"
    return ", ".join(parts) + exact


def _simplest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """``candidates``, simplest first; one that omits terms only if nothing simpler gives the same count."""
    kept: list[Candidate] = []
    given: set[int] = set()
    for each in sorted(candidates, key=lambda each: each.cost):
        if not each.without or each.gives not in given:
            kept.append(each)
        given.add(each.gives)
    return _joined(kept)


def _joined(candidates: Sequence[Candidate]) -> list[Candidate]:
    """``candidates``, merging those that differ only in the name of the convention."""
    names: dict[tuple[Any, ...], list[str]] = {}
    first: dict[tuple[Any, ...], Candidate] = {}
    for each in candidates:
        key = each._replace(cost=0, convention="")
        names.setdefault(key, []).append(each.convention)
        first.setdefault(key, each)
    return [each._replace(convention=", ".join(names[key])) for key, each in first.items()]


def _variants(model: ModelSpec, graph: Graph, knobs: Mapping[str, Any]) -> Iterator[Variant]:
    """The given model; without its classifier; with other numbers of classes."""
    own = graph.knobs.get("num_classes")
    yield Variant(_classes(graph), graph)
    if own is None:
        return
    others = [] if "num_classes" in knobs else [number for number in CLASSES if number != own]
    for place, number in enumerate([own + 1, *others]):
        try:
            other = infer(model, {**knobs, "num_classes": number})
        except CostcalcError:
            continue
        if place == 0:
            pairs = zip(graph.nodes, other.nodes, strict=False)
            changed = frozenset(index for index, (a, b) in enumerate(pairs) if a.shape != b.shape)
            yield Variant("no classifier", graph, changed, 1)
        else:
            yield Variant(count(number), other, cost=1 if number in CLASSES[:2] else 2)


def _classes(graph: Graph) -> str:
    """The number of classes of ``graph``; empty if it has no such knob."""
    own = graph.knobs.get("num_classes")
    return "" if own is None else count(own)


def _candidates(
    variant: Variant, quantity: str | None, convention: Convention | None, *, batches: bool
) -> Iterator[Candidate]:
    for each in CONVENTIONS.values() if convention is None else (convention,):
        foreign = 0 if each.name == "costcalc" else 1
        for counted in QUANTITIES:
            if not each.counts_what(counted) or quantity not in (None, counted):
                continue
            terms = counts(each, variant.graph, counted)
            kept = added([one for index, one in enumerate(terms) if index not in variant.without])
            cost = variant.cost + foreign + (2 if counted in ("backward", "training") else 0)
            what = "parameters" if counted == "params" else f"{QUANTITIES[counted].lower()}, {unit_of(each, counted)}"
            base = Candidate(cost, what, each.name, variant.classes, "", "", sum(kept.values(), 0))
            less = _with_less(base, kept)
            yield from less if counted == "params" else _with_factors(less, each, kept, batches)
        if not foreign and quantity in (None, "params"):
            yield from _kinds(variant)


def _kinds(variant: Variant) -> Iterator[Candidate]:
    """The kinds of parameters other than the trainable ones, which the costcalc convention gives."""
    kept = [node for index, node in enumerate(variant.graph.nodes) if index not in variant.without]
    for kind in (each for each in PARAMETER_KINDS if each != "trainable"):
        total = sum((node.params[kind] for node in kept), 0)
        yield Candidate(variant.cost + 1, f"parameters ({kind})", "costcalc", variant.classes, "", "", total)


def _with_less(base: Candidate, terms: Mapping[str, int]) -> Iterator[Candidate]:
    """``base``, and ``base`` without one or two of its terms."""
    yield base
    for how_many in (1, 2):
        if len(terms) > how_many:
            for left in combinations(terms, how_many):
                less = sum(terms[term] for term in left)
                yield base._replace(cost=base.cost + 2 * how_many, without=" and ".join(left), gives=base.gives - less)


def _with_factors(
    bases: Iterable[Candidate], convention: Convention, terms: Mapping[str, int], batches: bool
) -> Iterator[Candidate]:
    """Each of ``bases`` unchanged, in FLOPs or MACs, and for a batch."""
    macs = sum(number for term, number in terms.items() if term in MAC_TERMS)
    for base in bases:
        ways = [base]
        if convention.per_mac == 2:
            ways.append(base._replace(cost=base.cost + 1, factor="half, as MACs", gives=base.gives // 2))
        else:
            ways.append(base._replace(cost=base.cost + 1, factor="twice, as FLOPs", gives=2 * base.gives))
            if not base.without and macs not in (0, base.gives):
                ways.append(base._replace(cost=base.cost + 2, factor="MACs twice, as FLOPs", gives=base.gives + macs))
        yield from ways
        for way in ways if batches else ():
            for batch in BATCHES:
                factor = f"{way.factor}, {batch} images".removeprefix(", ")
                yield way._replace(cost=way.cost + (2 if batch == 2 else 4), factor=factor, gives=batch * way.gives)
