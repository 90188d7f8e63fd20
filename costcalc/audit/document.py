"""Documents as plain data: claims that can be derived and figures that cannot. Built by `audit.read`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.figures import Figure
from costcalc.spec.expressions import Expression
from costcalc.spec.read import Node, Scalar

__all__ = [
    "CONVENTIONS",
    "COVERED",
    "FORMULA",
    "KINDS",
    "MEASURES",
    "ROLES",
    "VERDICTS",
    "Claim",
    "Derivation",
    "Document",
    "Listed",
    "MemoryFormula",
    "MemoryTerm",
    "Published",
    "Subject",
]

VERDICTS = ("exact", "rounds", "explained", "does not follow")
"""The verdicts on a claim."""

ROLES = ("explanation", "slip", "also", "rejected", "tried")
"""The roles of a claim's other derivations: at most one explanation or slip, any number of the others."""

MEASURES = {
    "top1": "top-1 accuracy",
    "error": "error",
    "mAP": "mean average precision",
    "mIOU": "mean intersection over union",
    "loss": "loss",
    "time": "time",
}
"""Published measures that cannot be derived from an architecture."""

COVERED = ("claims", "published", "listed")
"""The kinds of entries that cover numbers of a document's text."""

FORMULA = "training_memory"
"""The key of a document's formula for training memory."""

KINDS = ("pointwise", "depthwise", "spatial", "linear")
"""Kinds of layers: 1x1 convolutions, depthwise convolutions, all other convolutions, and linear layers."""

CONVENTIONS: Mapping[str, str] = {
    "stored": "parameters including the running statistics of batch norms",
    "weights": "weights of convolutions and linear layers only",
    "flops": "FLOPs, two per multiply-accumulate",
    "no classifier": "without the classifier",
    "classes": "another number of classes",
    "resolution": "another input resolution",
    "backbone": "without the backbone",
    "dtype": "another element size",
    "tf-slim": "batch norms as in tf-slim: a shift and two statistics, no scale",
    "truncated": "truncated instead of rounded",
    "decimal": "decimal units: kB = 1000 bytes",
    "binary": "binary units: KiB = 1024 bytes",
    "elements": "elements, not bytes",
    "options": "the model with other options",
    "printed figures": "computed from the rounded figures in the document",
}
"""The conventions that may explain a figure, with descriptions."""


class Subject(NamedTuple):
    """A model at some knobs, or a part of it.

    ``knobs`` are their texts in the document. ``part`` is a path: the subject is all nodes at or below it, but for
    those at or below a path of ``without``; ``only`` those of a kind of `KINDS`; those whose output is ``at`` this
    height. ``places`` says where in the document each of them stands.
    """

    model: str
    knobs: Mapping[str, Scalar]
    part: str | None
    without: tuple[str, ...]
    only: str | None
    at: int | None
    places: Mapping[str, Node]

    @property
    def node(self) -> Node:
        """Where the model is named."""
        return self.places["model"]


class Derivation(NamedTuple):
    """A way to a number: an expression over quantities of its ``subjects``.

    The subject ``""`` is the one whose quantities have no prefix. ``conventions`` are names of `CONVENTIONS`; ``what``
    says in words what is done.
    """

    expression: Expression
    subjects: Mapping[str, Subject]
    conventions: tuple[str, ...]
    what: str
    node: Node


class Claim(NamedTuple):
    """A printed figure that an architecture, or arithmetic, decides.

    ``text`` is a short quotation that holds the figure, None where it stands in an image. Where a ``formula`` is
    printed, it gives the figure. ``verdict`` is the recorded one, None if there is none. Of the ``others``, by role, an
    explanation and those also named must give the figure; so must a slip, which says how a figure that does not follow
    came about, and what is rejected, because it gives this figure alone and not those beside it. What was tried must
    not.
    """

    id: str
    place: str
    text: str | None
    figure: Figure | None
    formula: Derivation | None
    value: Derivation
    verdict: str | None
    others: Mapping[str, tuple[Derivation, ...]]
    note: str
    node: Node

    @property
    def printed(self) -> str:
        """The figure, or the formula, as it is printed."""
        if self.figure is not None:
            return self.figure.text
        return self.formula.expression.text if self.formula else ""


class Published(NamedTuple):
    """A figure that no architecture decides: an accuracy, an error, a time. ``measure`` is one of `MEASURES`.

    ``value`` is the number that is printed, in ``unit``: percent, ms, s, minutes, or "". ``of`` says which of several
    (forward, backward). ``subject`` is None for a model that is not shipped; ``name`` is what the document calls it.
    """

    document: str
    place: str
    measure: str
    value: float
    unit: str
    data: str
    device: str
    of: str
    name: str
    subject: Subject | None
    printed: str
    text: str | None


class Listed(NamedTuple):
    """Numbers of a document that are no claims: a quotation that holds them, and what they are ``about``.

    One that is ``everywhere`` is a name or a notation, wherever it stands.
    """

    place: str
    text: str | None
    about: str
    everywhere: bool
    node: Node


class MemoryTerm(NamedTuple):
    """A term of a formula, in bytes: an expression over quantities of a model, beside the ``row`` of a training table.

    Where it is the ``largest``, it is evaluated for each convolution alone, and the greatest value counts.
    """

    name: str
    row: str
    value: Expression
    largest: str | None
    node: Node


class MemoryFormula(NamedTuple):
    """A formula for the memory of training: the sum of its terms, for one image. ``notes`` say what it leaves out."""

    title: str
    terms: tuple[MemoryTerm, ...]
    notes: tuple[str, ...]


class Document(NamedTuple):
    """A document: its ``name`` is that of its file.

    ``coverage`` says how many numbers of its text stand in ``claims``, ``published`` figures and what is ``listed``, as
    was found when the text was last read; None where there is no text, or not all of its numbers are accounted for.
    """

    name: str
    title: str
    authors: str
    source: str
    file: str
    claims: tuple[Claim, ...]
    published: tuple[Published, ...]
    listed: tuple[Listed, ...]
    coverage: Mapping[str, int] | None
    training_memory: MemoryFormula | None
