"""A block or a layer alone, as a model of one line whose knobs are the sizes of its input and its arguments."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from costcalc.errors import LayerError, UsageError, shown
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import REQUIRED, Flag, Number, Padding, Size, Word
from costcalc.spec.library import is_model, load, load_document, near_model
from costcalc.spec.model import Block, Knob, ModelSpec
from costcalc.spec.read import Mapping as Nodes
from costcalc.spec.read import read_file, read_text
from costcalc.spec.shipped import shipped_blocks, specs_folder

__all__ = ["load_any", "part_names"]

_EXAMPLES = {"s": 2, "stride": 2, "k": 3, "kernel": 3, "t": 6, "groups": 2, "block": 2, "size": 16}
"""Values at which a required argument of such a name is looked at if it is given none; the others are all different."""

_OTHERS = (64, 96, 128, 160, 192, 224, 256, 320)


def load_any(name: str, revision: str | None = None, *, strict: bool = False) -> ModelSpec:
    """The model called ``name``, or a shipped block or a layer of that name as a model of one line.

    Such a model has the knobs ``cin``, ``height`` and ``width`` (or ``cin`` alone, of what takes a vector) beside the
    arguments that are numbers, flags or words of a layer. A file may be read as it was at a git ``revision``, and
    ``strict`` as in `load`. Raises UsageError for a name that is none of these.
    """
    if name in LAYERS:
        fields = LAYERS[name].fields
        optional = (key for key, field in fields.items() if field.default is not REQUIRED)
        return _alone(name, [], list(_field_knobs(LAYERS[name])), optional)
    for file in shipped_blocks():
        if name in _names(file):
            block = _blocks(file)[name]
            optional = (key for key, default in block.args.items() if default is not None)
            return _alone(name, _with_others(file), list(_argument_knobs(block)), optional)
    if revision is None and not is_model(name):
        raise UsageError(f"no model, block or layer {shown(name)}", hint=near_model(name, part_names()))
    return load(name, revision, strict=strict)


def part_names() -> list[str]:
    """The names of the shipped blocks and of the layers."""
    return [*(block for file in shipped_blocks() for block in sorted(_names(file))), *LAYERS]


@cache
def _blocks(file: str) -> Mapping[str, Block]:
    """The blocks of a shipped file, and those of the other files that they may call."""
    return _model(f"use: [{', '.join(_with_others(file))}]\ninput: [1, 1, 1]\nlayers: [identity]\n", file, ()).shared


@cache
def _names(file: str) -> frozenset[str]:
    document = read_file(os.path.join(specs_folder(), "blocks", f"{file}.yaml"), f"specs/blocks/{file}.yaml")
    return frozenset(document.items) if isinstance(document, Nodes) else frozenset()


def _with_others(file: str) -> list[str]:
    """``file`` and every other one that has no block of a name that is taken."""
    files, taken = [file], set(_names(file))
    for other in shipped_blocks():
        if other != file and not taken & _names(other):
            files.append(other)
            taken |= _names(other)
    return files


def _model(text: str, name: str, knobs: Iterable[Knob]) -> ModelSpec:
    return load_document(read_text(text, f"specs/{name}"), name, knobs)


def _alone(name: str, files: list[str], arguments: list[Knob], optional: Iterable[str]) -> ModelSpec:
    sizes = [Knob("cin", 32, "channels of the input", min=1)]
    axes = ["cin"]
    if not (name in LAYERS and _takes_a_vector(LAYERS[name], arguments)):
        sizes += Knob("height", 56, "height of the input", min=1), Knob("width", 56, "width of the input", min=1)
        axes += "height", "width"
    words = [knob.name for knob in arguments]
    if name in LAYERS and LAYERS[name].arity[1] is None:
        words.append("from: [input, input]")
    given = ", ".join(words)
    use = f"use: [{', '.join(files)}]\n" if files else ""
    line = f"layers: [{name}: {{{given}}}]\n" if given else f"layers: [{name}]\n"
    model = _model(f"{use}input: [{', '.join(axes)}]\n{line}", name, [*sizes, *arguments])
    model.optional = frozenset(optional)
    return model


def _takes_a_vector(layer: type[Layer], arguments: Iterable[Knob]) -> bool:
    made = layer(**{knob.name: knob.default for knob in arguments})
    try:
        made.out_shape((32, 56, 56))
    except LayerError:
        try:
            made.out_shape((32,))
        except LayerError:
            return False
        return True
    return False


def _field_knobs(layer: type[Layer]) -> Iterable[Knob]:
    others = iter(_OTHERS)
    for name, field in layer.fields.items():
        default, help = field.default, field.help
        if isinstance(field, Padding):
            yield Knob(name, default, help, choices=field.WORDS)
        elif isinstance(field, Word):
            yield Knob(name, field.words[0] if default is REQUIRED else default, help, choices=field.words)
        elif isinstance(field, Flag):
            yield Knob(name, default is True, help)
        elif isinstance(field, Size):
            yield Knob(name, _example(name, others) if default is REQUIRED else default, help, min=field.least)
        elif isinstance(field, Number) and default is not REQUIRED:
            low, high = (bound if math.isfinite(bound) else None for bound in (field.least, field.most))
            yield Knob(name, float(default), help, min=low, max=high)


def _argument_knobs(block: Block) -> Iterable[Knob]:
    """The arguments that are numbers or flags; words and what follows from other arguments keep their defaults."""
    others = iter(_OTHERS)
    for name, default in block.args.items():
        if default is None:
            yield Knob(name, _example(name, others), "an argument of the block", min=1)
            continue
        if default.compiled.text in ("true", "false"):
            yield Knob(name, default.compiled.text == "true", "an argument of the block")
        elif not (default.compiled.names or default.compiled.calls or default.compiled.tensors):
            value = default.compiled.evaluate(_NOTHING)
            yield Knob(name, value, "an argument of the block", min=1 if value >= 1 else None)


def _example(name: str, others: Iterator[int]) -> int:
    return _EXAMPLES.get(name) or next(others)


_NOTHING: Any = None
"""The environment of an expression without names."""
