"""The layer types, a file per family, and the registry that the spec language reads.

A new layer type is one class, its place in the tuple below, and its test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from costcalc.layers.activation import ACTIVATIONS, NAMED, Activation
from costcalc.layers.base import Layer
from costcalc.layers.conv import Conv, ConvTranspose
from costcalc.layers.linear import Linear
from costcalc.layers.merge import Add, Concat, Multiply
from costcalc.layers.move import Dropout, Flatten, Identity, Replicate
from costcalc.layers.norm import BatchNorm, L2Norm
from costcalc.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool, PoolTo
from costcalc.layers.spatial import Crop, Pad, Resize, SpaceToDepth

__all__ = ["ACTIVATIONS", "LAYERS", "Layer", "registry"]


def registry(types: Iterable[type[Layer]]) -> Mapping[str, type[Layer]]:
    """``types`` by the name that a spec calls them. Raises ValueError if two have one name."""
    layers: dict[str, type[Layer]] = {}
    for layer in types:
        if layer.type in layers:
            raise ValueError(f"two layer types are called {layer.type}")
        layers[layer.type] = layer
    return layers


LAYERS: Mapping[str, type[Layer]] = registry(
    (
        Conv,
        ConvTranspose,
        Linear,
        BatchNorm,
        L2Norm,
        Activation,
        *NAMED,
        MaxPool,
        AvgPool,
        GlobalAvgPool,
        GlobalMaxPool,
        PoolTo,
        Add,
        Multiply,
        Concat,
        Flatten,
        Identity,
        Dropout,
        Replicate,
        Pad,
        Crop,
        SpaceToDepth,
        Resize,
    )
)
"""Every layer type that a spec can call. `Input` is not among them: the graph makes it."""
