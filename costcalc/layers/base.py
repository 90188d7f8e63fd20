"""The layer contract: what every layer type says of itself, and nothing else in the project says of it.

A layer type is one class: its ``fields`` are its YAML keys; `Layer.out_shape`, `Layer.parameters` and `Layer.ledger`
are its formulas, over any `Dim`; `Layer.torch` names its counterpart as data, so that torch is imported in ``measure/``
alone.

Shapes are for one image: ``(channels, height, width)``, or ``(features,)`` after a flatten or a global pooling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from costcalc.dims import Dim, Shape, product
from costcalc.errors import LayerError, nearest, shown
from costcalc.layers.allocation import NEW, Allocation, Tensors
from costcalc.layers.fields import REQUIRED, Field
from costcalc.layers.tape import Tape

__all__ = [
    "INT8_WIDTHS",
    "PARAMETER_KINDS",
    "WORK_KINDS",
    "Free",
    "Input",
    "Layer",
    "Parameter",
    "Renaming",
    "TorchCall",
    "Traffic",
    "image",
    "vector",
]

WORK_KINDS = ("macs", "adds", "muls", "compares", "divides", "exps")
"""What a ledger counts. ``macs``: the multiply-accumulates of convolutions, linear layers and matrix products only."""

PARAMETER_KINDS: Mapping[str, tuple[str, ...]] = {
    "weights": ("weight",),
    "trainable": ("weight", "bias", "affine"),
    "stored": ("weight", "bias", "affine", "statistic"),
}
"""The three counts that published figures use, and the roles of the tensors that each includes."""

INT8_WIDTHS: Mapping[str, int] = {"weight": 1, "bias": 4, "affine": 4, "statistic": 4}
"""Bytes of a stored number at int8, by its tensor's role: a bias is int32, the type that products are added up in.

Source: Jacob et al. 2018, arXiv:1712.05877, section 2.4. The scheme folds a batch norm's scales, shifts and statistics
away (section 3.2); where they are not folded they stay in 4 bytes.
"""


class Parameter(NamedTuple):
    """A tensor that a layer owns.

    ``name`` is the torch module's; ``role`` is weight (of a convolution or a linear layer), bias, affine (scale and
    shift of a normalisation, or alone) or statistic (a running mean or variance, a fixed code: stored and not trained).
    """

    name: str
    role: str
    shape: Shape


class Traffic(NamedTuple):
    """The elements that a layer moves between memory and processor.

    ``read`` of its inputs and ``written`` of its output for each image; ``parameters``, read once for all images.
    """

    read: Dim
    written: Dim
    parameters: Dim


class TorchCall(NamedTuple):
    """The torch counterpart as data: a class of ``torch.nn``, or of `costcalc.measure.modules`, and its arguments."""

    name: str
    arguments: Mapping[str, Any]


class Layer:
    """One operation of a graph, its arguments checked. Never changed once made.

    Raises LayerError for an argument that is missing, unknown, of a wrong type or out of range.
    """

    type: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]] = {}
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the greatest number of inputs; None is any number."""
    counters: ClassVar[int] = 0
    """How many counts torch stores beside the parameters, 8 bytes each: no part of the model, but of its memory."""
    resizes: ClassVar[bool] = False
    """Does it change height and width other than by a stride? Such a layer cannot stand where ``max_stride`` rules."""

    def __init__(self, **arguments: Any) -> None:
        for name in arguments:
            if name not in self.fields:
                hint = nearest(name, self.fields)
                raise LayerError(f"{self.type} has no argument {name}", field=name, hint=hint)
        values = self.__dict__
        for name, field in self.fields.items():
            value = arguments.get(name, field.default)
            if value is REQUIRED:
                raise LayerError(f"{self.type} needs {name}")
            values[name] = field.check(name, value)

    def __repr__(self) -> str:
        return f"{self.type}({', '.join(f'{name}={shown(getattr(self, name))}' for name in self.fields)})"

    def brief(self) -> str:
        """The layer with those of its arguments that are not their defaults; a pair of equal numbers is one number."""
        parts = []
        for name, field in self.fields.items():
            value = getattr(self, name)
            if isinstance(value, tuple) and len(set(value)) == 1:
                value = value[0]
            if value != field.default:
                parts.append(f"{name}={shown(value)}")
        return f"{self.type}({', '.join(parts)})" if parts else self.type

    def out_shape(self, *inputs: Shape) -> Shape:
        """The shape of the output for these inputs. Raises LayerError where they do not fit."""
        raise NotImplementedError

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        """The tensors that this layer owns, as torch would hold them."""
        raise NotImplementedError

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        """The work for one image, by kind of `WORK_KINDS`; a kind that is absent is zero."""
        raise NotImplementedError

    def traffic(self, inputs: tuple[Shape, ...], output: Shape) -> Traffic:
        """The elements that are moved: every input and every stored parameter read once, the output written once.

        That is the least that a layer moves when it runs on its own, without a cache that outlives it and without
        another layer fused to it. Source: Williams et al. 2009 (roofline), which calls it compulsory traffic.
        """
        return Traffic(
            read=sum((product(shape) for shape in inputs), 0),
            written=product(output),
            parameters=self.params(inputs, output)["stored"],
        )

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """The operations that torch records while this layer trains, with what each keeps for the backward pass."""
        raise NotImplementedError

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """What torch allocates when this layer runs at inference: its output and transients, or nothing."""
        raise NotImplementedError

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        """The module that does this in torch."""
        raise NotImplementedError

    @property
    def in_place(self) -> bool:
        """Can torch write the output over the input?"""
        return False

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        """The same layer for ``channels`` of its channels, if it works on each channel apart; None if it mixes them."""
        return None

    def params(self, inputs: tuple[Shape, ...], output: Shape) -> dict[str, Dim]:
        """How many parameters, for each of `PARAMETER_KINDS`: the products of the shapes of `parameters`."""
        tensors = [(tensor.role, product(tensor.shape)) for tensor in self.parameters(inputs, output)]
        return {
            kind: sum((count for role, count in tensors if role in roles), 0) for kind, roles in PARAMETER_KINDS.items()
        }


class Free(Layer):
    """A layer that owns no parameters and does no arithmetic: it copies values into their places."""

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {}


class Renaming(Free):
    """A layer that leaves every value where it is, and moves nothing."""

    def traffic(self, inputs: tuple[Shape, ...], output: Shape) -> Traffic:
        return Traffic(0, 0, 0)


class Input(Renaming):
    """The image that a graph starts from. The graph makes it; a spec cannot call it."""

    type = "input"
    arity = (0, 0)

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def __repr__(self) -> str:
        return f"input({', '.join(shown(dim) for dim in self.shape)})"

    def out_shape(self, *inputs: Shape) -> Shape:
        return self.shape

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        return NEW

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        return ()


def image(shape: Shape, layer: str) -> tuple[Dim, Dim, Dim]:
    """``shape`` as ``(channels, height, width)``. Raises LayerError for a vector."""
    if len(shape) != 3:
        features = shown(shape[0])
        raise LayerError(f"{layer} takes an image (channels, height, width), not a vector of {features} features")
    return shape


def vector(shape: Shape, layer: str) -> Dim:
    """The number of features of ``shape``. Raises LayerError for an image."""
    if len(shape) != 1:
        dims = " x ".join(shown(dim) for dim in shape)
        hint = "flatten or global_avg_pool comes first"
        raise LayerError(f"{layer} takes a vector, not an image of {dims}", hint=hint)
    return shape[0]
