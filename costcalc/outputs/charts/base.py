"""What all charts share: their colours, their size, and how a chart becomes a file.

A chart is made once, in the light colours; each of them is a single value that a page can give another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError, quoted
from costcalc.extras import require

__all__ = [
    "ACCENT",
    "INK",
    "MUTED",
    "SERIES",
    "WIDTH",
    "Chart",
    "channel",
    "data",
    "finished",
    "pdf",
    "png",
    "svg",
]

Chart: TypeAlias = Mapping[str, Any]
"""A Vega-Lite specification."""

WIDTH = 400
"""Of a whole chart, in CSS pixels: readable on a phone as it is, and a little wider than a paper's column."""

INK = "#1d2430"
MUTED = "#5f6b7a"
GRID = "#dde2e9"
ACCENT = "#c2410c"
SERIES = ("#2563c9", "#b45309", "#0f766e", "#9333a8", "#be123c", "#4d7c0f", "#475569", "#0e7490")
"""Colours that are told apart, also without red and green, and that are dark enough on white."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

_CONFIG: Mapping[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "text": {"color": INK, "aria": False},
    "axis": {
        "labelColor": MUTED,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titlePadding": 9,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
    },
    "legend": {
        "orient": "top",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 11,
        "symbolType": "square",
        "symbolOpacity": 1,
    },
}


def data(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """``rows`` as a chart's own data: nothing is left to be fetched."""
    return {"values": rows}


def channel(field: str, **properties: Any) -> Chart:
    """The encoding of a ``field`` of the data, written ``share:Q`` if it is a quantity and ``name:N`` if it is not."""
    name, _, type = field.partition(":")
    return {"field": name, "type": {"Q": "quantitative", "N": "nominal"}[type], **properties}


def finished(chart: Chart, description: str, *, height: int | None = None) -> Chart:
    """``chart`` at its size and in its colours; ``description`` is what it shows, for who cannot see it."""
    sized = {"width": WIDTH} if height is None else {"width": WIDTH, "height": height}
    fit = {"type": "fit-x" if height is None else "fit", "contains": "padding"}
    around = {"autosize": fit, "padding": 2, "config": _CONFIG, "description": description}
    return {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", **chart, **sized, **around}


def svg(chart: Chart) -> str:
    """``chart`` as SVG. The same chart is the same text."""
    made: str = _converted(chart, "svg")
    return made


def png(chart: Chart, scale: float = 3) -> bytes:
    """``chart`` as PNG on white, ``scale`` pixels to a CSS pixel. The same chart is the same bytes."""
    made: bytes = _converted({**chart, "background": "white"}, "png", scale=scale)
    return made


def pdf(chart: Chart) -> bytes:
    """``chart`` as PDF, its text as text. The library numbers the parts of a PDF in no fixed order."""
    made: bytes = _converted(chart, "pdf")
    return made


def _converted(chart: Chart, form: str, **options: Any) -> Any:
    convert = getattr(require("vl_convert", "plot"), f"vegalite_to_{form}")
    # vl-convert takes no whole number beyond 64 bits and no half character, which the name of a file may hold.
    text = json.dumps(chart, ensure_ascii=False).encode("utf-8", "replace")
    try:
        return convert(
            json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 16 else float(digits)), **options
        )
    except ValueError as error:
        raise CostcalcError(f"cannot draw the chart as {form}: {quoted('vl-convert', error)}") from error
