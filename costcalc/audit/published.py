"""Published accuracies, errors and times, looked up by model and knobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from costcalc.audit.document import Document, Published, Subject
from costcalc.audit.library import shipped_documents
from costcalc.audit.read import read_published
from costcalc.spec import ModelSpec, load
from costcalc.spec.decode import blaming
from costcalc.spec.shipped import shipped_file

__all__ = ["knobs_of", "published"]


def published(
    model: str,
    knobs: Mapping[str, Any] | None = None,
    *,
    measure: str = "top1",
    data: str = "ImageNet",
    documents: Iterable[Document] | None = None,
) -> tuple[Published, ...]:
    """What ``documents`` (all shipped ones) publish of the shipped ``model`` at ``knobs`` (others at their defaults).

    ``measure`` is one of `MEASURES`, ``data`` the data set; either is any where it is empty. None is published of most
    variants: then the result is empty. Raises UsageError for a knob that is unknown or out of range.
    """
    if documents is None:
        files = [shipped_file("papers", name) for name in shipped_documents()]
        figures = [one for path, file in files for one in read_published(path, file, model)]
    else:
        figures = [one for source in documents for one in source.published]
    found = [
        each
        for each in figures
        if each.subject is not None
        and each.subject.model == model
        and measure in ("", each.measure)
        and data in ("", each.data)
    ]
    if not found:
        return ()
    spec = _loaded(model)
    wanted = spec.knob_values(knobs or {})
    return tuple(
        each for each in found if each.subject is not None and spec.knob_values(knobs_of(spec, each.subject)) == wanted
    )


def knobs_of(spec: ModelSpec, subject: Subject) -> dict[str, Any]:
    """The values of the knobs that ``subject`` sets. Raises SpecError at their place in the document."""
    values = {}
    for name, node in subject.knobs.items():
        with blaming(node):
            spec.knob_values({name: spec.knobs[name].default if name in spec.knobs else None})
            values[name] = spec.knobs[name].parse(node.text)
    return values


@cache
def _loaded(model: str) -> ModelSpec:
    return load(model, strict=True)
