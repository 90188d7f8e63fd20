"""Normalisations."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape, product
from costcalc.layers.base import Layer, Parameter, TorchCall
from costcalc.layers.fields import Flag

__all__ = ["BatchNorm"]


class BatchNorm(Layer):
    """Batch normalisation of each channel, of an image or of a vector.

    At inference the running statistics and the affine values fold into one scale and one shift per channel: one
    multiplication and one addition per element, affine or not. Source: Ioffe and Szegedy, arXiv:1502.03167,
    algorithm 2.
    """

    type = "batch_norm"
    fields = {"affine": Flag(True, help="learn a scale and a shift for each channel")}

    affine: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        channels = (inputs[0][0],)
        affine = (Parameter("weight", "affine", channels), Parameter("bias", "affine", channels)) if self.affine else ()
        running = (Parameter("running_mean", "statistic", channels), Parameter("running_var", "statistic", channels))
        return affine + running

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        elements = product(output)
        return {"muls": elements, "adds": elements}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        name = "BatchNorm2d" if len(inputs[0]) == 3 else "BatchNorm1d"
        return TorchCall(name, {"num_features": inputs[0][0], "affine": self.affine})
