"""Models that tests write in place."""

from collections.abc import Iterable

from costcalc.spec import Knob, ModelSpec
from costcalc.spec.library import load_document
from costcalc.spec.read import read_text

__all__ = ["model"]


def model(text: str, knobs: Iterable[Knob] = ()) -> ModelSpec:
    """The model in ``text``; without an input of its own it takes an image of 4 x 16 x 16."""
    if "input:" not in text:
        text = f"input: [4, 16, 16]\n{text}"
    return load_document(read_text(text, "model.yaml"), "model", knobs)
