"""Normalisations, and the scales and shifts that go with them."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.dims import Dim, Shape, maximum, product
from costcalc.layers.allocation import NEW, Allocation, Tensors
from costcalc.layers.base import Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Size
from costcalc.layers.tape import RESULT, Made, Operation, Tape

__all__ = ["BatchNorm", "L2Norm", "LocalResponseNorm", "Scale"]


class BatchNorm(Layer):
    """Batch normalisation of each channel, of an image or of a vector.

    At inference the running statistics and the affine values fold into one scale and one shift per channel: one
    multiplication and one addition per element, affine or not. Source: Ioffe and Szegedy, arXiv:1502.03167,
    algorithm 2.
    """

    type = "batch_norm"
    counters = 1  # of the batches that the running statistics have seen
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

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, and the batch's mean and reciprocal deviation of each channel, to normalise it again."""
        names = ("weight", "bias") if self.affine else ()
        statistics = Made(2 * inputs[0][0], "statistic", shared=True)
        over = product(output[1:])
        return (Operation(product(output), saves=(0,), keeps=(statistics,), parameters=names, over=over),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor: at inference no statistics are made."""
        return NEW

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return self

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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the squares beside their padded copy, or two factors of the denominator, are temporary."""
        channels, height, width = inputs[0]
        padded = tensors.bytes((channels + self.size - 1, height, width))
        return Allocation(transient=maximum(padded, 2 * tensors.bytes(output)))

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: input, squares between channels of zeros, the sums that the power is taken of, and the powers.

        Until the power is there, torch holds the sums as they were before the factor and the 2. Backward, the power and
        the division hold their intermediate results until they are done.
        """
        elements = product(output)
        padded = elements + (self.size - 1) * product(output[1:])
        sums = (Made(elements),)
        return (
            Operation(elements, (0, 0), saves=(0,)),
            Operation(padded, (1,)),
            Operation(elements, (2,), saves=(2,), precision="full"),
            Operation(elements, (3,)),
            Operation(elements, (4,), temporary=sums, passes=True),
            Operation(elements, (5,), saves=(5,), temporary=sums, scratch=(Made(3 * elements),)),
            Operation(elements, (0, 6), saves=(0, 6), scratch=(Made(4 * elements),)),
        )

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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the product is temporary."""
        return Allocation(transient=tensors.bytes(output))

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return self

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, for the gradient of the coefficients, which is made at full size before it is summed."""
        elements = product(output)
        scaled = Operation(elements, saves=(0,), parameters=("weight",), spread=True, crosswise=True, precision="wide")
        return (scaled, Operation(elements, (1,), passes=True, parameters=("bias",)))

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

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the input over its norms is temporary."""
        return Allocation(transient=tensors.bytes(output))

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, the norm of each position as it is and as it divides, and the quotients.

        Backward, the division and the norm hold their intermediate results until they are done.
        """
        elements, positions = product(output), product(output[1:])
        mask = Made(positions, "truth")
        return (
            Operation(positions, saves=(0, RESULT), scratch=(Made(2 * elements), mask)),
            Operation(positions, (1,), saves=(1,), scratch=(mask, Made(positions), Made(1, shared=True))),
            Operation(elements, (0, 2), saves=(0, 2), scratch=(Made(4 * elements),)),
            Operation(
                elements, (3,), saves=(3,), parameters=("weight",), spread=True, crosswise=True, precision="wide"
            ),
        )

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("L2Norm", {"channels": inputs[0][0]})
