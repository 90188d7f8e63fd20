"""The module of a split graph with the parameters of the whole one: it computes the same, in parts."""

from __future__ import annotations

import torch

from costcalc.graph import Graph
from costcalc.measure.build import FlatModule, module_names
from costcalc.memory.split import Split

__all__ = ["copy_parts"]


def copy_parts(whole: FlatModule, graph: Graph, parts: FlatModule, split: Split) -> None:
    """Give ``parts``, the module of ``split``, the parameters and buffers of ``whole``, the module of ``graph``.

    A part of an inner tensor takes its channels of them. Sums in another order round differently: the outputs are
    close, not equal to the bit.
    """
    sources, targets = module_names(graph), module_names(split.graph)
    for path, name in targets.items():
        piece = split.pieces.get(path)
        origin = sources.get(piece.path if piece else path)
        if origin is None:  # the sum of two parts, which has no parameters
            continue
        source, target = whole.get_submodule(origin), parts.get_submodule(name)
        given = {**dict(source.named_parameters()), **dict(source.named_buffers())}
        for key, tensor in (*target.named_parameters(), *target.named_buffers()):
            values = given[key]
            if piece and values.shape != tensor.shape:
                values = values.narrow(int(piece.inputs), piece.start, piece.stop - piece.start)
            with torch.no_grad():
                tensor.copy_(values)
