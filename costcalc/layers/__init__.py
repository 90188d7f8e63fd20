"""The layer types, a file per family, and the registry that the spec language reads.

A new layer type is one class, named in the ``__all__`` of its family, and its test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from costcalc.layers import activation, conv, linear, merge, move, norm, pool, spatial
from costcalc.layers.activation import ACTIVATIONS
from costcalc.layers.base import Layer

__all__ = ["ACTIVATIONS", "LAYERS", "Layer", "registry"]

FAMILIES = (conv, linear, norm, activation, pool, merge, move, spatial)


def registry(types: Iterable[type[Layer]]) -> Mapping[str, type[Layer]]:
    """``types`` by the name that a spec calls them. Raises ValueError if two have one name."""
    layers: dict[str, type[Layer]] = {}
    for layer in types:
        if layer.type in layers:
            raise ValueError(f"two layer types are called {layer.type}")
        layers[layer.type] = layer
    return layers


def _types(family: ModuleType) -> Iterator[type[Layer]]:
    """The layer types that the ``__all__`` of ``family`` names, one by one or in a tuple."""
    for name in family.__all__:
        exported = getattr(family, name)
        for item in exported if isinstance(exported, tuple) else (exported,):
            if isinstance(item, type) and issubclass(item, Layer):
                yield item


LAYERS: Mapping[str, type[Layer]] = registry(layer for family in FAMILIES for layer in _types(family))
"""Every layer type that a spec can call. `Input` is not among them: the graph makes it."""
