"""A report as a document."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc import __version__
from costcalc.outputs.page.document import Document
from costcalc.report import sections
from costcalc.report.roofline import Measurements
from costcalc.report.subject import Subject

__all__ = ["report"]


def report(subjects: Sequence[Subject], command: str, measured: Measurements | None = None) -> Document:
    """Everything that is known of ``subjects``, the first being what the others are compared with.

    ``command`` is what made the report, ``measured`` a benchmark of them. The same input makes the same document.
    """
    found = [
        sections.summary(subjects),
        sections.comparison(subjects, measured),
        sections.stages(subjects),
        sections.memory(subjects),
        sections.accuracy(subjects),
        sections.roofline(subjects, measured),
        sections.forms(subjects),
        sections.layers(subjects),
    ]
    title = f"What {_listed([each.graph.name for each in subjects])} cost{'s' if len(subjects) == 1 else ''}"
    return Document(title, [section for section in found if section is not None], command, __version__)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
