"""Merging one tensor is a mistake: ``concat: {from: s}`` of a repeat takes its last output, where all were meant."""

from __future__ import annotations

from collections.abc import Sequence, Set

from costcalc.inference.scope import Call, Names
from costcalc.layers import Layer
from costcalc.spec.model import Reference, Source

__all__ = ["check_merge"]


def check_merge(call: Call, sources: Sequence[Source] | None, names: Names, remnants: Set[int]) -> None:
    """Raises SpecError where ``call`` merges one tensor and only one was written.

    ``sources`` are what was written, None for the current tensor. ``remnants`` are the nodes that are all that ``when``
    left of the outputs of a block or model: several were written there.
    """
    target = call.step.target
    if not (isinstance(target, type) and issubclass(target, Layer)) or target.arity[1] is not None:
        return
    if len(call.inputs) != 1 or call.inputs[0] in remnants or len(sources or ()) > 1:
        return
    what, hint = "the current tensor is only 1", f"write {target.type}: [a, b]"
    for source in sources or ():
        what, hint = "from gives only 1", "a list gives several: from: [a, b]"
        if isinstance(source, Reference):
            name = source.name
            what = f"{name} is only 1"
            passes = names.passes(name)
            if passes > 1:
                what += f", the output of the last of {passes} repetitions"
                between = {2: "", 3: f"{name}.2, "}.get(passes, "..., ")
                hint = f"for all of them: from: [{name}.1, {between}{name}.{passes}]"
    raise call.error(f"{target.type} needs at least 2 inputs; {what}", hint)
