"""Normalisations, and the scales and shifts that go with them."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape, product
from costcalc.layers.base import Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Size

__all__ = ["BatchNorm", "L2Norm", "LocalResponseNorm", "Scale"]


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


class LocalResponseNorm(Layer):
    """Each value divided by (2 + 0.0001 s)^0.75, where s is the sum of the squares of ``size`` neighbouring channels.

    Each value is squared once: one multiplication; a window of size squares, zeros beyond the first and the last
    channel included, takes size - 1 additions; the factor is one multiplication, the 2 one addition, the power counts
    as one exp, and there is one division. Source: Krizhevsky et al. 2012 (AlexNet), section 3.3, with its constants.
    """

    type = "lrn"
    fields = {"size": Size(5, help="how many channels a sum of squares runs over")}

    size: Dim

    def out_shape(self, *inputs: Shape) -> Shape:
        image(inputs[0], self.type)
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        elements = product(output)
        return {"muls": 2 * elements, "adds": self.size * elements, "exps": elements, "divides": elements}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        # torch divides its alpha by the size.
        return TorchCall("LocalResponseNorm", {"size": self.size, "alpha": self.size * 1e-4, "beta": 0.75, "k": 2.0})


class Scale(Layer):
    """A trained coefficient and a trained bias for each channel, of an image or of a vector.

    One multiplication and one addition per element. Source: LeCun et al. 1998, section II.B, layer S2; the Scale layer
    of Caffe with a bias.
    """

    type = "scale"

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        channels = (inputs[0][0],)
        return (Parameter("weight", "affine", channels), Parameter("bias", "affine", channels))

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        elements = product(output)
        return {"muls": elements, "adds": elements}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("Scale", {"channels": inputs[0][0]})


class L2Norm(Layer):
    """The channels of each position divided by the root of the sum of their squares, times a learned scale each.

    A position of C channels takes C multiplications and C - 1 additions for the sum of squares, one square root,
    counted as an exp, C divisions, and C multiplications by the scales. Source: ParseNet, Liu et al.,
    arXiv:1506.04579, section 3.3.
    """

    type = "l2_norm"

    def out_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return (Parameter("weight", "affine", (inputs[0][0],)),)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        elements, positions = product(output), product(output[1:])
        return {"muls": 2 * elements, "adds": elements - positions, "divides": elements, "exps": positions}

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("L2Norm", {"channels": inputs[0][0]})
