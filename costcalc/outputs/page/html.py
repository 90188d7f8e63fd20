"""A document as one HTML file: styles, script and charts are in it, and nothing is fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from costcalc.extras import require
from costcalc.outputs import charts, units
from costcalc.outputs.page import rows
from costcalc.outputs.page.document import MOST, Card, Document, Folded, Formula, Notes, Part, Picture, Text
from costcalc.table import Table

__all__ = ["FILTERED", "render"]

FILTERED = 15
"""A table with more rows than this gets a field that filters them."""


def render(document: Document) -> str:
    """``document`` as a page that is readable on any screen, light and dark, and on paper.

    Its policy forbids every request. Raises MissingError without the extra [plot].
    """
    jinja2 = require("jinja2", "plot")
    require("latex2mathml", "plot")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("costcalc.outputs.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"line": units.line, "heading": units.heading}
    environment.globals |= {"cell": rows.cell, "later": _later, "is_number": units.is_number}
    environment.globals |= {"FILTERED": FILTERED, "MOST": MOST, "count": units.count}
    environment.globals |= {"svg": _svg, "mathml": _mathml, "kind": _kind}
    style, script = (_source(environment, name) for name in ("page.css", "page.js"))
    digest = b64encode(sha256(script.encode()).digest()).decode()
    page: str = environment.get_template("page.html").render(
        document=document, style=style, script=script, digest=digest
    )
    return page


def _source(environment: Any, name: str) -> Any:
    """The text of a file of the page, which is no template."""
    return require("markupsafe", "plot").Markup(environment.loader.get_source(environment, name)[0])


def _kind(part: Part) -> str:
    return _KINDS[type(part)]


_KINDS: Mapping[type, str] = {
    Card: "card",
    Folded: "folded",
    Formula: "formula",
    Notes: "notes",
    Picture: "picture",
    Table: "table",
    Text: "text",
}


def _svg(part: Picture) -> Any:
    return require("markupsafe", "plot").Markup(charts.svg(charts.chart(part.chart, part.table)))


def _later(table: Table) -> Any:
    """The rows beyond the first, as JSON; nothing of a short table."""
    packed = rows.later(table)
    return None if packed is None else require("markupsafe", "plot").Markup(packed)


def _mathml(latex: str) -> Any:
    from latex2mathml.converter import convert

    spaced = latex.replace("\\mathrm", "\\,\\mathrm")
    return require("markupsafe", "plot").Markup(convert(spaced, display="block"))
