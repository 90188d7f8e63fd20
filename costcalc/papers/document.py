"""What a document prints, as plain data: claims that can be derived, and figures that cannot. Made by `papers.read`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.papers.figures import Figure
from costcalc.spec.expressions import Expression
from costcalc.spec.read import Node, Scalar

__all__ = ["CONVENTIONS", "MEASURES", "VERDICTS", "Claim", "Derivation", "Document", "Listed", "Published", "Subject"]

VERDICTS = ("exact", "rounds", "explained", "does not follow")
"""What the audit may say of a claim."""

MEASURES = {
    "top1": "top-1 accuracy",
    "error": "error",
    "mAP": "mean average precision",
    "mIOU": "mean intersection over union",
    "loss": "loss",
    "time": "time",
}
"""What is published and cannot be derived from an architecture."""

CONVENTIONS: Mapping[str, str] = {
    "stored": "parameters with the running statistics of batch norms",
    "weights": "weights of convolutions and linear layers only",
    "flops": "FLOPs, two for each multiply-accumulate",
    "no classifier": "the classifier left out",
    "classes": "another number of classes",
    "resolution": "another size of the input",
    "backbone": "the part without its backbone",
    "dtype": "another size of an element",
    "truncated": "the digits behind cut off, not rounded",
    "decimal": "decimal units: kB = 1000 bytes",
    "binary": "binary units: KiB = 1024 bytes",
    "elements": "elements, not bytes",
    "options": "the model with other options",
    "printed figures": "taken from the rounded figures that the document prints",
}
"""The conventions that may explain a figure, and what each of them is."""


class Subject(NamedTuple):
    """A model at some knobs, or a part of it.

    ``knobs`` are their texts in the document. ``part`` is a path: the subject is all nodes at or below it. The nodes at or
    below a path of ``without`` are left out.
    """

    model: str
    knobs: Mapping[str, Scalar]
    part: str | None
    without: tuple[str, ...]
    node: Node


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

    ``text`` is a short quotation that holds the figure, None where it stands in an image. ``verdict`` is the recorded
    one, None if there is none. An ``explanation`` and those ``also`` named must give the figure; so must a ``slip``,
    which says how a figure that does not follow came about. What was ``tried`` must not.
    """

    id: str
    place: str
    text: str | None
    figure: Figure
    value: Derivation
    verdict: str | None
    explanation: Derivation | None
    slip: Derivation | None
    also: tuple[Derivation, ...]
    tried: tuple[Derivation, ...]
    note: str
    node: Node


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
    """Numbers of a document that are no claims: a quotation that holds them, and what they are ``about``."""

    place: str
    text: str | None
    about: str
    node: Node


class Document(NamedTuple):
    """A document: its ``name`` is that of its file."""

    name: str
    title: str
    authors: str
    source: str
    file: str
    claims: tuple[Claim, ...]
    published: tuple[Published, ...]
    listed: tuple[Listed, ...]
