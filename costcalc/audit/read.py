"""Strict parser of ``specs/papers/*.yaml``: YAML to `Document`. Errors have file, line, column and path."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from costcalc.audit.document import (
    CONVENTIONS,
    COVERED,
    FORMULA,
    KINDS,
    MEASURES,
    ROLES,
    VERDICTS,
    Claim,
    Derivation,
    Document,
    Listed,
    MemoryFormula,
    MemoryTerm,
    Published,
    Subject,
)
from costcalc.errors import nearest, shown
from costcalc.figures import Figure, figure
from costcalc.spec.decode import (
    Read,
    as_kind,
    blaming,
    check_keys,
    decode,
    listed,
    mapped,
    mapping,
    names,
    needed,
    one_of,
    optional,
    scalar,
    text,
    whole,
    words,
)
from costcalc.spec.expressions import FUNCTIONS, Expression, compile_text
from costcalc.spec.library import near_model
from costcalc.spec.read import Mapping, Node, Sequence, read_file, read_text
from costcalc.spec.shipped import is_path, shipped_models, stem
from costcalc.spec.values import NAME

__all__ = ["read_document", "read_published"]

MAX_ENTRIES = 5_000
"""The maximum number of claims, figures or quotations in a document."""


def _id(node: Node, what: str) -> str:
    found = words(node, what)
    if not all(part and part.replace("-", "").isalnum() and part.isascii() for part in found.split(".")):
        raise node.error(f"id {shown(found)}: letters, digits, - and single dots only")
    return found


def _texts(node: Node, what: str) -> tuple[str, ...]:
    return tuple(item.text for item in names(node, what))


def _conventions(node: Node, what: str) -> tuple[str, ...]:
    found = _texts(node, what)
    for name in found:
        if name not in CONVENTIONS:
            raise node.error(f"{what}: no convention {shown(name)}", nearest(name, CONVENTIONS))
    return found


def _expression(node: Node, what: str) -> Expression:
    """An expression over the rationals, whose functions are those of the language."""
    with blaming(node):
        expression = compile_text(text(node, what).strip(), dotted=True, exact=True)
    for name, _ in sorted(expression.calls):
        raise node.error(f"{what}: no function {shown(name)}", nearest(name, FUNCTIONS))
    if expression.tensors:
        raise node.error(f"{what}: unknown tensor {', '.join(sorted(expression.tensors))}")
    return expression


SUBJECT = {
    "model": optional(text),
    "knobs": optional(mapped(scalar), {}),
    "part": optional(text),
    "without": optional(_texts, ()),
    "only": optional(one_of(KINDS)),
    "at": optional(whole),
}
DERIVATION = {
    "value": needed(_expression, "an expression that gives the figure, such as params or a.macs / b.macs"),
    "models": optional(mapping),
    **SUBJECT,
}
VARIANT = {"by": optional(_conventions, ()), "what": optional(words), **DERIVATION}
QUOTED = {"place": needed(words), "text": optional(words)}
FIGURE = {
    **QUOTED,
    "printed": optional(words),
    "to": optional(words),
    "verdict": optional(one_of(VERDICTS)),
    "note": optional(words, ""),
}
CLAIM = {
    "id": needed(_id),
    **FIGURE,
    "formula": optional(mapping),
    **dict.fromkeys(("explanation", "slip"), optional(lambda node, what: (mapping(node, what),), ())),
    **dict.fromkeys(("also", "rejected", "tried"), optional(listed(mapping), ())),
}
PUBLISHED = {
    **QUOTED,
    "measure": needed(one_of(MEASURES), f"one of {', '.join(MEASURES)}"),
    "unit": optional(one_of(("percent", "ms", "s", "minutes", "")), "percent"),
    **dict.fromkeys(("data", "device", "of", "name"), optional(words, "")),
    "printed": needed(words),
}
LISTED = {
    "everywhere": optional(one_of(("true",))),
    "place": optional(words),
    "text": optional(words),
    "about": needed(words),
}
TERM = {
    "name": needed(words),
    "row": needed(words),
    "value": needed(_expression),
    "largest": optional(one_of(("convolution",))),
}


def _claim(entry: Mapping) -> Claim:
    """One claim, with all that is said of it."""
    given = decode(entry, "a claim", CLAIM, closed=False)
    what = f"claim {given['id']}"
    printed, to = given.pop("printed"), given.pop("to")
    if (printed is None) is (given["formula"] is None):
        raise entry.error(f"{what} requires either printed or formula")
    given["value"] = _derivation(entry, entry, what)
    given["formula"] = given["formula"] and _variant(given["formula"], entry, "formula")
    others = {role: tuple(_variant(item, entry, role) for item in given.pop(role)) for role in ROLES}
    if not all(each.conventions for each in others["explanation"]):
        hint = f"one of {', '.join(CONVENTIONS)}"
        raise entry.items["explanation"].error("an explanation requires a convention: by", hint)
    if others["explanation"] and others["slip"]:
        raise entry.keys["slip"].error(f"{what} cannot have both explanation and slip")
    read = None if printed is None else _figure(entry, printed, to, given["text"])
    return Claim(**given, figure=read, others=others, node=entry)


def _figure(entry: Mapping, printed: str, to: str | None, quotation: str | None) -> Figure:
    """The printed figure, which stands in its quotation."""
    with blaming(entry.items["printed"]):
        read = figure(printed)
    if to is not None:
        with blaming(entry.items["to"]):
            read = figure(printed, to)
    digits = [part.strip("kMGBT% ") for part in printed.replace(",", "").split(" to ")]
    if quotation is not None and not all(part in quotation.replace(",", "") for part in digits):
        raise entry.items["text"].error(f"text: the quotation does not contain {shown(printed)}")
    return read


def _variant(own: Mapping, entry: Mapping, what: str) -> Derivation:
    """The derivation ``own`` of a figure in another way; what it does not say is as in its claim, ``entry``."""
    check_keys(own, VARIANT, what)
    other = "model" in own.items or "models" in own.items
    full = entry.part(("value",) if other else DERIVATION).merged(own)
    if not other and "knobs" in own.items and "knobs" in entry.items:
        old, new = (as_kind(each.items["knobs"], Mapping, "knobs") for each in (entry, own))
        full.items["knobs"] = old.merged(new)
    found = _derivation(full, own, what)
    if not found.what and what != "formula":
        raise own.error(f"{what} requires by or what")
    return found


def _derivation(full: Mapping, own: Mapping, what: str) -> Derivation:
    """The derivation that ``full`` says: the keys of ``own`` and those that it has from its claim."""
    given = decode(full, what, VARIANT, closed=False)
    expression, place = given["value"], full.items["value"]
    subjects = {}
    if given["models"] is not None:
        if given["model"] is not None:
            raise own.error(f"{what} cannot have both model and models")
        for name, node in given["models"].items.items():
            if not NAME.fullmatch(name):
                raise given["models"].keys[name].error(f"{shown(name)}: a name has letters, digits and _ only")
            subjects[name] = _subject(as_kind(node, Mapping, f"models {name}"), f"models {name}", closed=True)
    elif given["model"] is not None:
        subjects[""] = _subject(full, what)
    else:
        for key in SUBJECT:
            if key in own.items:
                raise own.keys[key].error(f"{what}: {key} requires a model")
    used = {name: name.rpartition(".")[0] for name in sorted(expression.names)}
    for name, prefix in used.items():
        if prefix not in subjects:
            known = (*subjects, *(f"{one}." for one in subjects))
            raise place.error(f"value: unknown name {shown(name)}", nearest(name, known) or "no model is given")
    for name in subjects:
        if name and name not in used.values():
            raise full.items["models"].error(f"models: {name} is unused in {shown(expression.text)}")
    told = given["what"] or "; ".join(CONVENTIONS[name] for name in given["by"])
    return Derivation(expression, subjects, given["by"], told, place)


def _subject(node: Mapping, what: str, *, closed: bool = False) -> Subject:
    """A model, or a part of it."""
    given = decode(node, what, SUBJECT, closed=closed)
    model = given["model"]
    if not model:
        raise node.error("a model is missing")
    if is_path(model):
        folder = os.path.dirname(node.file)
        given["model"] = os.path.join(folder, model.removeprefix("./")) if folder else model
    elif model not in shipped_models():
        raise node.items["model"].error(f"no shipped model {shown(model)}", near_model(model))
    return Subject(**given, places=node.part(SUBJECT).items)


def _published(entry: Mapping) -> Published:
    """One figure that no architecture decides."""
    what = "a published figure"
    given = decode(entry, what, PUBLISHED, closed=False)
    place = entry.items["printed"]
    try:
        value = float(given["printed"])
    except ValueError:
        raise place.error(f"printed {shown(given['printed'])}: must be a number") from None
    if not 0 <= value < 1e9:
        raise place.error(f"printed {shown(given['printed'])}: must be from 0 to 1,000,000,000")
    subject = _subject(entry, what) if "model" in entry.items else None
    given["name"] = given["name"] or (subject.model if subject else "")
    if not given["name"]:
        raise entry.error(f"{what} requires model or name")
    return Published(**given, document="", value=value, subject=subject)


def _listed(entry: Mapping) -> Listed:
    """A quotation whose numbers are no claims."""
    given = decode(entry, "an entry of listed", LISTED, closed=False)
    everywhere = given["everywhere"] is not None
    key = "text" if everywhere else "place"
    if given[key] is None:
        raise entry.error(f"an entry of listed requires {key}")
    return Listed("everywhere" if everywhere else given["place"], given["text"], given["about"], everywhere, entry)


def _entries(make: Callable[[Mapping], Any], allowed: Iterable[str], shared: Collection[str]) -> Read:
    """Reads a list of entries. One with ``rows`` gives its other keys, which are ``shared``, to each of them."""

    def flat(items: Node, what: str, above: Mapping | None) -> Iterator[Mapping]:
        for item in as_kind(items, Sequence, what).items:
            entry = as_kind(item, Mapping, f"an entry of {what}")
            rows = entry.items.get("rows")
            check_keys(entry, allowed if rows is None else ("rows", *shared), f"an entry of {what}")
            full = entry if above is None else above.merged(entry)
            if rows is None:
                yield full
            else:
                yield from flat(rows, what, full.part(shared))

    def entries(node: Node, what: str) -> tuple[Any, ...]:
        made = []
        for entry in flat(node, what, None):
            made.append(make(entry))
            if len(made) > MAX_ENTRIES:
                raise entry.error(f"more than {MAX_ENTRIES:,} entries of {what}")
        return tuple(made)

    return entries


def _formula(node: Node, what: str) -> MemoryFormula:
    """A formula: its terms, each of which stands beside a row of another table."""

    def term(item: Node, name: str) -> MemoryTerm:
        return MemoryTerm(**decode(item, "a term", TERM), node=item)

    fields = {"title": needed(words), "terms": needed(listed(term)), "notes": optional(listed(words), ())}
    return MemoryFormula(**decode(node, what, fields))


DOCUMENT = {
    "title": needed(words),
    "authors": needed(words),
    "source": needed(words),
    "coverage": optional(lambda node, what: decode(node, what, dict.fromkeys(COVERED, needed(whole)))),
    "claims": optional(_entries(_claim, (*CLAIM, *DERIVATION), (*FIGURE, *DERIVATION)), ()),
    "published": optional(_entries(_published, (*PUBLISHED, "model", "knobs"), (*PUBLISHED, "model", "knobs")), ()),
    "listed": optional(_entries(_listed, LISTED, LISTED), ()),
    FORMULA: optional(_formula),
}


def read_document(path: str, file: str | None = None) -> Document:
    """The document in the file at ``path``, called ``file`` in messages. Raises SpecError for what is wrong in it."""
    node = read_file(path, file)
    given = decode(node, "a document", DOCUMENT)
    ids: dict[str, Claim] = {}
    for claim in given["claims"]:
        first = ids.setdefault(claim.id, claim)
        if first is not claim:
            raise claim.node.error(f"id {claim.id}: line {first.node.line} has it already")
    name = stem(path)
    given["published"] = tuple(each._replace(document=name) for each in given["published"])
    return Document(name=name, file=node.file, **given)


def read_published(path: str, file: str, about: str) -> tuple[Published, ...]:
    """What the document at ``path`` publishes and no architecture decides; nothing where it does not name ``about``.

    It reads nothing but that part, of a document whose keys each begin a line: whoever wants an accuracy should not
    wait for hundreds of claims. Raises SpecError as `read_document` does.
    """
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    kept, inside = [], False
    for line in text.splitlines():
        if line[:1] not in (" ", "#", ""):
            inside = line.startswith("published:")
        kept.append(line if inside else "")  # empty lines keep the numbers of the others
    part = "\n".join(kept)
    if about not in part:
        return ()
    given = decode(read_text(part, file), "a document", {"published": DOCUMENT["published"]})
    return tuple(each._replace(document=stem(path)) for each in given["published"])
