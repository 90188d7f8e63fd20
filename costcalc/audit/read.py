"""YAML to `Document`: the strict reading of ``specs/papers/*.yaml``. Errors stand at file, line, column and path."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from costcalc.audit.document import (
    CONVENTIONS,
    COVERED,
    KINDS,
    MEASURES,
    VERDICTS,
    Claim,
    Derivation,
    Document,
    Listed,
    Published,
    Subject,
)
from costcalc.audit.figures import Figure, figure
from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.expressions import FUNCTIONS, ExpressionError, compile_text
from costcalc.spec.library import near_model
from costcalc.spec.read import Mapping, Node, Scalar, Sequence, read_file, read_text
from costcalc.spec.shipped import shipped_models
from costcalc.spec.values import NAME, as_kind, check_keys, parse_names, text_of

__all__ = ["read_document", "read_published"]

DOCUMENT_KEYS = ("title", "authors", "source", "coverage", "claims", "published", "listed")
SUBJECT_KEYS = ("model", "knobs", "part", "without", "only", "at")
DERIVATION_KEYS = ("value", "models", *SUBJECT_KEYS)
SHARED_KEYS = ("place", "text", "printed", "to", "verdict", "note", *DERIVATION_KEYS)
CLAIM_KEYS = ("id", *SHARED_KEYS, "explanation", "slip", "also", "rejected", "tried", "formula")
PUBLISHED_KEYS = ("place", "text", "measure", "data", "unit", "device", "of", "name", "model", "knobs", "printed")
LISTED_KEYS = ("place", "text", "about", "everywhere")
UNITS = ("percent", "ms", "s", "minutes", "")

MAX_ENTRIES = 5_000
"""How many claims, figures or quotations a document may hold."""

T = TypeVar("T")


def read_document(path: str, file: str | None = None) -> Document:
    """The document in the file at ``path``, called ``file`` in messages. Raises SpecError for what is wrong in it."""
    node = read_file(path, file)
    body = as_kind(node, Mapping, "a document")
    check_keys(body, DOCUMENT_KEYS, "a document")
    name = os.path.basename(path).removesuffix(".yaml").removesuffix(".yml")
    title = _words(body, "title", "a document")
    reader = _Reader(name)
    claims = reader.entries(body, "claims", CLAIM_KEYS, SHARED_KEYS, reader.claim)
    ids: dict[str, Claim] = {}
    for claim in claims:
        first = ids.setdefault(claim.id, claim)
        if first is not claim:
            raise claim.node.error(f"id {claim.id}: line {first.node.line} has it already")
    published = reader.entries(body, "published", PUBLISHED_KEYS, PUBLISHED_KEYS, reader.published)
    listed = reader.entries(body, "listed", LISTED_KEYS, LISTED_KEYS, reader.listed)
    source = _words(body, "source", "a document")
    authors = _words(body, "authors", "a document")
    coverage = _coverage(body.items["coverage"]) if "coverage" in body.items else None
    return Document(name, title, authors, source, node.file, claims, published, listed, coverage)


def _coverage(node: Node) -> dict[str, int]:
    """How many numbers each of `COVERED` accounts for, as it is recorded."""
    counts = as_kind(node, Mapping, "coverage")
    check_keys(counts, COVERED, "coverage")
    recorded = {}
    for key in COVERED:
        text = _words(counts, key, "coverage")
        if not (text.isdecimal() and text.isascii() and len(text) < 10):
            raise counts.items[key].error(f"coverage {key} {shown(text)}: must be a whole number")
        recorded[key] = int(text)
    return recorded


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
    body = as_kind(read_text(part, file), Mapping, "a document")
    reader = _Reader(os.path.basename(path).removesuffix(".yaml"))
    return reader.entries(body, "published", PUBLISHED_KEYS, PUBLISHED_KEYS, reader.published)


class _Reader:
    """What the entries of one document are read with."""

    def __init__(self, document: str) -> None:
        self.document = document

    def entries(
        self,
        body: Mapping,
        key: str,
        allowed: tuple[str, ...],
        shared: tuple[str, ...],
        make: Callable[[Mapping], T],
    ) -> tuple[T, ...]:
        """The entries of the list ``key``. One with ``rows`` gives its other keys to each of them."""
        if key not in body.items:
            return ()
        made = []
        for entry in self._flat(as_kind(body.items[key], Sequence, key), key, allowed, shared, None):
            made.append(make(entry))
            if len(made) > MAX_ENTRIES:
                raise entry.error(f"more than {MAX_ENTRIES:,} entries of {key}")
        return tuple(made)

    def _flat(
        self, entries: Sequence, key: str, allowed: tuple[str, ...], shared: tuple[str, ...], above: Mapping | None
    ) -> Iterator[Mapping]:
        for item in entries.items:
            entry = as_kind(item, Mapping, f"an entry of {key}")
            rows = entry.items.get("rows")
            check_keys(entry, allowed if rows is None else ("rows", *shared), f"an entry of {key}")
            full = entry if above is None else above.merged(entry)
            if rows is None:
                yield full
            else:
                del full.items["rows"], full.keys["rows"]
                yield from self._flat(as_kind(rows, Sequence, "rows"), key, allowed, shared, full)

    def claim(self, entry: Mapping) -> Claim:
        """One claim, with all that is said of it."""
        id = _words(entry, "id", "a claim")
        if not all(part and part.replace("-", "").isalnum() and part.isascii() for part in id.split(".")):
            raise entry.items["id"].error(f"id {shown(id)}: letters, digits, - and single dots only")
        text = _optional(entry, "text")
        verdict = _one_of(entry.items["verdict"], "verdict", VERDICTS) if "verdict" in entry.items else None
        value = self._derivation(entry, entry, None, f"claim {id}")
        explanation = self._other(entry, "explanation", value)
        slip = self._other(entry, "slip", value)
        if explanation is not None and not explanation.conventions:
            hint = f"one of {', '.join(CONVENTIONS)}"
            raise entry.items["explanation"].error("an explanation names its convention: by", hint)
        if explanation is not None and slip is not None:
            raise entry.keys["slip"].error(f"claim {id}: a figure that is explained is no slip")
        return Claim(
            id=id,
            place=_words(entry, "place", f"claim {id}"),
            text=text,
            figure=self._figure(entry, id, text),
            formula=self._other(entry, "formula", value),
            value=value,
            verdict=verdict,
            explanation=explanation,
            slip=slip,
            also=self._others(entry, "also", value),
            rejected=self._others(entry, "rejected", value),
            tried=self._others(entry, "tried", value),
            note=_optional(entry, "note") or "",
            node=entry,
        )

    def _others(self, entry: Mapping, key: str, value: Derivation) -> tuple[Derivation, ...]:
        if key not in entry.items:
            return ()
        items = as_kind(entry.items[key], Sequence, key).items
        return tuple(self._derivation(as_kind(item, Mapping, key), entry, value, key) for item in items)

    def _other(self, entry: Mapping, key: str, value: Derivation) -> Derivation | None:
        if key not in entry.items:
            return None
        return self._derivation(as_kind(entry.items[key], Mapping, key), entry, value, key)

    def _figure(self, entry: Mapping, id: str, text: str | None) -> Figure | None:
        """The printed figure, which stands in its quotation; None where a formula is printed."""
        if ("printed" in entry.items) is ("formula" in entry.items):
            raise entry.error(f"claim {id} needs printed, a figure, or else formula")
        if "formula" in entry.items:
            return None
        printed = _words(entry, "printed", f"claim {id}")
        read = _precise(entry.items["printed"], "printed", printed)
        if "to" in entry.items:
            read = _precise(entry.items["to"], "to", printed, _words(entry, "to", "a claim"))
        if text is not None and not all(part in text.replace(",", "") for part in _digits(printed)):
            raise entry.items["text"].error(f"text: the quotation does not hold {shown(printed)}")
        return read

    def _derivation(self, own: Mapping, entry: Mapping, value: Derivation | None, what: str) -> Derivation:
        """The derivation that ``own`` says; what it does not say is that of ``entry``, whose ``value`` it varies."""
        if value is not None:
            check_keys(own, ("by", "what", *DERIVATION_KEYS), what)
        keys = dict(own.items)
        if value is not None and "model" not in own.items and "models" not in own.items:
            for key in DERIVATION_KEYS:
                if key in entry.items:
                    keys.setdefault(key, entry.items[key])
            if "knobs" in own.items and "knobs" in entry.items:
                old, new = (as_kind(each.items["knobs"], Mapping, "knobs") for each in (entry, own))
                keys["knobs"] = old.merged(new)
        elif value is not None and "value" in entry.items:
            keys.setdefault("value", entry.items["value"])
        if "value" not in keys:
            raise own.error(
                f"{what} needs value, an expression that gives the figure", "such as params or a.macs / b.macs"
            )
        text = text_of(keys["value"], "value").strip()
        try:
            expression = compile_text(text, dotted=True, exact=True)
        except ExpressionError as error:
            raise keys["value"].error(error.message, error.hint) from None
        subjects = {}
        if "models" in keys:
            if "model" in keys:
                raise own.error(f"{what} has model and models: one of them")
            several = as_kind(keys["models"], Mapping, "models")
            for name, node in several.items.items():
                if not NAME.fullmatch(name):
                    raise several.keys[name].error(f"{shown(name)}: a name has letters, digits and _ only")
                body = as_kind(node, Mapping, f"models {name}")
                check_keys(body, SUBJECT_KEYS, f"models {name}")
                subjects[name] = self._subject(body.items, body)
        elif "model" in keys:
            subjects[""] = self._subject(keys, own)
        else:
            for key in SUBJECT_KEYS:
                if key in own.items:
                    raise own.keys[key].error(f"{what}: {key} is said of a model, and there is none")
        for name, _ in sorted(expression.calls):
            raise keys["value"].error(f"value: no function {shown(name)}", nearest(name, FUNCTIONS))
        if expression.tensors:
            raise keys["value"].error(f"value: there is no tensor {', '.join(sorted(expression.tensors))}")
        used = set()
        for name in sorted(expression.names):
            prefix = name.rpartition(".")[0]
            if prefix not in subjects:
                hint = (
                    "there is no model"
                    if not subjects
                    else nearest(name, (*subjects, *(f"{one}." for one in subjects)))
                )
                raise keys["value"].error(f"value: unknown name {shown(name)}", hint)
            used.add(prefix)
        for name in subjects:
            if name not in used and name:
                raise keys["models"].error(f"models: {name} is not used in {shown(text)}")
        names = tuple(item.text for item in parse_names(own.items["by"], "by")) if "by" in own.items else ()
        for name in names:
            if name not in CONVENTIONS:
                raise own.items["by"].error(f"by: no convention {shown(name)}", nearest(name, CONVENTIONS))
        told = (_optional(own, "what") if value is not None else None) or "; ".join(CONVENTIONS[name] for name in names)
        if value is not None and not told and what != "formula":
            raise own.error(f"{what} says in words what is done: by or what")
        return Derivation(expression, subjects, names, told, keys["value"])

    def _subject(self, keys: dict[str, Node], owner: Mapping) -> Subject:
        model = text_of(keys["model"], "model") if "model" in keys else ""
        if not model:
            raise owner.error("a model is missing")
        if "/" in model or model.endswith((".yaml", ".yml")):
            folder = os.path.dirname(owner.file)
            model = os.path.join(folder, model.removeprefix("./")) if folder else model
        elif model not in shipped_models():
            raise keys["model"].error(f"no shipped model {shown(model)}", near_model(model))
        knobs = {}
        if "knobs" in keys:
            given = as_kind(keys["knobs"], Mapping, "knobs")
            knobs = {name: as_kind(node, Scalar, f"knob {name}") for name, node in given.items.items()}
        part = text_of(keys["part"], "part") if "part" in keys else None
        without = tuple(item.text for item in parse_names(keys["without"], "without")) if "without" in keys else ()
        only = _one_of(keys["only"], "only", KINDS) if "only" in keys else None
        at = text_of(keys["at"], "at") if "at" in keys else None
        if at is not None and not (at.isdecimal() and at.isascii() and len(at) < 10):
            raise keys["at"].error(f"at {shown(at)}: must be a height")
        places = {key: keys[key] for key in SUBJECT_KEYS if key in keys}
        return Subject(model, knobs, part, without, only, None if at is None else int(at), places)

    def published(self, entry: Mapping) -> Published:
        """One figure that no architecture decides."""
        what = "a published figure"
        if "measure" not in entry.items:
            raise entry.error(f"{what} needs measure", f"one of {', '.join(MEASURES)}")
        measure = _one_of(entry.items["measure"], "measure", MEASURES)
        unit = _one_of(entry.items["unit"], "unit", UNITS) if "unit" in entry.items else "percent"
        printed = _words(entry, "printed", what)
        try:
            value = float(printed)
        except ValueError:
            raise entry.items["printed"].error(f"printed {shown(printed)}: must be a number") from None
        if not 0 <= value < 1e9:
            raise entry.items["printed"].error(f"printed {shown(printed)}: must be from 0 to 1,000,000,000")
        subject = self._subject(entry.items, entry) if "model" in entry.items else None
        name = _optional(entry, "name") or (subject.model if subject else None)
        if name is None:
            raise entry.error(f"{what} is that of a model, or has a name")
        return Published(
            document=self.document,
            place=_words(entry, "place", what),
            measure=measure,
            value=value,
            unit=unit,
            data=_optional(entry, "data") or "",
            device=_optional(entry, "device") or "",
            of=_optional(entry, "of") or "",
            name=name,
            subject=subject,
            printed=printed,
            text=_optional(entry, "text"),
        )

    def listed(self, entry: Mapping) -> Listed:
        """A quotation whose numbers are no claims."""
        what = "an entry of listed"
        everywhere = "everywhere" in entry.items
        if everywhere:
            _one_of(entry.items["everywhere"], "everywhere", ("true",))
        place = "everywhere" if everywhere else _words(entry, "place", what)
        text = _words(entry, "text", what) if everywhere else _optional(entry, "text")
        return Listed(place, text, _words(entry, "about", what), everywhere, entry)


def _precise(node: Node, key: str, printed: str, to: str | None = None) -> Figure:
    """The figure that ``printed`` and ``to`` say; what is wrong with it is told at ``node``, the value of ``key``."""
    try:
        return figure(printed, to)
    except UsageError as error:
        raise node.error(f"{key}: {error.message}", error.hint) from None


def _digits(printed: str) -> list[str]:
    """The numbers of a figure as a quotation without separators of thousands has them."""
    return [part.strip("kMGBT% ") for part in printed.replace(",", "").split(" to ")]


def _words(entry: Mapping, key: str, what: str) -> str:
    """The text of ``key``, which must be there, on one line."""
    if key not in entry.items:
        raise entry.error(f"{what} needs {key}")
    text = " ".join(text_of(entry.items[key], key).split())
    if not text:
        raise entry.items[key].error(f"{key} is empty")
    return text


def _optional(entry: Mapping, key: str) -> str | None:
    return _words(entry, key, "") if key in entry.items else None


def _one_of(node: Node, key: str, choices: Iterable[str]) -> str:
    """The text of ``node``, the value of ``key``, which must be one of ``choices``."""
    text = " ".join(text_of(node, key).split())
    if text not in choices:
        raise node.error(f"{key} {shown(text)}: must be one of {', '.join(each for each in choices if each)}")
    return text
