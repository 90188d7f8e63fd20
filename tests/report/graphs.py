"""Graphs of reports."""

from typing import Any

import costcalc
from costcalc.graph import Graph
from costcalc.report import Subject


def graph(name: str, **knobs: Any) -> Graph:
    """A shipped model at some knobs."""
    return costcalc.infer(costcalc.load(name), knobs)


def subject(name: str, **knobs: Any) -> Subject:
    """A shipped model at some knobs, as a report has it."""
    model = costcalc.load(name)
    return Subject(model, knobs, costcalc.infer(model, knobs))
